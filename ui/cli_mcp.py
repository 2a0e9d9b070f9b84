"""`advisor mcp`: the advisor as tools for an assistant, on stdin and stdout."""

from __future__ import annotations

from importlib.util import find_spec

import click

from advisor.engine import Advisor
from advisor.errors import SettingsError
from advisor.settings import Settings
from index.document import Label


@click.command()
@click.option("--clearance", type=click.Choice([one.value for one in Label]), help="See nothing above this label.")
@click.pass_obj
def mcp(settings: Settings, clearance: str | None) -> None:
    """Speak the Model Context Protocol on stdin and stdout, for assistants that start this command."""
    if find_spec("mcp") is None:
        raise SettingsError("The package mcp is missing: install infra-advisor[mcp].")
    import anyio

    from advisor.api.mcp import serve_stdio

    advisor = Advisor.open(settings)
    anyio.run(serve_stdio, advisor, advisor.clearance(Label(clearance) if clearance else None))
