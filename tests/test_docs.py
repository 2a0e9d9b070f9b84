"""The pages name what there is, and nothing that there is not."""

import json
import re
from pathlib import Path
from urllib.parse import unquote

import click
import pytest
from pydantic import BaseModel

from advisor import answer
from advisor.settings import Settings
from ui.cli import main

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
SCHEMA = (ROOT / "docs" / "answer-schema.md").read_text(encoding="utf-8")
PAGES = sorted({*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("corpus/**/*.md")})

DEFINED = [one for one in vars(answer).values() if isinstance(one, type) and one.__module__ == answer.__name__]
MODELS = [one for one in DEFINED if issubclass(one, BaseModel) and one.model_fields]
_ROW = re.compile(r"^\| `([^`]+)` \|", re.MULTILINE)
_LINK = re.compile(
    r"!?\[(?:[^\]\\]|\\.)*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)|^\s*\[[^\]^]+\]:\s+(\S+)", re.MULTILINE
)
_CODE = re.compile(r"^(```|~~~).*?^\1|`[^`\n]+`", re.MULTILINE | re.DOTALL)


def rows(page: str, heading: str) -> list[str]:
    """First cells of the table under a heading."""
    found = re.search(rf"^## {re.escape(heading)}$(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    assert found, f"there is no section {heading}"
    return _ROW.findall(found[1])


def verbs(group: click.Group, name: str) -> list[str]:
    """Every command that does something, as it is typed."""
    found = []
    for verb, command in group.commands.items():
        typed = f"{name} {verb}"
        found += verbs(command, typed) if isinstance(command, click.Group) else [typed]
    return found


def dead_links(page: str, folder: Path) -> list[str]:
    """Targets of relative links that are not there; `folder` holds the page."""
    targets = [one or other for one, other in _LINK.findall(_CODE.sub("", page))]
    local = [unquote(one.partition("#")[0]) for one in targets if not re.match(r"[a-z][a-z0-9+.-]*:|#", one, re.I)]
    return [one for one in local if not (ROOT / one[1:] if one.startswith("/") else folder / one).exists()]


def test_the_models_of_the_schema_are_found():
    assert {"Answer", "Claim", "Evidence", "EvidenceLocator", "Retrieved", "Withheld"} <= {m.__name__ for m in MODELS}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_the_schema_page_has_every_field_and_no_other(model):
    assert rows(SCHEMA, model.__name__) == list(model.model_fields)


def test_the_schema_page_has_every_verdict():
    assert rows(SCHEMA, "Verdict") == [verdict.value for verdict in answer.Verdict]


def test_the_example_of_the_schema_page_is_an_answer():
    text = re.search(r"^```json\n(.*?)^```", SCHEMA, re.MULTILINE | re.DOTALL)[1]
    example = answer.Answer.model_validate_json(text, extra="forbid")
    assert example.schema_version == answer.SCHEMA_VERSION
    assert set(json.loads(text)) == set(answer.Answer.model_fields)
    for item in [*example.evidence, *example.retrieved]:
        assert item.locator.end - item.locator.start == len(item.text)
    assert {one for claim in example.claims for one in claim.evidence} == {item.id for item in example.evidence}


def test_the_readme_has_every_command_and_no_other():
    assert sorted(rows(README, "Commands")) == sorted(verbs(main, "advisor"))


def test_the_readme_has_every_setting_and_no_other():
    assert rows(README, "Settings") == list(Settings.model_fields)
    for name in Settings.model_fields:
        assert f"| `{name}` | `{Settings.model_config['env_prefix']}{name.upper()}` |" in README


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_into_the_repository_are_alive(page):
    assert dead_links(page.read_text(encoding="utf-8"), page.parent) == []


def test_a_dead_link_would_be_noticed():
    page = (
        'See [a](docs/gone.md#part), ![b](gone.png "title"), [c](README.md), [d](https://x.org/y.md) and `[e](no.md)`.'
    )
    assert dead_links(page, ROOT) == ["docs/gone.md", "gone.png"]
    assert dead_links("[one]: docs/gone.md\n[^1]: A footnote.\n", ROOT) == ["docs/gone.md"]
    assert dead_links("```\n[f](gone.md)\n```\n", ROOT) == []
