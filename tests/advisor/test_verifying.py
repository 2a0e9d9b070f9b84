"""What a line may change of its evidence, and what it may not: figures, names, polarity, words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.answer import Verdict
from advisor.units import located
from advisor.verification import judge, verify
from advisor.verifying import figures, names, support
from advisor.verifying.numerals import in_figures
from index.library import encoder_folder


def holds(claim: str, evidence: str, encoder=None) -> bool:
    return verify(claim, ("e",), {"e": evidence}, encoder).holds


@pytest.fixture(scope="module")
def encoder(home):
    from index.embedding import PACKAGED, OnnxEmbedder, fingerprint

    return OnnxEmbedder(encoder_folder(home, fingerprint(PACKAGED)))


SPELLED = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
SLO = "The service must meet 450 ms TTFT and 40 ms TPOT at the 99th percentile."
CAPS = "Google caps operational work at 50 % and on-call duty at 25 %."
STALL = "The stall fell from 148.8 to 6.3 seconds."
NOTICE = "AWS gives a two-minute notice, Azure a minimum of 30 seconds."


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("On-call duty is capped at 25 % and operational work at 50 %.", CAPS),
        ("The stall is 6.3 seconds, down from 148.8.", STALL),
        ("AWS gives a notice of 2 minutes.", NOTICE),
        ("AWS gives a notice of 120 seconds.", NOTICE),
        ("Azure gives at least 30 seconds.", NOTICE),
        ("The rack draws 0.1 MW.", "The rack draws 100 kW."),
        ("The support charge is 12,000 USD.", "The support charge is $12,000."),
    ],
)
def test_figures_may_be_reordered_converted_and_spelled(claim, evidence):
    assert holds(claim, evidence)


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("Nine tenths of the cluster are busy.", "The cluster is busy at 90 %: nine nodes of ten."),
        ("A hundred terabytes are moved in half an hour.", "Of data, 100 TB are moved in 30 minutes."),
        ("The link carries 400 gigabits every second.", "The link carries 400 Gb/s."),
        ("The link carries four hundred billion bits per second.", "The link carries 4e11 bits per second."),
        ("The soak takes no less than three days.", "The soak takes at least 72 hours."),
        ("Run the soak for at least sixty minutes.", "Run the soak for an hour or more."),
        ("The refill takes no less than 5.2 hours, and under load more.", "The refill takes at least 5.2 hours."),
        ("A port gives 400 gigabytes per second each way.", "A port gives 400 GB/s per direction."),
        ("At 4 KB each add them up.", "They take 4 KB per query: add them up at 4 KB each."),
        ("The pod has 64 accelerators.", "The pod has 64 GPUs."),
        ("The server with its 8 GPUs is full.", "The 8-GPU server is full."),
    ],
)
def test_a_figure_may_be_said_in_words_or_in_another_form(claim, evidence):
    assert figures.stand(claim, [evidence]) is None


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("Four fifths of the cluster are busy.", "The cluster is busy at 90 %: nine nodes of ten."),
        ("The soak takes no more than 72 hours.", "The soak takes at least 72 hours."),
        ("The link carries 4e11 bytes per second.", "The link carries 4e11 bits per second."),
        ("The pod has 64 nodes.", "The pod has 64 GPUs."),
        ("The slowest 5 % of nodes are reported.", "The slowest 5 % of intervals are reported, and the slowest node."),
        ("The node has 4 x 1000 Gb/s.", "The node has 4 x 100 Gb/s."),
        ("The run takes 2.4 x 10^17 operations.", "The run takes 2.4 x 10^18 operations."),
        ("The node has eight 400 GB/s ports.", "The node has eight 400 Gb/s ports, or 400 GB/s each way."),
        ("A node moves 420 GB to every node.", "A node moves 420 GB per step to every GPU."),
        ("The loop carries 2.9 cubic metres per second.", "The loop carries 2.9 litres per second."),
        ("The row is fed by 800 kV.", "The row is fed by 800 V direct current."),
        ("The chilled water has 7 degrees F.", "The chilled water has 7 degrees C."),
        ("The chip peaks at 989 giga-operations per second.", "The chip peaks at 989 tera-operations per second."),
        ("It serves up to 6.4 tokens per second more.", "It reaches up to 6.4 times the throughput of others."),
        ("That is 8.60 euros for each of 35,040 GPU-hours.", "At 8.60 euros for each of 35,040 hours in four years."),
        ("The service fits a quarter of the racks.", "The service fits on a quarter of the nodes."),
    ],
)
def test_a_figure_may_not_count_something_else(claim, evidence):
    assert figures.stand(claim, [evidence])


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("Training was interrupted 466 times.", "There were 466 job interruptions in training."),
        ("The loop carries 2.9 liters per second.", "The loop carries 2.9 litres per second."),
        ("Inlets have 7 °C.", "Inlets have 7 degrees C."),
        ("A node has eight H100 GPUs.", "Each node: 8 × H100 GPUs, 2 TB of memory."),
        ("They cost 4 USD for 100 GPU-hours.", "They cost 4 USD for 100 graphics processing unit (GPU) hours."),
        ("A third of the GPUs idle.", "Of the cards, a third idle, and a third of the accelerators wait."),
    ],
)
def test_a_figure_may_be_counted_in_other_words(claim, evidence):
    assert figures.stand(claim, [evidence]) is None


@given(st.integers(1, 19), st.sampled_from(["fifths", "tenths", "hundred terabytes", "in twenty", "and a half hours"]))
def test_words_are_put_in_figures_once(count, rest):
    once = in_figures(f"It is {SPELLED[count]} {rest}.")
    assert any(letter.isdigit() for letter in once)
    assert in_figures(once) == once


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("The service must meet 40 ms TTFT and 450 ms TPOT at the 99th percentile.", SLO),
        ("Google caps operational work at 25 % and on-call duty at 50 %.", CAPS),
        ("The service must meet 450 ms TTFT and 40 ms TPOT at the 95th percentile.", SLO),
        ("The stall fell from 6.3 to 148.8 seconds.", STALL),
        ("Azure gives a maximum of 30 seconds.", NOTICE),
        ("AWS gives a five-minute notice.", NOTICE),
        ("The rack draws 100 MW.", "The rack draws 100 kW."),
        ("The support charge is €12,000.", "The support charge is $12,000."),
        ("Power costs 90 USD a year.", "Power costs 90 USD a month."),
        ("Compare endurance in gigabytes per day.", "Compare endurance in terabytes per day."),
    ],
)
def test_a_figure_keeps_its_value_unit_bound_and_what_it_is_of(claim, evidence):
    assert not holds(claim, evidence)


@given(st.permutations(["E4M3", "E5M2"]), st.integers(2, 900), st.integers(1000, 1800))
def test_figures_hold_only_beside_their_own_names(order, small, large):
    evidence = (
        f"The format E4M3 reaches {small} and suits weights, while the format E5M2 reaches {large} for gradients."
    )
    claim = f"The format {order[0]} reaches {small}, while the format {order[1]} reaches {large}."
    assert (figures.stand(claim, [evidence]) is None) == (order[0] == "E4M3")


def test_a_number_that_stands_in_two_units_keeps_both():
    evidence = ["A node with eight 400 Gb/s ports takes in at most 400 GB/s, so a step takes longer."]
    assert figures.stand("A node with eight 400 Gb/s ports takes in at most 400 GB/s.", evidence) is None
    assert figures.stand("The ports of the node have 400 Gb/s.", evidence) is None
    assert figures.stand("A node with eight 400 Gb/s ports takes in at most 400 Gb/s.", evidence) is not None


def test_a_range_gives_its_unit_to_both_ends():
    assert [(q.value, q.dimension) for _, _, q in located("5-10 kW")] == [(5000, "watt"), (10000, "watt")]


@pytest.mark.parametrize(
    ("claim", "gone"),
    [
        ("It uses remote direct memory access.", []),
        ("It uses RDMA over Ethernet.", []),
        ("It uses RDMA over InfiniBand.", ["InfiniBand"]),
        ("Google's fabric uses RDMA.", ["Google"]),
    ],
)
def test_names_stand_in_the_evidence_or_by_their_abbreviation(claim, gone):
    assert names.missing(claim, "The fabric uses RDMA over Ethernet.") == gone


def test_names_keep_their_places():
    evidence = "TUE corrects the fan problem while PUE does not."
    assert names.exchanged("PUE corrects the fan problem while TUE does not.", [evidence])
    assert names.exchanged("While PUE does not, TUE corrects the fan problem.", [evidence]) is None


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("The ban leaves switching effort untouched.", "The ban does not touch switching effort."),
        ("The notice is at most two months.", "The notice may not exceed two months."),
        ("Quality counts for more than volume.", "Volume counts for less than quality."),
        ("Raw bandwidth seldom decides.", "Raw bandwidth rarely decides."),
        ("The veto applies to a data class rather than a business unit.",
         "The veto applies to a data class and not to a business unit."),
    ],
)  # fmt: skip
def test_a_denial_may_be_worded_in_another_way(claim, evidence):
    assert holds(claim, evidence)


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("The ban touches switching effort.", "The ban does not touch switching effort."),
        ("Raw bandwidth usually decides.", "Raw bandwidth rarely decides."),
        ("The objects are mutable.", "The objects are immutable."),
        ("Volume counts for more than quality.", "Quality counts for more than volume."),
        ("Filter after the search.", "Filter before the search."),
        ("The veto applies to a business unit and not to a data class.",
         "The veto applies to a data class and not to a business unit."),
        ("It exceeds the cache of all servers.", "It exceeds the cache of most servers."),
        ("A cable must fail warm.", "A cable may fail warm."),
        ("Prefix caching should be off.", "Prefix caching should be on."),
        ("Queueing delay falls as the pool fills.", "Queueing delay rises as the pool fills."),
    ],
)  # fmt: skip
def test_the_opposite_is_contradicted(claim, evidence):
    assert verify(claim, ("e",), {"e": evidence}) is Verdict.CONTRADICTED


@pytest.mark.parametrize(
    "claim",
    [
        "Prefix caching should be on, and auditors insist on it.",
        "Prefix caching should be on, since it needs no licence from the vendor.",
        "Speculative decoding should be on.",
    ],
)
def test_words_that_the_evidence_does_not_bear_are_an_addition(claim, encoder):
    verdict, why = judge(claim, ("e",), {"e": "Prefix caching should be on."}, encoder)
    assert verdict is Verdict.UNSUPPORTED
    assert why


SWITCH = "A first-generation switch runs one aggregation tree per switch, while its successor allows one per port."
RATIO = "Few enterprises need those, yet the ratio of peak to sustained is instructive because writes arrive in bursts."
BITS = "MXFP4 costs 4 + 8/32 = 4.25 bits per weight and NVFP4 costs 4 + 8/16 = 4.5 bits, so 70 billion take 39.4 GB."


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("A first-generation switch runs one aggregation tree per switch.", SWITCH),
        ("Few enterprises need those, yet the ratio of peak to sustained is instructive.", RATIO),
        ("MXFP4 costs 4 + 8/32 = 4.25 bits per weight and NVFP4 costs 4 + 8/16 = 4.5 bits.", BITS),
    ],
)
def test_a_sentence_may_end_where_its_source_goes_on_to_tell_why_or_more(claim, evidence, encoder):
    assert holds(claim, evidence, encoder)
    assert holds(claim, f"Storage has two faces. {evidence} Feeding is another matter.", encoder)


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        (
            "Spot instances cut the cost of training.",
            "Spot instances cut the cost of training, which holds only with checkpoints.",
        ),
        (
            "Ethernet reaches the latency of InfiniBand.",
            "Ethernet reaches the latency of InfiniBand, so vendors say, but no audit confirms it.",
        ),
        ("Burst reads decide restart time.", "Burst reads decide restart time; this is not so for large checkpoints."),
        ("30 % of jobs fail.", "30 % of jobs fail because of the network."),
        ("Sites do not buy GPUs.", "Sites do not buy GPUs because they are cheap."),
    ],
)
def test_a_sentence_does_not_hold_by_its_words_alone_where_its_source_goes_on_to_bind_it(claim, evidence):
    assert not support.opens(claim, [evidence])


def test_near_words_are_borne_by_the_encoder(encoder):
    evidence = "MPS is best for many ranks of the same job, which would crash together anyway."
    claim = "MPS fits many ranks of the same job best, which would fail together anyway."
    assert holds(claim, evidence, encoder)
    assert not holds("MPS is best for many ranks of one job, which would invoice together.", evidence, encoder)


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("Host memory tests fail while GPU paths are broken.", "Host memory tests pass while GPU paths are broken."),
        ("Tenants with quotas always wait less.", "Tenants with quotas can wait longer."),
        ("Egress starts at 0.09 US dollars per TB.", "Egress starts at 0.09 US dollars per GB for the first 10 TB."),
        ("An H200 doubles the H100 arithmetic rate.", "An H200 keeps the H100 arithmetic rate."),
    ],
)
def test_opposites_that_are_also_denials_and_what_a_figure_is_counted_by_are_seen(claim, evidence):
    assert not verify(claim, ("e",), {"e": evidence}).holds


def test_a_unit_may_stand_some_words_after_its_number_in_the_evidence():
    evidence = {"e": "An MI300X has 192 GB at 5.3 TB/s and 1,307 dense BF16 TFLOPS."}
    assert verify("An MI300X has 1,307 TFLOPS in dense BF16.", ("e",), evidence).holds


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("Decode is limited by arithmetic and prefill by bandwidth.",
         "Prefill is limited by arithmetic and decode by bandwidth."),
        ("The programme outgrows the contract.", "The contract outgrows the programme."),
        ("Writes hardly matter, while random reads decide the outcome.",
         "Random reads hardly matter, while writes decide the outcome."),
        ("Evaluate replacement before a longer life.", "Evaluate a longer life before replacement."),
        ("Time runs from repair to fault.", "Time runs from fault to repair."),
    ],
)  # fmt: skip
def test_two_parts_of_a_sentence_do_not_change_places(claim, evidence):
    assert verify(claim, ("e",), {"e": evidence}) is Verdict.CONTRADICTED


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("Decode is limited by bandwidth, and prefill is limited by arithmetic.",
         "Prefill is limited by arithmetic, and decode is limited by bandwidth."),
        ("The programme is outgrown by the contract.", "The contract outgrows the programme."),
        ("Mirrors serve writes, scans and reads.", "Mirrors serve reads, scans and writes."),
        ("The scheduler preempts requests when the cache is full.",
         "When the cache is full, the scheduler preempts requests."),
    ],
)  # fmt: skip
def test_clauses_voices_and_lists_may_change_places(claim, evidence):
    assert holds(claim, evidence)


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("Lifecycle rules should keep incomplete multipart uploads.",
         "Lifecycle rules should abort incomplete multipart uploads."),
        ("Run the test from host memory between pairs under one leaf.",
         "Run the test from GPU memory between pairs under one leaf."),
        ("Few operators can report the figure.", "Most operators can report the figure."),
        ("Centres of this size may provide storage.", "Centres of this size must provide storage."),
        ("The scheduler places pods all at once.", "The scheduler places pods one by one."),
        ("A full group holds 20 GB of state per node.", "A full group holds 20 GB of state per GPU."),
        ("The links cost twice the rent.", "The links cost three times the rent."),
        ("The plan keeps the features that justified it.", "The plan gives up the features that justified it."),
        ("The store scales down as load rises.", "The store scales up as load rises."),
        ("The window for scale-up is 300 seconds.", "The window for scale-down is 300 seconds."),
    ],
)  # fmt: skip
def test_one_word_for_another_is_no_paraphrase(claim, evidence):
    assert not holds(claim, evidence)


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        (
            "Checkpoints must not be ignored in this sizing.",
            "Checkpoints must not be ignored in this sizing of storage.",
        ),
        (
            "It keeps a long prompt from freezing other streams.",
            "With it a long prompt no longer freezes other streams.",
        ),
        ("AWS averaged 1.15 in 2023.", "Amazon Web Services averaged 1.15 in 2023."),
        ("The rack draws a quarter of 48 kW.", "The rack draws 25 % of 48 kW."),
        ("It adds 20 % to the term of 40 ms.", "It adds a fifth to the term of 40 ms."),
        ("Of 419 faults 148 came from GPUs and 72 from memory.", "GPUs and memory caused 148 and 72 of 419 faults."),
        ("Rehearse the path two times a year.", "Rehearse the path twice a year."),
        ("Only 250 documents sufficed to plant a backdoor.", "About 250 documents were enough to implant a backdoor."),
        ("Each of the slices has one ring.", "Each of the slices has one ring, so at most 128 flows leave."),
    ],
)
def test_double_denials_initials_and_shares_in_words_are_read(claim, evidence):
    assert holds(claim, evidence)


WORDS = "and or while not the a cache pool GPU 40 GB/s per node , ; never fails , scale-up twice".split()


@given(st.lists(st.sampled_from(WORDS), max_size=14), st.lists(st.sampled_from(WORDS), max_size=14))
def test_any_words_get_a_verdict(claim, evidence):
    assert verify(" ".join(claim), ("e",), {"e": " ".join(evidence)}) in Verdict


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("Once a file is open the MDS no longer takes part in the data path; bandwidth grows with OSTs and OSSs, and "
         "the rate of file creation with MDTs.",
         "After the open, the MDS is out of the data path, so bandwidth scales with the number of OSTs and OSSs while "
         "file creation scales with the number of MDTs."),
        ("Since discounts from commitments are not part of ContractedCost, a team using it as cost reports too much "
         "spend on covered rows.",
         "ContractedCost excludes commitment discounts, so a team that reports it as cost overstates spend on covered "
         "rows."),
    ],
)  # fmt: skip
def test_a_denial_is_not_held_against_a_line_in_other_words(claim, evidence, encoder):
    assert holds(claim, evidence, encoder)


@pytest.mark.parametrize(
    "claim",
    [
        "QLC flash belongs to the TLC flash storage, which is a type of flash storage with TLC flash storage.",
        "The flash storage is a flash storage for flash storage.",
        "The [names] hold QLC flash storage.",
    ],
)
def test_a_line_that_goes_in_circles_or_was_not_filled_in_is_stopped(claim):
    assert not holds(claim, "QLC and TLC flash are types of storage; the names of QLC flash storage hold.")
    assert holds("QLC flash and TLC flash are types of storage.", "QLC and TLC flash are types of storage.")
