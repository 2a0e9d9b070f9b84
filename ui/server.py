"""One process: the API and the pages."""

from __future__ import annotations

import os

import gradio as gr
from fastapi import FastAPI
from starlette.middleware import Middleware

from advisor.access import Access
from advisor.api import serving
from advisor.api.app import create_app
from advisor.engine import Advisor
from advisor.errors import SettingsError
from advisor.redaction import guard_logs
from advisor.settings import Settings, is_loopback
from index.errors import LibraryNotFound
from ui import app, look
from ui.own_pages import OwnPages


def build(advisor: Advisor) -> FastAPI:
    """The API app with the pages mounted at /."""
    api = create_app(advisor)
    api.user_middleware.append(Middleware(OwnPages))  # the innermost: the guard has said who calls
    return gr.mount_gradio_app(
        api,
        app.build(advisor),
        path="/",
        theme=look.theme(),
        css=look.CSS,
        footer_links=[],
        max_file_size=advisor.settings.max_upload_mb * 1024**2,
        allowed_paths=[],
    )


def check_exposure(settings: Settings) -> None:
    """Raises SettingsError for an address that others can reach while no key is set."""
    access = Access(settings)
    if access.required and not access.possible:
        raise SettingsError("Every key of this workspace is revoked: make one with `advisor keys create NAME`.")
    if not is_loopback(settings.host) and not access.possible:
        raise SettingsError(
            f"Refusing to serve on {settings.host} without authentication: make a key with `advisor keys create NAME`, "
            "set ADVISOR_API_KEY, or serve on 127.0.0.1."
        )


def serve(settings: Settings) -> None:
    check_exposure(settings)
    guard_logs(settings)
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    serving.few_heaps()
    serving.server(build(_opened(settings)), settings.host, settings.port).run()


def _opened(settings: Settings) -> Advisor:
    """An empty workspace is served too: its first documents can come through the API."""
    try:
        return Advisor.open(settings)
    except LibraryNotFound:
        return Advisor(settings, None)
