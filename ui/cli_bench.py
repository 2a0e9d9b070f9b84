"""`advisor bench`: how fast, how large, how it grows."""

from __future__ import annotations

import json
from pathlib import Path

import click

from advisor import settings as configuration
from advisor.errors import SchemaError
from advisor.settings import Settings

_FILE = click.Path(path_type=Path, dir_okay=False)
_FOLDER = click.Path(path_type=Path, file_okay=False, exists=True)


def _chunks(ctx: click.Context, option: click.Parameter, given: tuple[str, ...]) -> tuple[int, ...]:
    """10000, 10k, 1M → numbers."""
    found = []
    for text in given:
        number = text.lower().replace("m", "000k").replace("k", "000").replace("_", "")
        if not number.isdecimal() or int(number) < 100:
            raise click.BadParameter(f"{text} is no number of chunks: give 100 or more, like 10k or 1M.")
        found.append(int(number))
    return tuple(sorted(found))


@click.command()
@click.argument("parts", nargs=-1, metavar="[sizes|clients|load|indexing|encoder|precision|everyday]…")
@click.option(
    "--size", "sizes", multiple=True, callback=_chunks, help="Chunks of a synthetic library; may be repeated."
)
@click.option("--corpus", type=click.Path(path_type=Path), help="Documents to index. Default: the shipped guidance.")
@click.option("--public", type=_FOLDER, help="Documents of evals/sets/public.jsonl, for `precision`.")
@click.option(
    "--beir", type=_FOLDER, multiple=True, help="A folder in BEIR's format, for `precision`; may be repeated."
)
@click.option("--json", "as_json", type=_FILE, help="Write every figure as JSON.")
@click.option("--report", type=_FILE, help="Write tables and plots as one HTML file.")
@click.option("--docs", is_flag=True, help="Write the figures into docs/performance.md of the checkout.")
@click.pass_obj
def bench(
    settings: Settings,
    parts: tuple[str, ...],
    sizes: tuple[int, ...],
    corpus: Path | None,
    public: Path | None,
    beir: tuple[Path, ...],
    as_json: Path | None,
    report: Path | None,
    docs: bool,
) -> None:
    """Measure search, updates, space and indexing; ratios are taken within one run. Sizes: 1k, 10k and 100k chunks."""
    import evals
    from evals import beir_set, documents
    from evals.benchmarks import bench as benchmark
    from evals.benchmarks import page

    if unknown := set(parts) - set(benchmark.PARTS):
        raise click.BadParameter(f"{', '.join(sorted(unknown))}: the parts are {', '.join(benchmark.PARTS)}.")
    sets = [beir_set.make(one) for one in beir]
    if public is not None:
        questions = Path(evals.__file__).parent / "sets" / "public.jsonl"
        sets.insert(0, documents.make("public", "questions about public documents", questions, public))
    folder = corpus or configuration.corpus_path() / "guidance"
    found = benchmark.run(
        settings,
        folder,
        parts or benchmark.PARTS,
        sizes or benchmark.SIZES,
        settings.home / "bench",
        lambda line: click.echo(line, err=True),
        sets,
    )
    click.echo(page.as_text(found))
    if as_json:
        as_json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    if report:
        report.write_text(page.as_html(found), encoding="utf-8")
    if docs:
        root = configuration.corpus_path().parent
        if not (root / page.PAGE).is_file():
            raise SchemaError("--docs writes pages of a checkout, and this is an installed package.")
        click.echo(f"written: {', '.join(page.write(found, root)) or 'nothing new'}", err=True)
