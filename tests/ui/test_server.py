"""No address that others can reach is served without a key."""

from __future__ import annotations

import pytest

from advisor import access
from advisor.errors import SettingsError
from advisor.settings import load
from index.document import Label
from ui.server import check_exposure


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_loopback_needs_no_key(home, host):
    check_exposure(load(home=home, host=host))


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "advisor.example"])
def test_any_other_address_is_refused_without_a_key_and_told_what_to_do(home, host):
    with pytest.raises(SettingsError, match="ADVISOR_API_KEY"):
        check_exposure(load(home=home, host=host))
    check_exposure(load(home=home, host=host, api_key="secret"))


def test_a_key_of_the_users_file_opens_an_address_and_revoking_the_last_closes_it(tmp_path):
    settings = load(home=tmp_path, host="0.0.0.0")
    user, _ = access.create(tmp_path, "Ada", access.Role.READER, Label.PUBLIC)
    check_exposure(settings)
    access.revoke(tmp_path, user.id)
    with pytest.raises(SettingsError, match="revoked"):
        check_exposure(settings)
