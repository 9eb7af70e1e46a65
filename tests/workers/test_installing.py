"""Installing: the same steps in production and in the embedded stack, safe to repeat."""

import re
from pathlib import Path

import psycopg
import pytest

from records.migrate import ROLES
from workers.cli import run
from workers.installing import install_database, install_namespace
from workers.keys import new_key_set
from workers.settings import SettingsError, load_settings
from workers.stack.postgres import EmbeddedPostgres
from workers.stack.temporal import EmbeddedTemporal


def dsns(postgres: EmbeddedPostgres, owner: str) -> dict[str, str]:
    """Return the addresses of one database for every role."""
    database = owner.rpartition("/")[2]
    services = {f"{role.removeprefix('privacy_')}_dsn": role for role in ROLES}
    return {"dsn": owner} | {name: postgres.dsn(database, role) for name, role in services.items()}


def test_a_new_database_gets_schema_and_logins(
    postgres: EmbeddedPostgres, empty_database: str
) -> None:
    """Twice is as good as once: each service logs in and sees the schema."""
    settings = load_settings(**dsns(postgres, empty_database))
    for _ in range(2):
        install_database(settings)
    for role in ROLES:
        address = settings.secret(f"{role.removeprefix('privacy_')}_dsn")
        with psycopg.connect(address) as connection:
            found = connection.execute("SELECT to_regclass('privacy.ledger') IS NOT NULL")
            assert found.fetchone() == (True,)


def test_an_address_for_another_role_is_refused(
    postgres: EmbeddedPostgres, empty_database: str
) -> None:
    """The worker must not log in as the owner; nothing is migrated before that is mended."""
    given = dsns(postgres, empty_database) | {"worker_dsn": empty_database}
    with pytest.raises(SettingsError, match="PRIVACY_WORKER_DSN must log in as privacy_worker"):
        install_database(load_settings(**given))
    with psycopg.connect(empty_database) as connection:
        found = connection.execute("SELECT to_regclass('privacy.ledger')")
        assert found.fetchone() == (None,)


def test_secrets_come_from_the_example_that_the_image_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`privacy setup secrets` fills in the file of its variable; one that is away is named."""
    monkeypatch.setenv("PRIVACY_ENV_EXAMPLE", str(example := tmp_path / "env.example"))
    assert run(["setup", "secrets"]) == 1
    assert f"{example} cannot be read" in capsys.readouterr().err
    example.write_text("# Superuser.\nPOSTGRES_PASSWORD=\n", encoding="utf-8")
    assert run(["setup", "secrets"]) == 0
    assert re.fullmatch(r"# Superuser.\nPOSTGRES_PASSWORD=\S{32}\n", capsys.readouterr().out)


async def test_a_namespace_is_made_once(temporal_server: EmbeddedTemporal) -> None:
    """A missing namespace is created; an existing one is brought up to date."""
    settings = load_settings(
        temporal_address=temporal_server.address,
        temporal_namespace="made-once",
        codec_keys=new_key_set(),
    )
    for _ in range(2):
        await install_namespace(settings)
