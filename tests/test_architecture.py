"""The folder list is the architecture: imports go one way, the public surface is what it says."""

import ast
import subprocess
import sys
from pathlib import Path

import advisor

ROOT = Path(__file__).parent.parent
HEAVY = {"torch", "sentence_transformers", "gradio", "fastapi", "llama_index", "transformers", "pandas"}


def test_imports_go_one_way():
    found = subprocess.run([Path(sys.executable).with_name("lint-imports")], cwd=ROOT, capture_output=True, text=True)
    assert found.returncode == 0, found.stdout


def test_outsiders_find_everything_in_advisor():
    assert sorted(advisor.__all__) == advisor.__all__ or set(advisor.__all__) <= set(dir(advisor))
    for name in advisor.__all__:
        assert getattr(advisor, name) is not None


def test_the_command_line_starts_without_the_heavy_libraries():
    code = "import sys, ui.cli; print(' '.join(sorted({m.partition('.')[0] for m in sys.modules})))"
    loaded = set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT).stdout.split())
    assert "click" in loaded
    assert not loaded & HEAVY


def test_no_module_unpickles():
    for package in ("index", "advisor", "evals", "ui"):
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                names = [a.name for a in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
                assert not {"pickle", "dill", "joblib", "shelve", "marshal"} & set(names), path


def test_every_route_below_v1_knows_its_caller(home):
    from fastapi.routing import APIRoute

    from advisor.api.app import create_app
    from advisor.api.auth import admin, caller, editor
    from advisor.settings import load

    def calls(dependant):
        return {dependant.call}.union(*(calls(one) for one in dependant.dependencies))

    def below(routes):
        for one in routes:
            if isinstance(one, APIRoute):
                yield one
            elif hasattr(one, "original_router"):
                yield from below(one.original_router.routes)

    routes = list(below(create_app(advisor.Advisor.open(load(home=home))).routes))
    assert {"/v1/ask", "/v1/documents", "/v1/size", "/v1/inventory/query"} <= {one.path for one in routes}
    for route in routes:
        if route.path not in ("/health", "/ready"):
            assert calls(route.dependant) & {caller, editor, admin}, (
                f"{route.path}: take `who: Caller` (advisor/api/auth.py) and ask with `who.sees(clearance)`"
            )
