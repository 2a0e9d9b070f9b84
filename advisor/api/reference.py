"""The description of the API as one page without scripts; the usual one fetches its code from another host."""

from __future__ import annotations

import html
import json
from typing import Any

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}"
    "pre{overflow:auto;padding:.5rem;border:1px solid #8888;border-radius:6px}summary{cursor:pointer}"
)


def page(openapi: dict[str, Any]) -> str:
    """Routes with what they do, their parameters and bodies; then every schema."""
    routes = "".join(
        _route(path, method, one) for path, methods in openapi["paths"].items() for method, one in methods.items()
    )
    schemas = "".join(
        f'<details id="{_e(name)}"><summary><code>{_e(name)}</code></summary>{_json(body)}</details>'
        for name, body in openapi.get("components", {}).get("schemas", {}).items()
    )
    info = openapi["info"]
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{_e(info["title"])} API</title>'
        f"<style>{_STYLE}</style><h1>{_e(info['title'])} API {_e(info['version'])}</h1>"
        f'<p>{_e(info.get("description", ""))} As JSON: <a href="/openapi.json">openapi.json</a>.</p>'
        f"<h2>Routes</h2>{routes}<h2>Schemas</h2>{schemas}</html>"
    )


def _route(path: str, method: str, one: dict[str, Any]) -> str:
    known = {name: one[name] for name in ("parameters", "requestBody", "responses") if name in one}
    return (
        f"<h3><code>{_e(method.upper())} {_e(path)}</code></h3><p>{_e(one.get('description', ''))}</p>"
        f"<details><summary>Parameters, body, responses</summary>{_json(known)}</details>"
    )


def _json(body: object) -> str:
    return f"<pre>{_e(json.dumps(body, indent=2, ensure_ascii=False))}</pre>"


def _e(text: object) -> str:
    return html.escape(str(text))
