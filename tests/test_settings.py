"""Stores and tokens: the file, the environment, the keyring, and what is refused."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import keyring
import keyring.backend
import keyring.errors
import pytest

from importer import settings
from importer.errors import SettingsError
from importer.model import Store
from importer.secret import Secret

ACME = Store("acme", "abc123", time_zone="America/New_York")


class Keyring(keyring.backend.KeyringBackend):
    """A keyring as a desktop has one, kept in memory."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if (service, username) not in self.kept:
            raise keyring.errors.PasswordDeleteError("no such password")
        del self.kept[service, username]


@pytest.fixture
def desktop() -> Iterator[Keyring]:
    before = keyring.get_keyring()
    backend = Keyring()
    keyring.set_keyring(backend)
    yield backend
    keyring.set_keyring(before)


def test_a_saved_store_is_found_again_in_any_case(home: Path) -> None:
    settings.add_store(ACME)
    assert settings.stores() == [ACME]
    assert settings.find_store("ACME") == ACME
    assert settings.config_file() == home / "settings.toml"


def test_a_removed_store_is_gone_and_so_is_its_token(desktop: Keyring) -> None:
    settings.add_store(ACME, Secret("t0ken"))
    settings.add_store(Store("beta", "def456"))
    settings.remove_store("acme")
    assert [store.name for store in settings.stores()] == ["beta"]
    assert desktop.kept == {}


def test_writing_keeps_the_users_own_comments() -> None:
    settings.config_file().write_text('# ours\n[stores.acme]\nhash = "abc123" # the big one\n')
    settings.add_store(Store("beta", "def456"))
    text = settings.config_file().read_text()
    assert "# ours" in text
    assert "# the big one" in text


