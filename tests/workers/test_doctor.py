"""Whatever is broken in an installation, the doctor names it and says what to do."""

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socket import AF_INET

import asyncpg
import pytest
from psycopg.conninfo import conninfo_to_dict

from providers.checking import SENDING, Verdict
from providers.checking import Finding as Looked
from records import checkpoints
from records.signing import Signer
from tests.workers.operators import KEYS, key_set, variables
from workers.certificates import AUTHORITY, CERTIFICATE, KEY, write_certificate
from workers.doctor import configuration, database, machine, network, rules
from workers.doctor.examination import examine
from workers.doctor.finding import Finding, Look, Standing, good
from workers.settings import PROJECT, Settings, settings_from
from workers.stack.postgres import SUPERUSER, EmbeddedPostgres

Broken = Callable[[str], AsyncIterator[None]]
SOUND = {
    "PRIVACY_PUBLIC_URL": "https://privacy.shop.example",
    "PRIVACY_MAIL_FROM": "privacy@shop.example",
    "PRIVACY_STAFF_MAIL": "team@shop.example",
}

KEPT_MAIL = (
    "INSERT INTO privacy.mail (once_key, received_at, size, key_id, wrapped, raw)"
    " VALUES ('k:' || repeat('0', 64), now(), 1, 'k1', '\\x00', '\\x00')"
)


@pytest.fixture
def given(database: str, as_role: Callable[[str, str], str]) -> Mapping[str, str]:
    """Give the variables of a sound installation."""
    own = {"PRIVACY_FINGERPRINT_KEY": base64.b64encode(b"f" * 32).decode()}
    return {**variables(database, as_role), **SOUND, **own}


@pytest.fixture
async def superuser(postgres: EmbeddedPostgres, database: str) -> AsyncIterator[asyncpg.Connection]:
    """Connect as one who can break things."""
    name = str(conninfo_to_dict(database)["dbname"])
    connection = await asyncpg.connect(postgres.dsn(name, SUPERUSER))
    yield connection
    await connection.close()


async def findings(settings: Settings, *looks: Look) -> list[Finding]:
    """Return what is not good."""
    found = await examine(settings, looks)
    assert found
    return [each for each in found if each.standing is not Standing.GOOD]


async def test_a_sound_database_is_found_well(given: Mapping[str, str]) -> None:
    """Of a freshly migrated one only notes are made: no checkpoint yet, and the tests' fsync."""
    found = await findings(settings_from(given), database.logins, database.schema, database.record)
    assert [each.says for each in found if "fsync" not in each.says] == [
        "no checkpoint of the ledger was taken yet"
    ]


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        ("ALTER TABLE privacy.ledger DISABLE TRIGGER ALL", "ledger_is_append_only on ledger"),
        ("ALTER TABLE privacy.ledger ENABLE TRIGGER ledger_is_sealed", "ledger_is_sealed on led"),
        ("ALTER TABLE privacy.data_key DISABLE TRIGGER USER", "shredded_stays_shredded on data_k"),
        ("GRANT UPDATE ON privacy.ledger TO privacy_worker", "privacy_worker may UPDATE privacy.l"),
        (
            "GRANT SELECT ON privacy.vault TO privacy_auditor",
            "privacy_auditor may SELECT privacy.vault",
        ),
        ("UPDATE privacy.alembic_version SET version_num = '0001'", "the schema is at 0001"),
        ("ALTER SCHEMA privacy RENAME TO elsewhere", "our schema is not there"),
        (
            "INSERT INTO privacy.checkpoint VALUES (1, now() - interval '2 days', '{}',"
            " repeat('0', 64), repeat('0', 64), sha256(''), sha512(''))",
            "checkpoint 1 was taken 48.0 h ago",
        ),
    ],
)
async def test_a_damaged_database_is_named(
    given: Mapping[str, str], superuser: asyncpg.Connection, damage: str, says: str
) -> None:
    """Safeguards, rights, revision, schema and checkpoints, each in words and with a remedy."""
    await superuser.execute(damage)
    found = await findings(settings_from(given), database.schema, database.record)
    named = [each for each in found if says in each.says]
    assert named, found
    assert named[0].standing is Standing.WRONG
    assert named[0].fix


async def test_a_mighty_role_and_a_wrong_login_are_named(
    given: Mapping[str, str], superuser: asyncpg.Connection
) -> None:
    """A role beyond its work, and an address that logs in as another role."""
    await superuser.execute("ALTER ROLE privacy_gateway CREATEDB")
    try:
        swapped = {**given, "PRIVACY_AUDITOR_DSN": given["PRIVACY_WORKER_DSN"]}
        found = await findings(settings_from(swapped), database.logins)
    finally:
        await superuser.execute("ALTER ROLE privacy_gateway NOCREATEDB")
    assert [each.says for each in found] == [
        "privacy_gateway has more rights than its work needs",
        "PRIVACY_AUDITOR_DSN logs in as privacy_worker",
    ]


