"""What the person before the browser may see: pages ask with this clearance, never with the server's."""

from __future__ import annotations

import os

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # read when gradio is imported

import gradio as gr

from advisor.access import Principal
from advisor.api.auth import SCOPE_KEY
from index.document import Label


def principal_of(request: gr.Request) -> Principal:
    """Whoever signed in. A page that is not behind the guard has nobody, and fails."""
    assert request.request is not None
    principal = request.request.scope[SCOPE_KEY]
    assert isinstance(principal, Principal)
    return principal


def clearance_of(request: gr.Request) -> Label:
    return principal_of(request).clearance
