"""`advisor`: thin verbs over the packages.

Server, evaluation and benchmark code is imported by the verb that needs it, so that a cold
`advisor ask` stays fast.
"""

from __future__ import annotations

import getpass
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from advisor import audit
from advisor import settings as configuration
from advisor.engine import Advisor
from advisor.errors import AdvisorError, SchemaError
from advisor.jobs import give_way
from advisor.redaction import redacted, secrets_of
from advisor.settings import Settings
from index import library, lock, retriever
from index.document import Label
from index.errors import LibraryDamaged, LibraryError, LibraryNotFound
from ui import views
from ui.cli_assess import assess
from ui.cli_bench import bench
from ui.cli_chat import chat, sessions
from ui.cli_doctor import doctor
from ui.cli_eval import evaluate
from ui.cli_inventory import inventory
from ui.cli_keeping import audit as audit_verbs
from ui.cli_keeping import backup, restore
from ui.cli_keys import keys
from ui.cli_mcp import mcp
from ui.cli_roadmap import roadmap
from ui.cli_size import size

DEMO_QUESTIONS = (
    "What is power usage effectiveness and what are its limits?",
    "How do we audit storage throughput before we buy GPUs?",
    "InfiniBand or Ethernet for training?",
)
_LABELS = click.Choice([label.value for label in Label])


