"""A run as JUnit XML: a suite a set, a case a question, and a suite for the gate."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree

from evals.gate import Breach
from evals.row import ADVISOR, Run


def as_junit(run: Run, breaches: Sequence[Breach]) -> str:
    """The gate alone decides whether a build fails; a question that fell short is `skipped` with its reasons."""
    root = ElementTree.Element("testsuites", name="advisor eval", timestamp=run.id)
    gate = ElementTree.SubElement(root, "testsuite", name="gate", tests=str(max(len(breaches), 1)))
    gate.set("failures", str(len(breaches)))
    if not breaches:
        ElementTree.SubElement(gate, "testcase", classname="gate", name="all rules hold")
    for one in breaches:
        case = ElementTree.SubElement(gate, "testcase", classname=f"gate.{one.set_name}", name=one.measure)
        ElementTree.SubElement(case, "failure", message=_plain(one.why))
    for result in run.sets.values():
        rows = result.rows[ADVISOR]
        short = sum(bool(row.failures) for row in rows)
        suite = ElementTree.SubElement(root, "testsuite", name=result.name, tests=str(len(rows)), skipped=str(short))
        for row in rows:
            case = ElementTree.SubElement(suite, "testcase", classname=result.name, name=_plain(row.id))
            if row.failures:
                skipped = ElementTree.SubElement(case, "skipped", message=_plain("; ".join(row.failures)))
                skipped.text = _plain(f"question: {row.question}\nexpected: {row.expected}\nanswer: {row.answer}")
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True)


def _plain(text: str) -> str:
    """Without what XML 1.0 cannot hold."""
    return "".join(c for c in text if c in "\n\t" or 0x20 <= ord(c) < 0xD800 or 0xE000 <= ord(c) < 0xFFFE)
