"""A report as tables for a terminal and as JSON."""

from __future__ import annotations

import json

from rich.console import Console
from rich.table import Table

from evals.runner import Report


def show(report: Report) -> None:
    """Retrieval side by side with the baselines, then answering."""
    console = Console()
    table = Table(title=f"{report.name}: retrieval, {report.answerable} answerable questions")
    table.add_column("measure")
    for system in report.retrieval:
        table.add_column(system, justify="right")
    for measure in next(iter(report.retrieval.values())):
        row = [values[measure] for values in report.retrieval.values()]
        table.add_row(measure, *(f"{value:.0f}" if measure.startswith("char") else f"{value:.3f}" for value in row))
    console.print(table)
    table = Table(title=f"{report.name}: answering, {report.cases} questions")
    table.add_column("measure")
    table.add_column("advisor", justify="right")
    for measure, value in report.answering.items():
        table.add_row(measure, f"{value:.0f}" if float(value).is_integer() and value != 1 else f"{value:.3f}")
    console.print(table)


def as_json(report: Report) -> str:
    return json.dumps(
        {
            "set": report.name,
            "cases": report.cases,
            "answerable": report.answerable,
            "retrieval": report.retrieval,
            "answering": report.answering,
        },
        indent=2,
    )