class _Group(click.Group):
    """Known errors become one line on stderr and exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        with audit.noting() as noted:
            outcome = "failed"
            try:
                done = super().invoke(ctx)
                outcome = "done"
                return done
            except (AdvisorError, LibraryError) as error:
                raise click.ClickException(redacted(str(error))) from error
            except BrokenPipeError:
                sys.stderr.close()
                return None
            finally:
                _write_down(ctx, outcome, noted)


def _in_use(home: Path) -> bool:
    return home.is_dir() and any(home.iterdir())


def _write_down(ctx: click.Context, outcome: str, noted: audit.Noted) -> None:
    """A line of the audit log, in a workspace that is there; checking the log is not worth one."""
    settings, verb = ctx.obj, ctx.invoked_subcommand
    if isinstance(settings, Settings) and verb not in (None, "audit") and _in_use(settings.home):
        who = f"{getpass.getuser()} (command line)"
        noted.clearance = noted.clearance or settings.clearance
        audit.record(settings.home, who, f"advisor {verb}", outcome, noted, secrets=secrets_of(settings))


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--home", type=click.Path(path_type=Path), help="Workspace; a whole separate library. [ADVISOR_HOME]")
@click.version_option(package_name="infra-advisor")
@click.pass_context
def main(ctx: click.Context, home: Path | None) -> None:
    """Infra Advisor: answers infrastructure questions from evidence, with sources."""
    ctx.obj = configuration.load(home=home)
    ctx.with_resource(lock.at_work(f"advisor {ctx.invoked_subcommand}"))


@main.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--label", type=_LABELS, help="For documents that carry none. Default: restricted.")
@click.option("--rebuild", is_flag=True, help="Read and embed everything again.")
@click.option("--watch", is_flag=True, help="Stay, and ingest again whenever a file changes.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.pass_obj
def ingest(
    settings: Settings, paths: tuple[Path, ...], label: str | None, rebuild: bool, watch: bool, as_json: bool
) -> None:
    """Bring the library up to date with files or folders (default: the shipped corpus, or all earlier paths)."""
    chosen = list(paths) or _default_paths(settings)
    _ingest(settings, chosen, Label(label) if label else None, rebuild, as_json)
    if watch:
        from watchfiles import watch as changes

        give_way()
        watched = chosen or [Path(root) for root in retriever.roots(settings.home)]
        click.echo(f"Watching {', '.join(map(str, watched))}; Ctrl-C stops.", err=True)
        for _ in changes(*watched, raise_interrupt=False):
            _ingest(settings, chosen, Label(label) if label else None, False, as_json)


def _default_paths(settings: Settings) -> list[Path]:
    try:
        retriever.roots(settings.home)
    except LibraryNotFound:
        return [_shown(configuration.corpus_path() / "guidance")]
    except LibraryDamaged:
        return []  # a rebuild salvages the paths
    return []


def _shown(path: Path) -> Path:
    return Path(os.path.relpath(path)) if path.is_relative_to(Path.cwd()) else path


def _ingest(settings: Settings, paths: Sequence[Path], label: Label | None, rebuild: bool, as_json: bool) -> None:
    with _progress(as_json) as progress:
        report = library.ingest(
            settings.home, paths, model=settings.embedding_model, label=label, rebuild=rebuild, progress=progress
        )
    if as_json:
        click.echo(json.dumps({name: getattr(report, name) for name in report.__slots__}))
        return
    for path, reason in report.refused:
        click.echo(f"refused  {path}: {reason}", err=True)
    click.echo(
        f"{len(report.added)} added, {len(report.changed)} changed, {len(report.removed)} removed, "
        f"{report.unchanged} unchanged, {len(report.refused)} refused; {report.embedded} chunks embedded "
        f"in {report.seconds:.1f} s. "
        f"Generation {report.generation}: {report.documents} documents, {report.chunks} chunks."
    )


@contextmanager
def _progress(quiet: bool) -> Iterator[library.Progress]:
    """A progress line on a terminal; a line for each stage elsewhere."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True, quiet=quiet)
    columns = (TextColumn("{task.description:<10}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as shown:
        tasks: dict[str, Any] = {}

        def report(stage: str, done: int, total: int) -> None:
            if total == 0:
                return
            if stage not in tasks:
                tasks[stage] = shown.add_task(stage, total=total)
            shown.update(tasks[stage], completed=done, total=total)

        yield report


@main.command()
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def documents(settings: Settings, as_json: bool) -> None:
    """List the documents of the library."""
    listed = Advisor.open(settings).documents()
    if as_json:
        click.echo(json.dumps(listed, ensure_ascii=False))
        return
    for one in listed:
        click.echo(f"{one['label']:<11}{one['chunks']:>4} chunks  {one['path']}  {one['title']}")


@main.command()
@click.pass_obj
def verify(settings: Settings) -> None:
    """Check every file of the current generation against its checksum."""
    manifest, damaged = retriever.verify(settings.home)
    if damaged:
        raise click.ClickException(f"Damaged: {', '.join(damaged)}. Run `advisor ingest --rebuild`.")
    click.echo(
        f"Generation {manifest.name} is whole: {manifest.documents} documents, {manifest.chunks} chunks, "
        f"model {manifest.model}."
    )


@main.command()
@click.argument("question", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print the whole answer in the answer schema.")
@click.option("--batch", type=click.Path(path_type=Path), help="JSON lines, each with `question`; other keys are kept.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Where --batch writes. Default: stdout.")
@click.option("--clearance", type=_LABELS, help="See no document above this label.")
@click.option("-k", type=click.IntRange(1, 100), help="Passages brought to the writer.")
@click.option("--history", multiple=True, help="An earlier question that this one follows; repeat it, oldest first.")
@click.pass_obj
def ask(
    settings: Settings,
    question: str | None,
    as_json: bool,
    batch: Path | None,
    output: Path | None,
    clearance: str | None,
    k: int | None,
    history: tuple[str, ...],
) -> None:
    """Answer a question with its sources."""
    if (question is None) == (batch is None):
        raise click.UsageError("Give one QUESTION, or --batch FILE.")
    label = Label(clearance) if clearance else None
    if batch is not None:
        _ask_batch(settings, batch, output, label, k)
        return
    answer = Advisor.open(settings).ask(question or "", clearance=label, k=k, history=history)
    click.echo(answer.model_dump_json(indent=2) if as_json else views.terminal(answer))


def _ask_batch(settings: Settings, batch: Path, output: Path | None, clearance: Label | None, k: int | None) -> None:
    """One line out for each line in. A line that cannot be answered says why; the rest goes on."""
    lines = list(_batch_lines(batch))
    advisor = Advisor.open(settings)
    with click.open_file(str(output) if output else "-", "w", encoding="utf-8") as out:
        for number, given in enumerate(lines, 1):
            keep = {name: value for name, value in given.items() if name not in ("clearance", "k")}
            try:
                own = Label(given["clearance"]) if given.get("clearance") else clearance
                said = advisor.ask(
                    str(given["question"]), clearance=own, k=given.get("k", k), history=given.get("history", ())
                )
                body = said.model_dump(mode="json")
            except (AdvisorError, ValueError) as error:
                body = {"error": str(error)}
            out.write(json.dumps({**keep, **body}, ensure_ascii=False) + "\n")
            if output and number % 50 == 0:
                click.echo(f"{number}/{len(lines)}", err=True)
    if output:
        click.echo(f"{len(lines)} answers in {output}.", err=True)


def _batch_lines(batch: Path) -> Iterator[dict[str, Any]]:
    try:
        text = batch.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SchemaError(f"{batch} cannot be read: {error}") from error
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            given = json.loads(line)
        except ValueError as error:
            raise SchemaError(f"{batch}, line {number} is not JSON: {error}") from error
        given = {"question": given} if isinstance(given, str) else given
        if not isinstance(given, dict) or not isinstance(given.get("question"), str):
            raise SchemaError(f'{batch}, line {number}: expected {{"question": "…"}}.')
        yield given


@main.command()
@click.argument("question")
@click.option("--json", "as_json", is_flag=True)
@click.option("-k", type=click.IntRange(1, 1000), default=10, show_default=True, help="How many passages.")
@click.option("--clearance", type=_LABELS, help="See no document above this label.")
@click.pass_obj
def search(settings: Settings, question: str, as_json: bool, k: int, clearance: str | None) -> None:
    """Ranked passages alone, without an answer."""
    found = Advisor.open(settings).search(question, clearance=Label(clearance) if clearance else None, k=k)
    if as_json:
        click.echo(json.dumps([one.model_dump(mode="json") for one in found], ensure_ascii=False))
        return
    for one in found:
        where = one.locator
        text = " ".join(one.text.split())[:220]
        click.echo(
            f"{one.rank:>2}. {one.score:.3f}  {where.path}  {where.heading}  {where.start}–{where.end}\n    {text}"
        )


@main.command()
@click.option("--host", help="Address to serve on; any but loopback needs a key (`advisor keys create`).")
@click.option("--port", type=int)
@click.pass_obj
def serve(settings: Settings, host: str | None, port: int | None) -> None:
    """Serve the chat and the HTTP API."""
    from ui import server

    chosen = configuration.load(**{**dict(settings), "host": host or settings.host, "port": port or settings.port})
    server.check_exposure(chosen)
    click.echo(f"Serving on http://{chosen.host}:{chosen.port} (chat at /, API at /v1, docs at /docs). Ctrl-C stops.")
    server.serve(chosen)


@main.command()
@click.pass_context
def demo(ctx: click.Context) -> None:
    """Index the shipped corpus, answer three questions, then serve (unless ADVISOR_DEMO_EXIT=1)."""
    settings: Settings = ctx.obj
    click.echo(f"==> indexing the shipped guidance into {settings.home}")
    _ingest(settings, [_shown(configuration.corpus_path() / "guidance")], None, False, False)
    advisor = Advisor.open(settings)
    for question in DEMO_QUESTIONS:
        click.echo(f"\n==> advisor ask {question!r}\n\n{views.terminal(advisor.ask(question))}")
    if os.environ.get("ADVISOR_DEMO_EXIT") == "1":
        return
    click.echo()
    ctx.invoke(serve, host=None, port=None)


main.add_command(inventory)
main.add_command(size)
main.add_command(assess)
main.add_command(roadmap)
main.add_command(keys)
main.add_command(audit_verbs)
main.add_command(backup)
main.add_command(restore)
main.add_command(doctor)
main.add_command(evaluate)
main.add_command(bench)
main.add_command(mcp)
main.add_command(chat)
main.add_command(sessions)


if __name__ == "__main__":
    main()
