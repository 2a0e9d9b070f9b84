"""`advisor eval`: measure, compare, gate, report; draft a set of one's own."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from advisor import settings as configuration
from advisor.errors import SchemaError
from advisor.settings import Settings

if TYPE_CHECKING:
    from evals.history import History
    from evals.registry import EvalSet
    from evals.row import Run

_FILE = click.Path(path_type=Path, dir_okay=False)
_FOLDER = click.Path(path_type=Path, file_okay=False)


class _RunByDefault(click.Group):
    """`advisor eval guidance` is `advisor eval run guidance`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or (args[0] not in self.commands and args[0] not in ("-h", "--help")):
            args = ["run", *args]
        return super().parse_args(ctx, args)


@click.group("eval", cls=_RunByDefault)
def evaluate() -> None:
    """Measure retrieval and answers. `advisor eval SET…` is `advisor eval run SET…`."""


@evaluate.command("run")
@click.argument("names", nargs=-1, metavar="[SET]…")
@click.option("--set", "questions", type=_FILE, help="A JSONL set of your own, with --corpus.")
@click.option("--pairs", type=_FILE, help="Claims beside evidence of your own, for the verifier.")
@click.option("--corpus", type=_FOLDER, help="The documents of --set or --pairs.")
@click.option("--feeds", type=_FOLDER, help="The estate that questions of --set are about, besides --corpus.")
@click.option("--beir", "collections", type=_FOLDER, multiple=True, help="A folder in BEIR's format; may be repeated.")
@click.option("--against", help="A TOML file of settings to measure too, an earlier run's id, or `last`.")
@click.option("--peers", is_flag=True, help="Run other retrieval systems on the same documents and vectors.")
@click.option("--peers-python", type=_FILE, help="Interpreter that has the peers. Default: this one.")
@click.option("--sample", type=click.IntRange(min=1), help="So many questions of each set, always the same ones.")
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Questions at the same time.")
@click.option("--fresh", is_flag=True, help="Measure again what is finished.")
@click.option("--judge", is_flag=True, help="Ask the configured language model too; reported apart.")
@click.option("--judge-llm", metavar="MODEL", help="Ask this one, named as in the setting `llm`.")
@click.option("--gate", type=_FILE, help="TOML file of what must hold; exit code 1 when it does not.")
@click.option("--report", type=_FILE, help="Write an HTML file that needs nothing else.")
@click.option("--junit", type=_FILE, help="Write JUnit XML.")
@click.option("--json", "as_json", type=_FILE, help="Write everything as JSON; `-` prints it.")
@click.option("--docs", is_flag=True, help="Write the figures into README.md and docs/ of the checkout.")
@click.pass_obj
def run(
    settings: Settings,
    names: tuple[str, ...],
    questions: Path | None,
    pairs: Path | None,
    corpus: Path | None,
    feeds: Path | None,
    collections: tuple[Path, ...],
    against: str | None,
    peers: bool,
    peers_python: Path | None,
    sample: int | None,
    workers: int,
    fresh: bool,
    judge: bool,
    judge_llm: str | None,
    gate: Path | None,
    report: Path | None,
    junit: Path | None,
    as_json: Path | None,
    docs: bool,
) -> None:
    """Measure sets: all that are shipped, those named, or your own. Finished questions are not measured again."""
    from evals import drift, history, suite
    from evals import gate as gates
    from evals import report as reports
    from evals.judging.judge import open_judge
    from evals.junit import as_junit

    sets = _sets(settings, names, questions, pairs, corpus, feeds, collections)
    rules = gates.load(gate) if gate else {}
    with history.opened(settings.home) as kept, _progress() as (say, progress):
        before, other = _against(against, settings, kept)
        found = suite.run(
            sets,
            settings,
            kept,
            against=other,
            peers=(peers_python or Path(sys.executable)) if peers or peers_python else None,
            sample=sample,
            fresh=fresh,
            workers=workers,
            judge=open_judge(settings, judge_llm) if judge or judge_llm else None,
            say=say,
            progress=progress,
        )
        kept.add(found)
        trends = kept.trends()
    breaches = gates.breaches(found, rules)
    changed = drift.changes(before, found) if before else []
    if before:
        for name in found.sets.keys() & before.sets.keys():
            breaches += gates.regressions(found.sets[name], before.sets[name])
    if as_json != Path("-"):
        click.echo(reports.as_text(found))
        if before:
            click.echo(f"\nSince {before.id}: {drift.summary(changed)}.")
    if docs:
        from evals import publishing

        root = configuration.corpus_path().parent
        if not (root / "README.md").is_file():
            raise SchemaError("--docs writes pages of a checkout, and this is an installed package.")
        click.echo(f"written: {', '.join(publishing.write(found, root)) or 'nothing new'}", err=True)
    _write(report, lambda: reports.as_html(found, breaches, trends, changed))
    _write(junit, lambda: as_junit(found, breaches))
    _write(as_json, lambda: reports.as_json(found, breaches, changed))
    for one in breaches:
        click.echo(f"gate: {one.set_name}, {one.measure}: {one.why}", err=True)
    if breaches:
        raise SystemExit(1)


