"""`python -m evals.campaigns NAME`: one attack at its full length, in a workspace made for it."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from advisor.inventory.importing import import_feeds
from advisor.settings import corpus_path
from evals.campaigns import tampering
from index import library
from index.document import Label


def workspace(folder: Path, notes: int = 8) -> Path:
    """A small library in two generations, and the sample organisation's feeds beside it."""
    chosen = sorted((corpus_path() / "guidance").glob("*.md"))[:notes]
    library.ingest(folder, chosen, label=Label.PUBLIC)
    import_feeds(folder, [corpus_path() / "sample_org"])
    return folder


def run_tampering(arguments: argparse.Namespace) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        outcome = tampering.run(workspace(Path(folder)))
    print(f"{outcome.tried} tamperings, {len(outcome.missed)} not detected before loading")
    print("".join(f"  {what}\n" for what in outcome.missed), end="")
    return not outcome.missed


CAMPAIGNS: dict[str, Callable[[argparse.Namespace], bool]] = {"tampering": run_tampering}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m evals.campaigns", description=__doc__)
    parser.add_argument("name", choices=sorted(CAMPAIGNS))
    return 0 if CAMPAIGNS[(chosen := parser.parse_args()).name](chosen) else 1


if __name__ == "__main__":
    sys.exit(main())