def test_without_a_name_the_environment_is_the_store(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMPORTER_STORE_HASH", "xyz789")
    monkeypatch.setenv("IMPORTER_TOKEN", "t0ken")
    store = settings.find_store()
    assert (store.hash, store.base_url) == ("xyz789", settings.DEFAULT_BASE_URL)
    assert settings.token_for(store).reveal() == "t0ken"
    monkeypatch.setenv("IMPORTER_BASE_URL", "http://127.0.0.1:8020/api/v3/io/")
    monkeypatch.setenv("IMPORTER_TIME_ZONE", "Europe/Berlin")
    store = settings.find_store()
    assert store.base_url == "http://127.0.0.1:8020/api/v3/io"
    assert store.time_zone == "Europe/Berlin"


def test_a_flag_beats_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    settings.add_store(ACME)
    monkeypatch.setenv("IMPORTER_STORE_HASH", "xyz789")
    assert settings.find_store("acme") == ACME


def test_a_token_of_another_store_is_never_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    settings.add_store(ACME)
    monkeypatch.setenv("IMPORTER_STORE_HASH", "xyz789")
    monkeypatch.setenv("IMPORTER_TOKEN", "for-xyz789")
    with pytest.raises(SettingsError, match="no token for the store 'acme'"):
        settings.token_for(ACME)


def test_a_stores_own_variable_comes_first_then_the_common_one_then_the_keyring(
    desktop: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store("acme-eu", "abc123")
    assert settings.add_store(store, Secret("kept"))
    assert settings.token_for(store).reveal() == "kept"
    monkeypatch.setenv("IMPORTER_TOKEN", "common")
    assert settings.token_for(store).reveal() == "common"
    monkeypatch.setenv("IMPORTER_TOKEN_ACME_EU", "own")
    assert settings.token_for(store).reveal() == "own"


def test_without_a_keyring_the_error_names_the_variable() -> None:
    assert settings.add_store(ACME, Secret("t0ken")) is False
    with pytest.raises(SettingsError) as raised:
        settings.token_for(ACME)
    assert "IMPORTER_TOKEN_ACME" in raised.value.remedy


def test_no_token_reaches_a_file(home: Path, desktop: Keyring) -> None:
    settings.add_store(ACME, Secret("t0ken-to-look-for"))
    for path in home.rglob("*"):
        assert path.is_dir() or b"t0ken-to-look-for" not in path.read_bytes()


@pytest.mark.parametrize(
    ("store", "says"),
    [
        (Store("a b", "abc123"), "can't be the name"),
        (Store("-x", "abc123"), "can't be the name"),
        (Store("x" * 41, "abc123"), "can't be the name"),
        (Store("Sandbox", "abc123"), "practice store"),
        (Store("acme", "ab/c"), "not a store hash"),
        (Store("acme", ""), "not a store hash"),
        (Store("acme", "abc123", "http://api.example.com"), "unprotected"),
        (Store("acme", "abc123", "http://127.0.0.1.example.com"), "unprotected"),
        (Store("acme", "abc123", "ftp://api.example.com"), "not a web address"),
        (Store("acme", "abc123", "https://"), "not a web address"),
        (Store("acme", "abc123", "https://api.example.com:port"), "not a web address"),
        (Store("acme", "abc123", "https://u:p@api.example.com"), "more in it than an address"),
        (Store("acme", "abc123", "https://api.example.com/?token=1"), "more in it than an address"),
        (Store("acme", "abc123", time_zone="Mars/Olympus"), "not a time zone"),
        (Store("acme", "abc123", time_zone="../etc/passwd"), "not a time zone"),
        (Store("acme", "abc123", time_zone=""), "not a time zone"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_remedy(store: Store, says: str) -> None:
    with pytest.raises(SettingsError, match=says) as raised:
        settings.add_store(store)
    assert raised.value.remedy
    assert settings.stores() == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_plain_http_is_for_this_computer(host: str) -> None:
    settings.add_store(Store("local", "abc123", f"http://{host}:8020/api"))
    assert settings.find_store("local").base_url == f"http://{host}:8020/api"


def test_two_names_that_share_a_variable_cant_both_be_saved() -> None:
    settings.add_store(Store("acme-eu", "abc123"))
    with pytest.raises(SettingsError, match="already"):
        settings.add_store(Store("ACME_EU", "def456"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[stores.acme\n", "can't be understood"),
        ("stores = 3\n", "not a table"),
        ("[stores.acme]\n", "has no hash"),
        ('[stores.acme]\nhash = "abc123"\ntoken = "t0ken"\n', "has a token in it"),
        ('[stores.acme]\nhash = "abc123"\nhush = "x"\n', "'hush' can't be understood"),
        ('[stores.acme]\nhash = "abc123"\ntime_zone = 1\n', "'time_zone' can't be understood"),
        ('[stores."a b"]\nhash = "abc123"\n', "can't be the name"),
    ],
)
def test_a_garbled_file_is_named_and_so_is_the_trouble(text: str, says: str) -> None:
    settings.config_file().write_text(text)
    with pytest.raises(SettingsError, match=says) as raised:
        settings.stores()
    assert "t0ken" not in str(raised.value) + raised.value.remedy


@pytest.mark.parametrize("token", ["two words", "ümlaut", "line\nbreak"])
def test_a_garbled_token_is_refused_without_being_shown(
    token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMPORTER_TOKEN", token)
    with pytest.raises(SettingsError) as raised:
        settings.token_for(ACME)
    assert token not in str(raised.value) + raised.value.remedy


def test_an_unknown_store_gives_the_known_ones() -> None:
    settings.add_store(ACME)
    with pytest.raises(SettingsError) as raised:
        settings.find_store("acne")
    assert "acme" in raised.value.remedy
    with pytest.raises(SettingsError) as raised:
        settings.find_store()
    assert "--store NAME (acme)" in raised.value.remedy


def test_a_wrong_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMPORTER_STORE_HASH", "xyz789")
    monkeypatch.setenv("IMPORTER_BASE_URL", "http://api.example.com")
    with pytest.raises(SettingsError, match=r"^IMPORTER_BASE_URL: "):
        settings.find_store()


def test_a_folder_that_cant_be_written_is_named(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "file").write_text("not a folder")
    monkeypatch.setenv("IMPORTER_HOME", str(home / "file"))
    with pytest.raises(SettingsError) as raised:
        settings.add_store(ACME)
    assert str(home / "file") in f"{raised.value} {raised.value.remedy}"


def test_the_systems_own_folders_serve_without_a_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("IMPORTER_HOME")
    assert settings.data_folder().name == "importer" or "importer" in settings.data_folder().parts
    assert settings.sandbox_data().parent == settings.data_folder()
    assert os.fspath(settings.ledger_target()).startswith(str(settings.data_folder()))


def test_a_store_s_share_and_hours_are_kept_and_read() -> None:
    settings.add_store(replace(ACME, share=0.8, between="20:00-06:00"))
    found = settings.find_store("acme")
    assert (found.share, found.between) == (0.8, "20:00-06:00")


@pytest.mark.parametrize(
    ("line", "says"), [('share = "most"', "1% to 100%"), ('between = "night"', "20:00-06:00")]
)
def test_a_share_or_hours_that_make_no_sense_are_said_so(line: str, says: str) -> None:
    settings.add_store(ACME)
    file = settings.config_file()
    file.write_text(file.read_text() + line + "\n")
    with pytest.raises(SettingsError, match=says):
        settings.find_store("acme")


@pytest.mark.parametrize(
    ("text", "named", "near"),
    [
        ("[severity]\norder-duplicate = 'off'\n", "'severity'", "Did you mean [severities]?"),
        ("colour = 'red'\n", "'colour'", "There are [stores], [severities], [limits]."),
        ("[limits]\nrows = 3\n[store.acme]\nhash = 'abc'\n", "'store'", "[stores]?"),
    ],
)
def test_what_nobody_reads_in_the_settings_is_an_error(text: str, named: str, near: str) -> None:
    settings.config_file().parent.mkdir(parents=True, exist_ok=True)
    settings.config_file().write_text(text)
    with pytest.raises(SettingsError) as caught:
        settings.severities()
    assert named in str(caught.value)
    assert near in caught.value.remedy
