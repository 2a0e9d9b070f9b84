"""Data files that ship with the package."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml, where it is built in, is ten times as fast


def read(path: Path) -> Any:
    """A YAML file as plain objects. Raises OSError and yaml.YAMLError: each caller says what the file should be."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)
