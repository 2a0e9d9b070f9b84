"""`advisor keys`: who may call the server."""

from __future__ import annotations

import json

import click

from advisor import access
from advisor.access import Role
from advisor.settings import Settings
from index.document import Label


@click.group()
def keys() -> None:
    """Keys of this workspace: one a person or program, each with a role and a clearance."""


@keys.command()
@click.argument("name")
@click.option("--role", type=click.Choice([one.value for one in Role]), default="reader", show_default=True)
@click.option("--clearance", type=click.Choice([one.value for one in Label]), default="public", show_default=True)
@click.pass_obj
def create(settings: Settings, name: str, role: str, clearance: str) -> None:
    """Make a key and print it, once. From then on every request to the server needs a key."""
    user, key = access.create(settings.home, name, Role(role), Label(clearance))
    click.echo(f"Key {user.id} for {user.name} ({user.role}, {user.clearance}). It is shown only now:", err=True)
    click.echo(key)


@keys.command("list")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def list_keys(settings: Settings, as_json: bool) -> None:
    """List the keys, without the secrets."""
    known = access.users(settings.home)
    if as_json:
        shown = [{name: getattr(one, name) for name in ("id", "name", "role", "clearance", "created")} for one in known]
        click.echo(json.dumps(shown, ensure_ascii=False))
        return
    for one in known:
        click.echo(f"{one.id}  {one.role:<7} {one.clearance:<11} {one.created}  {one.name}")
    if not known:
        click.echo("There are no keys: make one with `advisor keys create NAME`.", err=True)


@keys.command()
@click.argument("identity", metavar="ID")
@click.pass_obj
def renew(settings: Settings, identity: str) -> None:
    """Print another secret for a key, once; conversations and jobs stay, the old secret is refused."""
    user, key = access.renew(settings.home, identity)
    click.echo(f"Key {user.id} of {user.name} has a new secret. It is shown only now:", err=True)
    click.echo(key)


@keys.command()
@click.argument("identity", metavar="ID")
@click.pass_obj
def revoke(settings: Settings, identity: str) -> None:
    """Take a key back; a running server refuses it from the next request on."""
    user = access.revoke(settings.home, identity)
    click.echo(f"Key {user.id} of {user.name} is revoked.")
