"""`advisor chat` and `advisor sessions`: conversations that are kept."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

import click

from advisor.access import LOCAL
from advisor.engine import Advisor
from advisor.errors import AdvisorError
from advisor.sessions import Session, Sessions, markdown
from advisor.settings import Settings
from index.document import Label
from ui import views

OWNER = LOCAL  # who works on this machine, also through the pages while no key is set


@click.command()
@click.option("--session", "identity", help="Go on with a kept conversation (`advisor sessions list`).")
@click.option("--clearance", type=click.Choice([one.value for one in Label]), help="See no document above this label.")
@click.pass_obj
def chat(settings: Settings, identity: str | None, clearance: str | None) -> None:
    """Ask one question after another; each may lean on those before. /quit or the end of the input ends it."""
    advisor, kept = Advisor.open(settings), Sessions(settings.home)
    seen = advisor.clearance(Label(clearance) if clearance else None)
    session = kept.get(OWNER, identity, seen) if identity else kept.create(OWNER)
    click.echo(f"Conversation {session.id}{_so_far(session)}. /quit ends it.", err=True)
    for question in _typed():
        try:
            session = kept.get(OWNER, session.id, seen)
            answer = advisor.ask(
                question,
                clearance=seen,
                history=session.history(),
                local_only=session.local_only(settings.llm_ceiling),
            )
        except AdvisorError as error:
            click.echo(str(error), err=True)
            continue
        kept.keep(OWNER, session.id, answer)
        click.echo(f"{views.terminal(answer)}\n")


def _so_far(session: Session) -> str:
    return f", {len(session.turns)} answers so far: {session.title}" if session.turns else ""


def _typed() -> Iterator[str]:
    """Lines from a terminal or a pipe, until /quit or the end."""
    shown = sys.stdin.isatty()
    while True:
        if shown:
            click.echo("> ", nl=False, err=True)
        line = sys.stdin.readline()
        if not line or line.strip() in ("/quit", "/exit"):
            return
        if line.strip():
            yield line.strip()


@click.group()
def sessions() -> None:
    """Conversations that were kept by `advisor chat` and, while no key is set, by the server."""


@sessions.command("list")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def list_sessions(settings: Settings, as_json: bool) -> None:
    """List them, the last one first."""
    found = Sessions(settings.home).listed(OWNER, settings.clearance)
    if as_json:
        rows = [{"id": one.id, "title": one.title, "changed": one.changed, "turns": len(one.turns)} for one in found]
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for one in found:
        click.echo(f"{one.id}  {one.changed[:16]}  {len(one.turns):>3} answers  {one.title}")


@sessions.command()
@click.argument("identity", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="The answers in the answer schema, instead of Markdown.")
@click.pass_obj
def export(settings: Settings, identity: str, as_json: bool) -> None:
    """Print one with its references."""
    session = Sessions(settings.home).get(OWNER, identity, settings.clearance)
    body = json.dumps(session.model_dump(mode="json"), ensure_ascii=False, indent=1) if as_json else markdown(session)
    click.echo(body.rstrip("\n"))


@sessions.command()
@click.argument("identity", metavar="ID")
@click.pass_obj
def delete(settings: Settings, identity: str) -> None:
    """Delete one for good."""
    Sessions(settings.home).delete(OWNER, identity)
    click.echo(f"Conversation {identity} is deleted.")
