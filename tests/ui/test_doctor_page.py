"""The Doctor page tells what is wrong and what is set, and never a secret."""

import pytest

from advisor.doctor import checks
from advisor.settings import load
from ui import doctor_page


def test_settings_are_all_there_and_a_secret_is_only_said_to_be_set(tmp_path):
    settings = load(home=tmp_path, api_key="hunter2-hunter2", llm_watts=300)
    shown = doctor_page.settings_html(settings)
    assert "hunter2" not in shown and "ADVISOR_LLM_WATTS" in shown and "300" in shown
    assert all(f"<code>{name}</code>" in shown for name in type(settings).model_fields)


def test_a_workspace_without_library_is_to_be_mended_with_the_command_that_does_it(tmp_path):
    shown = doctor_page.checks_html(checks(load(home=tmp_path)))
    assert "mend" in shown and "advisor ingest" in shown


@pytest.mark.parametrize("whole", [True, False])
def test_a_changed_byte_is_found(home, tmp_path, whole):
    import shutil

    copy = tmp_path / "home"
    shutil.copytree(home, copy)
    if not whole:
        (vectors,) = copy.glob("generations/*/segments/*/dense.faiss")
        body = vectors.read_bytes()
        vectors.write_bytes(body[:-1] + bytes([body[-1] ^ 1]))
    shown = doctor_page.verified_html(load(home=copy))
    assert ("is whole" in shown) == whole
