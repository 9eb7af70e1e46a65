"""Settings: by value or by file, named when wrong, never quoted."""

import base64
from pathlib import Path

import pytest

from domain.vocabulary import Role
from workers.keys import KeySet, api_key_hash, new_key, new_key_set
from workers.settings import Settings, SettingsError, load_settings, referenced_secret


@pytest.fixture(autouse=True)
def _no_stack(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PRIVACY_ENV_FILE", str(tmp_path / "none.env"))


def test_a_secret_is_read_from_the_file_that_its_twin_names(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """`PRIVACY_WORKER_DSN_FILE` gives `worker_dsn` the file's content, without the newline."""
    (tmp_path / "dsn").write_text("postgresql://one\n")
    monkeypatch.setenv("PRIVACY_WORKER_DSN_FILE", str(tmp_path / "dsn"))
    assert load_settings().secret("worker_dsn") == "postgresql://one"


def test_variables_win_over_the_running_stack(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The stack's file fills in what the environment leaves open."""
    (tmp_path / "stack.env").write_text("PRIVACY_TASK_QUEUE=stack\nPRIVACY_SMTP_PORT=2525\n")
    monkeypatch.setenv("PRIVACY_ENV_FILE", str(tmp_path / "stack.env"))
    monkeypatch.setenv("PRIVACY_TASK_QUEUE", "mine")
    settings = load_settings()
    assert (settings.task_queue, settings.smtp_port) == ("mine", 2525)


def test_wrong_values_are_named_and_not_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    """One message names every wrong variable and quotes no value."""
    monkeypatch.setenv("PRIVACY_CODEC_KEYS", "k1:c2hvcnQ=")
    monkeypatch.setenv("PRIVACY_SMTP_PORT", "canary")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    message = str(caught.value)
    assert "PRIVACY_CODEC_KEYS" in message
    assert "PRIVACY_SMTP_PORT" in message
    assert "canary" not in message
    assert "c2hvcnQ" not in message


def test_a_missing_secret_says_what_to_set() -> None:
    """Asking for an unset secret names its variable and its twin."""
    with pytest.raises(SettingsError, match="PRIVACY_WORKER_DSN_FILE"):
        load_settings().secret("worker_dsn")


def test_an_unreadable_file_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A `_FILE` variable that points nowhere is an error, not an absent setting."""
    monkeypatch.setenv("PRIVACY_DSN_FILE", "/nonexistent/dsn")
    with pytest.raises(SettingsError, match="/nonexistent/dsn"):
        load_settings()


def test_secrets_do_not_show() -> None:
    """Neither repr nor str of the settings shows a key."""
    keys, key = new_key_set(), new_key()
    settings = load_settings(vault_keys=keys, fingerprint_key=key, dsn="postgresql://u:p@h/d")
    shown = repr(settings) + str(settings)
    assert keys.split(":")[1] not in shown
    assert key not in shown
    assert "u:p@h" not in shown


def test_the_first_key_is_current_and_the_others_remain() -> None:
    """`id:base64,id:base64`: new data takes the first key, old data still finds its own."""
    first, second = new_key_set(), new_key_set()
    keys = KeySet.parse(f"{first}, {second}")
    assert keys.current == first.split(":")[0]
    assert set(keys.by_id()) == {first.split(":")[0], second.split(":")[0]}


SAME_ID = base64.b64encode(bytes(32)).decode()


@pytest.mark.parametrize("text", ["", "k1", "k1:***", "k1:AAAA", f"a:{SAME_ID},a:{SAME_ID}"])
def test_bad_key_sets_are_refused(text: str) -> None:
    """No key, no id, no base64, wrong length and a repeated id are each refused."""
    with pytest.raises(ValueError, match="key"):
        KeySet.parse(text)


def test_intake_clients_are_known_by_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    """The setting holds hashes of API keys; a bare key is refused."""
    monkeypatch.setenv("PRIVACY_INTAKE_CLIENTS", f"webform:{api_key_hash('s3cret')}")
    assert load_settings().intake_clients == {"webform": api_key_hash("s3cret")}
    monkeypatch.setenv("PRIVACY_INTAKE_CLIENTS", "webform:s3cret")
    with pytest.raises(SettingsError, match="webform"):
        load_settings()


def test_a_registry_refers_to_secrets_by_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Provider secrets stand in variables of their own, by value or file."""
    monkeypatch.setenv("PRIVACY_PROVIDER_ACME_SECRET", "whsec_x")
    assert referenced_secret("PRIVACY_PROVIDER_ACME_SECRET") == "whsec_x"
    with pytest.raises(SettingsError, match="PRIVACY_PROVIDER_NONE"):
        referenced_secret("PRIVACY_PROVIDER_NONE")


def test_every_setting_is_described() -> None:
    """Each field says what it is for."""
    assert [n for n, f in Settings.model_fields.items() if not f.description] == []


def test_roles_are_given_by_the_identity_providers_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """A word may hold a colon and give several roles; a role that does not exist is refused."""
    words = "pr-approve:approver, pr-approve:handler,urn:acme:audit:auditor"
    monkeypatch.setenv("PRIVACY_SIGN_IN_ROLES", words)
    assert load_settings().sign_in_roles == (
        ("pr-approve", Role.APPROVER),
        ("pr-approve", Role.HANDLER),
        ("urn:acme:audit", Role.AUDITOR),
    )
    monkeypatch.setenv("PRIVACY_SIGN_IN_ROLES", "everybody:king")
    with pytest.raises(SettingsError, match="PRIVACY_SIGN_IN_ROLES"):
        load_settings()


def test_an_empty_issuer_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compose hands variables on that are not set."""
    monkeypatch.setenv("PRIVACY_SIGN_IN_ISSUER", "")
    assert load_settings().sign_in_issuer is None
