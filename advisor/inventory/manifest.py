"""feeds.yaml: what exports do not say of themselves (site, label, as-of date), by file name pattern.

`{stem}` in a value stands for the file's name without its suffix.

    label: internal            # of every feed below this folder that says nothing else
    feeds:
      frankfurt/nvidia-smi*.csv: {site: Frankfurt, node: fra-h100-01, as_of: 2026-11-20}
"""

from __future__ import annotations

from datetime import date, datetime
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from advisor.errors import SchemaError

NAME = "feeds.yaml"
MAX_BYTES = 1024**2


class FeedOptions(BaseModel):
    """What may be said of a feed."""

    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)

    format: str | None = Field(None, description="Format, when detection is wrong.")
    entity: str | None = Field(None, description="Entity of a CSV in our own form.")
    label: str | None = Field(None, description="public, internal or restricted; nothing said means restricted.")
    as_of: datetime | date | str | None = Field(
        None, description="Date the export was taken, when it does not say so itself."
    )
    site: str | None = Field(None, description="Site of every row without one.")
    cluster: str | None = Field(None, description="Cluster of every row without one.")
    node: str | None = Field(None, description="Node of an nvidia-smi export.")
    storage: str | None = Field(None, description="Storage system that a fio run measured.")
    fabric: str | None = Field(None, description="Fabric that an nccl-tests run measured.")
    provider: str | None = Field(None, description="Provider of the rows.")


class Manifest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    label: str | None = None
    feeds: dict[str, FeedOptions] = Field(default_factory=dict)

    def options(self, relative: str) -> dict[str, Any]:
        """Options of a file: of every pattern that matches, later ones on top."""
        found: dict[str, Any] = {"label": self.label} if self.label else {}
        for pattern, options in self.feeds.items():
            if fnmatch(relative, pattern) or fnmatch(Path(relative).name, pattern):
                found |= options.model_dump(exclude_none=True)
        stem = Path(relative).stem
        return {
            name: value.replace("{stem}", stem) if isinstance(value, str) else value for name, value in found.items()
        }


def load(folder: Path) -> Manifest:
    """The manifest of a folder; empty when there is none. Raises SchemaError."""
    path = folder / NAME
    if not path.is_file():
        return Manifest()
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ValueError(f"it has more than {MAX_BYTES} bytes")
        return Manifest.model_validate(yaml.safe_load(path.read_text(encoding="utf-8-sig")) or {})
    except (OSError, ValueError, yaml.YAMLError, RecursionError) as error:
        # Without the input: nested aliases of a few bytes would be written out as gigabytes.
        said = error.errors(include_input=False, include_url=False)[0] if isinstance(error, ValidationError) else error
        raise SchemaError(f"{path} cannot be used: {said}. See docs/inventory.md for its form.") from error