def _sets(
    settings: Settings,
    names: Sequence[str],
    questions: Path | None,
    pairs: Path | None,
    corpus: Path | None,
    feeds: Path | None,
    collections: Sequence[Path],
) -> list[EvalSet]:
    from evals import beir_set, documents
    from evals.verifier import suite as verifier
    from ui.eval_sets import chosen

    if (questions is not None and corpus is None) or (corpus is not None and questions is None and pairs is None):
        raise click.UsageError("--set and --corpus go together: the questions and the documents they are about.")
    own = [beir_set.make(folder) for folder in collections]
    if pairs is not None:
        own.append(verifier.make(pairs.stem, f"claims of {pairs.name}", (pairs,), corpus))
    if questions is not None and corpus is not None:
        own.insert(0, documents.make(questions.stem, f"questions over {corpus.name}", questions, corpus, feeds))
    return [*(chosen(names, settings) if names or not own else []), *own]


def _against(given: str | None, settings: Settings, kept: History) -> tuple[Run | None, Settings | None]:
    """(an earlier run, other settings): what `--against` names."""
    if given is None:
        return None, None
    path = Path(given)
    if path.suffix != ".toml":
        return kept.run(given), None
    try:
        changed = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise SchemaError(f"{path} cannot be read: {error}") from error
    return None, configuration.load(**{**dict(settings), **changed, "home": settings.home})


def _write(path: Path | None, text: Any) -> None:
    if path is not None:
        with click.open_file(str(path), "w", encoding="utf-8") as out:
            out.write(text())


@contextmanager
def _progress() -> Iterator[tuple[Any, Any]]:
    """(say a line, report progress) on standard error."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description:<18}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as shown:
        tasks: dict[str, Any] = {}

        def report(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = shown.add_task(what, total=total)
            shown.update(tasks[what], completed=done)

        yield lambda line: console.print(line, highlight=False, markup=False), report


@evaluate.command()
@click.option("--corpus", type=_FOLDER, help="Documents to draft from. Default: the workspace's own, into its own set.")
@click.option("--feeds", type=_FOLDER, help="With --corpus: exports of an estate to draft from too.")
@click.option("-o", "--output", type=_FILE, help="With --corpus: the JSONL set to write; it must not exist yet.")
@click.option("--count", type=click.IntRange(5, 1000), default=50, show_default=True, help="How many questions.")
@click.pass_obj
def init(settings: Settings, corpus: Path | None, feeds: Path | None, output: Path | None, count: int) -> None:
    """Draft questions over your documents, feeds and thumbs, with answers, to be reviewed by a person."""
    from evals import drafting, own, rewording
    from ui.feedback import FILE

    if (corpus is None) != (output is None) or (feeds is not None and corpus is None):
        raise click.UsageError("--corpus (with --feeds, if there are any) and --output go together.")
    thumbs = settings.home / FILE
    if corpus is None or output is None:
        new, said = own.draft(settings, count, thumbs)
        click.echo(
            f"{new} new drafts in {own.questions_file(settings.home)}, {said}. Review them on the Evals page of "
            "`advisor serve`, then run `advisor eval own`."
        )
        return
    if output.exists():
        raise SchemaError(f"{output} is there already: give another name, or move it away.")
    drafted, liked = own.drawn(_drafting_workspace(settings, corpus, feeds), str(corpus), count, thumbs)
    worded, said = rewording.varied(drafted, settings)
    output.write_text(drafting.as_jsonl([*worded, *liked]), encoding="utf-8")
    given = f"--set {output} --corpus {corpus}" + (f" --feeds {feeds}" if feeds else "")
    click.echo(
        f"{len(worded) + len(liked)} drafts in {output}, {said}. Read each one: mend the words, drop what is no "
        f"question, and set `reviewed` to true. Then run `advisor eval {given}`."
    )


def _drafting_workspace(settings: Settings, corpus: Path, feeds: Path | None) -> Path:
    from advisor.inventory.importing import import_feeds
    from index import library

    work = settings.home / "evals" / "draft"
    library.ingest(work, [corpus], model=settings.embedding_model)
    if feeds is not None:
        import_feeds(work, [feeds])
    return work


@evaluate.command()
@click.argument("name", required=False, metavar="[SET]")
@click.pass_obj
def trends(settings: Settings, name: str | None) -> None:
    """Every measure over the runs so far, oldest first."""
    from evals import history

    with history.opened(settings.home) as kept:
        for one in kept.trends(name):
            values = "  ".join(f"{estimate.value:.3f}" for _, estimate in one.points[-8:])
            click.echo(f"{one.set_name:<18}{one.measure:<30}{values}")


@evaluate.command("drift")
@click.argument("before")
@click.argument("after", default="last")
@click.pass_obj
def drifted(settings: Settings, before: str, after: str) -> None:
    """Which answers changed between two runs, and which evidence with them."""
    from evals import drift, history

    with history.opened(settings.home) as kept:
        found = drift.changes(kept.run(before), kept.run(after))
    click.echo(drift.summary(found))
    for one in found:
        click.echo(f"\n{one.what:<9}{one.set_name} {one.id}: {one.question}")
        for line in [*(f"- {place}" for place in one.evidence_lost), *(f"+ {place}" for place in one.evidence_new)]:
            click.echo(f"    {line}")
