"""Import of a million FOCUS lines beside plain `duckdb read_csv`, each in its own process; never a test."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from time import perf_counter

from evals.inventory import large_org

_IMPORT = """
import sys, pathlib; from advisor.inventory.importing import build_store
report = build_store(pathlib.Path(sys.argv[2]), [pathlib.Path(sys.argv[1])], label="internal")
assert not report.refused, report.refused
"""
_PLAIN = """
import sys, duckdb; database = duckdb.connect(sys.argv[2] + ".plain")
database.execute("CREATE TABLE bill AS SELECT * FROM read_csv(?)", [sys.argv[1]])
"""


def _run(code: str, source: Path, target: Path) -> tuple[float, float]:
    """Seconds of one process, and peak MB of it or of one that it started, whichever is more."""
    started = perf_counter()
    body = (
        code
        + "\nfrom resource import *; print(max(getrusage(who).ru_maxrss for who in (RUSAGE_SELF, RUSAGE_CHILDREN)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", body, str(source), str(target)], capture_output=True, text=True, check=True
    )
    return perf_counter() - started, int(done.stdout.split()[-1]) / 1024


def run(work: Path, *, lines: int = large_org.LINES) -> dict[str, float]:
    bill = large_org.generate(work / "large", lines=lines) / "focus.csv"
    target = work / "bench"
    shutil.rmtree(target, ignore_errors=True)
    plain_s, plain_mb = _run(_PLAIN, bill, work / "bench-plain")
    import_s, import_mb = _run(_IMPORT, bill, target)
    for left in work.glob("bench-plain*"):
        left.unlink()
    return {
        "lines": float(lines),
        "import s": import_s,
        "import peak MB": import_mb,
        "plain read_csv s": plain_s,
        "plain read_csv peak MB": plain_mb,
        "ratio": import_s / plain_s,
    }


def main() -> None:
    for name, value in run(Path(sys.argv[1])).items():
        print(f"{name:<26}{value:>12,.2f}")


if __name__ == "__main__":
    main()
