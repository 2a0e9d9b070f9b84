"""Keys: made, checked, revoked; hosts, origins, bodies and headers; what each role may do."""

from __future__ import annotations

import json
import stat

import httpx
import pytest
from click.testing import CliRunner

from advisor import Advisor, access
from advisor.access import Access, Role
from advisor.api.app import create_app
from advisor.errors import AccessError, SettingsError
from advisor.settings import load
from index.document import Label
from ui.cli import main


@pytest.fixture
def keyed(home, tmp_path):
    """A workspace of its own over the shared library, with a key for each clearance."""
    own = tmp_path / "home"
    own.mkdir()
    for name in ("encoder", "generations", "CURRENT"):
        (own / name).symlink_to(home / name)
    keys = {label: access.create(own, f"{label} reader", Role.READER, label)[1] for label in Label}
    return own, keys


def test_a_key_is_shown_once_and_only_its_sum_is_kept(tmp_path):
    user, key = access.create(tmp_path, "Ada", Role.EDITOR, Label.INTERNAL)
    text = access.users_file(tmp_path).read_text()
    assert key not in text
    assert key.split("_", 2)[2] not in text
    assert stat.S_IMODE(access.users_file(tmp_path).stat().st_mode) == 0o600
    found = Access(load(home=tmp_path)).principal(key)
    assert (found.name, found.role, found.clearance) == ("Ada", Role.EDITOR, Label.INTERNAL)
    assert access.users(tmp_path) == [user]


def test_a_revoked_key_opens_nothing_and_revoking_the_last_one_does_not_open_the_door(tmp_path):
    user, key = access.create(tmp_path, "Ada", Role.READER, Label.PUBLIC)
    door = Access(load(home=tmp_path))
    assert door.principal(key) is not None
    access.revoke(tmp_path, user.id)
    assert door.principal(key) is None
    assert door.principal(None) is None
    with pytest.raises(AccessError, match="keys list"):
        access.revoke(tmp_path, user.id)


def test_the_key_of_another_workspace_opens_nothing(tmp_path):
    access.create(tmp_path / "one", "Ada", Role.ADMIN, Label.RESTRICTED)
    _, other = access.create(tmp_path / "two", "Ada", Role.ADMIN, Label.RESTRICTED)
    assert Access(load(home=tmp_path / "one")).principal(other) is None
    assert Access(load(home=tmp_path / "two")).principal(other) is not None


def test_the_setting_caps_every_key(tmp_path):
    _, key = access.create(tmp_path, "Ada", Role.READER, Label.RESTRICTED)
    found = Access(load(home=tmp_path, clearance="internal")).principal(key)
    assert found.clearance is Label.INTERNAL
    assert found.sees(Label.RESTRICTED) is Label.INTERNAL
    assert found.sees(Label.PUBLIC) is Label.PUBLIC


@pytest.mark.parametrize("text", ["", "{", '{"format": 2, "users": []}', '{"format": 1, "users": [{"id": "x"}]}'])
def test_a_users_file_that_cannot_be_read_is_no_open_door(tmp_path, text):
    access.users_file(tmp_path).write_text(text)
    with pytest.raises(SettingsError, match="cannot be read"):
        Access(load(home=tmp_path)).principal("anything")


def test_the_verbs_of_keys(tmp_path):
    def run(*words):
        return CliRunner().invoke(main, ["--home", str(tmp_path), "keys", *words])

    made = run("create", "Ada", "--role", "editor", "--clearance", "internal")
    assert made.exit_code == 0
    assert made.stdout.startswith("ia_")
    [one] = json.loads(run("list", "--json").stdout)
    assert (one["name"], one["role"], one["clearance"]) == ("Ada", "editor", "internal")
    renewed = run("renew", one["id"]).stdout.strip()
    door = Access(load(home=tmp_path))
    assert door.principal(made.stdout.strip()) is None and door.principal(renewed).id == one["id"]
    assert run("revoke", one["id"]).exit_code == 0
    assert run("revoke", one["id"]).exit_code == 1
    assert run("create", "\x1b[2J").exit_code == 1


def test_each_key_sees_what_its_clearance_allows(keyed, serving):
    own, keys = keyed
    with serving(create_app(Advisor.open(load(home=own)))) as url, httpx.Client(base_url=url) as client:
        assert client.get("/v1/documents").status_code == 401
        counts = {
            label: client.get("/v1/documents", headers={"X-API-Key": key}).json()["count"]
            for label, key in keys.items()
        }
        assert counts == {Label.PUBLIC: 3, Label.INTERNAL: 3, Label.RESTRICTED: 4}
        asked = {"question": "What does band seven earn?", "clearance": "restricted"}
        said = client.post("/v1/ask", json=asked, headers={"Authorization": f"Bearer {keys[Label.PUBLIC]}"}).text
        assert "98,000" not in said
        said = client.post("/v1/ask", json=asked, auth=("anyone", keys[Label.RESTRICTED])).text
        assert "98,000" in said


def test_unknown_hosts_foreign_origins_and_large_bodies_are_refused(advisor, serving):
    with serving(create_app(advisor)) as url, httpx.Client(base_url=url) as client:
        for host in ("evil.example", "127.0.0.1.evil.example", "", "[::1", "localhost@evil.example"):
            refused = client.get("/v1/documents", headers={"Host": host})
            assert refused.status_code == 400, host
        assert client.get("/v1/documents", headers={"Host": "localhost:1"}).status_code == 200
        body = {"question": "What is PUE?"}
        for origin in ("https://evil.example", "null", "http://127.0.0.1:1"):
            assert client.post("/v1/ask", json=body, headers={"Origin": origin}).status_code == 403
        assert client.post("/v1/ask", json=body, headers={"Origin": url}).status_code == 200
        large = client.post("/v1/ask", content=b"x" * (1024**2 + 1), headers={"content-type": "application/json"})
        assert large.status_code == 413
        streamed = client.post(
            "/v1/ask", content=(b" " * 65536 for _ in range(40)), headers={"content-type": "application/json"}
        )
        assert streamed.status_code == 413
        assert streamed.headers["content-type"] == "application/problem+json"


def test_headers_keep_others_out(advisor, serving):
    with serving(create_app(advisor)) as url, httpx.Client(base_url=url) as client:
        got = client.get("/v1/documents", headers={"Origin": "http://localhost:9"})
        assert got.headers["x-content-type-options"] == "nosniff"
        assert got.headers["content-security-policy"].startswith("default-src 'none'")
        assert got.headers["cache-control"] == "no-store"
        assert not [name for name in got.headers if name.startswith("access-control-")]


def test_the_description_of_the_api_needs_nothing_from_another_host(advisor, serving):
    with serving(create_app(advisor)) as url, httpx.Client(base_url=url) as client:
        page = client.get("/docs")
        assert "POST /v1/ask" in page.text
        assert "http" not in page.text.replace("https://json-schema.org", "").split("<h2>", 1)[0]
        assert not [word for word in ("<script", "<link", "<img") if word in page.text]


def test_unknown_routes_and_methods_are_problems_beside_the_pages(advisor, serving):
    from ui.server import build

    with serving(build(advisor)) as url, httpx.Client(base_url=url) as client:
        for method, path, status in (("GET", "/v1/nothing", 404), ("GET", "/v1/ask", 405), ("PUT", "/v1/size", 405)):
            got = client.request(method, path)
            assert (got.status_code, got.headers["content-type"]) == (status, "application/problem+json"), path