async def test_a_wrapping_key_that_is_lost_is_named(
    given: Mapping[str, str], superuser: asyncpg.Connection
) -> None:
    """Data keys and mail under a key that nobody holds are wrong, a former key is a note."""
    await superuser.execute("ALTER TABLE privacy.data_key DISABLE TRIGGER ALL")
    await superuser.execute("INSERT INTO privacy.data_key VALUES ('PR-1', 'k1', '\\x00')")
    await superuser.execute(KEPT_MAIL)
    ours = {**given, "PRIVACY_VAULT_KEYS": key_set("k2")}
    [lost] = [f for f in await findings(settings_from(ours), database.record) if f.part == "keys"]
    assert (lost.standing, "2 under k1" in lost.says) == (Standing.WRONG, True)
    both = {**given, "PRIVACY_VAULT_KEYS": key_set("k2", "k1")}
    [former] = [f for f in await findings(settings_from(both), database.record) if f.part == "keys"]
    assert (former.standing, "privacy keys rewrap" in former.fix) == (Standing.NOTE, True)


async def test_work_that_waits_too_long_is_named(
    given: Mapping[str, str], superuser: asyncpg.Connection
) -> None:
    """A request that nothing has started is found though its projections look calm."""
    await superuser.execute(
        "INSERT INTO privacy.request (request_id, client, idempotency_key, body_hash,"
        " request_types, requester, residency, channel, language, received_at, registered_at)"
        " VALUES ('PR-1', 'c', 'k', 'h', '{delete}', 'consumer', 'CA', 'web_form', 'en',"
        " now(), now() - interval '1 hour')"
    )
    found = await findings(settings_from(given), database.record)
    assert any("1 requests registered and not started" in each.says for each in found)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"DEVELOPMENT": "true"}, "asks nobody to sign in"),
        ({"PUBLIC_URL": "http://privacy.shop.example"}, "do not use https"),
        ({"SMTP_SECURITY": "none", "SMTP_HOST": "mail.shop.example"}, "clear text"),
        (
            {"WORKER_DSN": "postgresql://privacy_worker:x@db.shop.example/p"},
            "WORKER_DSN may travel",
        ),
        ({"MAIL_FROM": "privacy@example.com"}, "example.com"),
        ({"SUPPRESSION_KEYS": key_set("k1"), "VAULT_KEYS": key_set("k1")}, "are the same key"),
    ],
)
async def test_settings_for_another_kind_of_machine_are_named(
    changed: dict[str, str], says: str
) -> None:
    """What is right on a developer's machine is told where consumers are served."""
    variables = SOUND | {f"PRIVACY_{name}": value for name, value in changed.items()}
    found = await findings(settings_from(variables), configuration.settings, configuration.keys)
    assert [each for each in found if says in each.says and each.standing is Standing.WRONG], found


async def test_what_is_not_set_is_noted_by_its_variable() -> None:
    """Each missing setting is told with the process that needs it."""
    found = await findings(settings_from(SOUND), configuration.settings)
    assert any(
        each.says == "PRIVACY_WORKER_DSN is not set here; needed by the worker" for each in found
    )


