"""Words that questions are made of beside the catalogue's and the organisation's own."""

from __future__ import annotations

from functools import cache
from pathlib import Path

# Words that carry nothing a measure, filter or grouping would have to account for. "not" is no such word.
IGNORED = frozenset(
    """a an the of in on at for to from with our we us i my me you your their its it is are was were be been being do does did
    have has had there here this that these those and or nor but so then please pls plz show tell give list what which who how many much
    number count current currently now today present presently right moment so far all any some every each per by as about
    estate organisation organization company inventory fleet environment infrastructure get got can could would may might actually
    really exactly still already only just also ones one they them sit sits sitting stand stands standing run runs running come comes
    go goes going when where value figure figures number look like up out across over between within among single whole entire thing
    things say know see hello hi hey ok okay thanks thank we've we're what's whats that's how's i'd whether if different distinct
    break broken down split want find report reported deployed installed exist exists existing held hold holds stored each
    handle handles process processes use uses using keep keeps offer offers provide provides involve contain contains belong belongs
    compared altogether own owns reach reaches draw draws drawing consume consumes well big large happen achieve live lives
    achieves deliver delivers know knows compare burn burned burnt burns touch touches apiece separately respectively
    together both roughly approx approximately account accounts""".split()
)
POSSESSIVE = frozenset({"we", "our", "ours", "us", "my", "i", "we've", "we're", "i've"})

# Before a name: everything but it.
NEGATORS = frozenset(
    {"not", "non", "no", "without", "outside", "except", "excluding", "exclude", "besides", "aren't", "isn't", "excl",
     "neither", "ignoring", "minus", "doesn't", "don't"}
)  # fmt: skip
BETWEEN = frozenset(
    {"in", "at", "on", "of", "for", "the", "our", "from", "by", "to", "a", "an", "any", "located", "running", "team"}
)

COUNTRIES = {
    code: name
    for code, _, name in (
        entry.strip().partition(" ")
        for entry in """AE United Arab Emirates; AT Austria; AU Australia; BE Belgium; BG Bulgaria; BR Brazil; CA Canada; CH Switzerland;
        CL Chile; CN China; CZ Czechia; DE Germany; DK Denmark; EE Estonia; ES Spain; FI Finland; FR France; GB United Kingdom; GR Greece;
        HR Croatia; HU Hungary; ID Indonesia; IE Ireland; IL Israel; IN India; IS Iceland; IT Italy; JP Japan; KR South Korea;
        LT Lithuania; LU Luxembourg; LV Latvia; MX Mexico; MY Malaysia; NL Netherlands; NO Norway; NZ New Zealand; PL Poland; PT Portugal;
        QA Qatar; RO Romania; RS Serbia; SA Saudi Arabia; SE Sweden; SG Singapore; SI Slovenia; SK Slovakia; TH Thailand; TR Turkey;
        TW Taiwan; UA Ukraine; US United States; VN Vietnam; ZA South Africa""".split(";")
    )
}


@cache
def english() -> frozenset[str]:
    """Plain words that are meant as they stand, however near to a known one: "serve" is no typo of "server"."""
    return frozenset((Path(__file__).parent / "english.txt").read_text(encoding="utf-8").split()) | _ENGLISH


_ENGLISH = frozenset(
    """cause case last list late later latest lost cost coast cast fast past post most host best rest test text next need seed
    feed speed spend send sent rent went want wants year years team term time times train trains training model models mode made
    make makes take takes largest small smallest high highest higher low lowest lower more less than least fewer fewest
    since until before after month months week weeks quarter quarters days plan plans place placed price prices prize white
    write read ready real rate rates rated share shares shared store stores score scores should sure side sides size sizes
    good great light night sight change changed changes charge charges enough first second third three seven
    paris milan tokyo madrid london berlin munich zurich vienna lisbon porto rome prague warsaw helsinki stockholm copenhagen
    amsterdam brussels boston chicago dallas austin seattle sydney singapore mumbai delhi seoul osaka dubai doha cairo lagos
    forecast future strategy policy salary vendor happy color colour water market stock weather people""".split()
)