async def test_a_misspelt_setting_is_noted_with_the_one_that_is_meant(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What nothing reads would otherwise pass as set; names that are chosen freely are not."""
    monkeypatch.setenv("PRIVACY_DATAMAP", "/etc/map.yaml")
    monkeypatch.setenv("PRIVACY_SYSTEM_SHOP", "postgresql://shop.example/shop")
    found = await findings(settings_from(SOUND), configuration.settings)
    strange = [each for each in found if "is no setting" in each.says]
    assert [(each.says.split()[0], each.fix) for each in strange] == [
        ("PRIVACY_DATAMAP", "Is it PRIVACY_DATA_MAP?")
    ]


async def test_policies_that_end_or_were_changed_are_named(tmp_path: Path) -> None:
    """No policy for today is wrong; a changed published file is told by its name."""
    [empty] = await findings(settings_from({"PRIVACY_POLICY_DIR": str(tmp_path)}), rules.policies)
    assert empty.standing is Standing.WRONG
    for file in (PROJECT / "policies").glob("*.yaml"):
        text = file.read_text(encoding="utf-8")
        (tmp_path / file.name).write_text(text.replace("months 24}", "months 25}"))
    [changed] = await findings(settings_from({"PRIVACY_POLICY_DIR": str(tmp_path)}), rules.policies)
    assert "was changed after it was published" in changed.says


async def test_what_does_not_answer_is_named_with_its_setting() -> None:
    """Mail server, mail intake and gateway on a port where nothing listens."""
    nowhere = {
        "PRIVACY_SMTP_HOST": "127.0.0.1",
        "PRIVACY_SMTP_PORT": "1",
        "PRIVACY_SMTP_SECURITY": "none",
        "PRIVACY_MAIL_IN_PORT": "1",
        "PRIVACY_PUBLIC_URL": "http://127.0.0.1:1",
    }
    looks = (network.mail, network.mail_intake, network.gateway)
    found = await findings(settings_from(nowhere), *looks)
    for each, named in zip(found, ("SMTP_HOST", "MAIL_IN_HOST", "PUBLIC_URL"), strict=True):
        assert f"PRIVACY_{named}" in each.fix


async def test_an_authority_of_ones_own_is_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A gateway behind a certificate of `SSL_CERT_FILE` answers; without it, it does not."""
    write_certificate(tmp_path, "localhost", datetime.now(UTC))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tmp_path / CERTIFICATE, tmp_path / KEY)
    server = await asyncio.start_server(_ready, "localhost", 0, family=AF_INET, ssl=context)
    async with server:
        port = server.sockets[0].getsockname()[1]
        settings = settings_from(SOUND | {"PRIVACY_PUBLIC_URL": f"https://localhost:{port}"})
        [stranger] = await findings(settings, network.gateway)
        assert "ConnectError" in stranger.says
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / AUTHORITY))
        [known] = await examine(settings, [network.gateway])
        assert known.standing is Standing.GOOD


async def _ready(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    await writer.drain()
    writer.close()


async def test_a_sign_in_that_cannot_work_is_named() -> None:
    """Nothing set, half of it set, and a provider that does not answer."""
    [none] = await findings(settings_from(SOUND), network.sign_in)
    assert (none.standing, "PRIVACY_SIGN_IN_ISSUER" in none.fix) == (Standing.NOTE, True)
    half = SOUND | {"PRIVACY_SIGN_IN_ISSUER": "http://127.0.0.1:1"}
    [lacking] = await findings(settings_from(half), network.sign_in)
    assert "PRIVACY_SIGN_IN_ROLES" in lacking.fix
    whole = half | {"PRIVACY_SIGN_IN_CLIENT_ID": "us", "PRIVACY_SIGN_IN_ROLES": "staff:handler"}
    [away] = await findings(settings_from(whole), network.sign_in)
    assert (away.standing, "no_answer" in away.says) == (Standing.WRONG, True)


def test_a_provider_that_an_operator_stopped_is_told() -> None:
    """What waits for the end of a pause is no fault, and nobody should have to guess it."""
    [told] = rules.directable("acme", [Looked(SENDING, Verdict.NOTE, "It was stopped.")])
    assert (told.standing, told.says) == (Standing.NOTE, "acme: It was stopped.")
    assert "resume" in told.fix


async def test_an_empty_folder_of_policies_is_named(tmp_path: Path) -> None:
    """The folder and the setting that chooses it stand in the finding."""
    settings = settings_from({"PRIVACY_POLICY_DIR": str(tmp_path)})
    [told] = [each async for each in rules.policies(settings)]
    assert (told.standing, str(tmp_path) in told.says) == (Standing.WRONG, True)
    assert "PRIVACY_POLICY_DIR" in told.says


async def test_one_look_that_fails_stops_no_other(tmp_path: Path) -> None:
    """What a look raises is a finding, without what the exception may quote."""

    async def broken(settings: Settings) -> AsyncIterator[Finding]:
        yield good("first", "was seen before it failed")
        raise LookupError("ana.canary@example.com")

    settings = settings_from({"PRIVACY_VAR_DIR": str(tmp_path / "not" / "yet")})
    found = await examine(settings, [broken, machine.disk])
    assert [each.part for each in found] == ["first", "test_doctor", "disk"]
    assert "canary" not in str(found)


async def test_a_recent_checkpoint_is_good(
    given: Mapping[str, str], superuser: asyncpg.Connection
) -> None:
    """One of an hour ago is fine."""
    signer = Signer(KEYS["k1"])
    await checkpoints.take(superuser, signer, datetime.now(UTC) - timedelta(hours=1))
    found = await examine(settings_from(given), [database.record])
    assert any("checkpoint 1 was taken 1.0 h ago" in each.says for each in found)
