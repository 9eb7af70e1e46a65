"""The commands of operators and counsel: holds, keys and API keys."""

import asyncio
import re
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256

import asyncpg
import pytest

from domain import ids
from domain.events import Actor, RequestReassigned
from domain.outside import EvidenceExported
from records import api_keys, holds, tokens
from records.identities import email
from records.keyring import Keyring
from records.outside import note_outside
from tests.records.aws_kms_service import ACCESS_KEY, ALIAS, REGION, SECRET_KEY, kms_server
from tests.stored import file, write
from tests.workers.operators import KEYS, key_set, variables
from workers.cli import run
from workers.stack.mail_sink import EmbeddedMailSink
from workers.stack.ports import free_port
from workers.stack.temporal import EmbeddedTemporal

NOW = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
REQUEST = ids.request_id(bytes([1, 2, 3, 4, 5]))
RING = Keyring("k1", {"k1": KEYS["k1"]})
Shown = Callable[..., str]


@pytest.fixture(autouse=True)
def _operator(
    database: str, as_role: Callable[[str, str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Set the variables, over a database that holds one request."""
    for name, value in variables(database, as_role).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("COLUMNS", "200")
    asyncio.run(_file(database))


async def _file(database: str) -> None:
    consumer = {"name": "Ana Canary Ruiz", "email": "ana.canary@example.com"}
    conn = await asyncpg.connect(database)
    await file(
        conn, REQUEST, NOW, {"request_types": ["delete"], "consumer": consumer}, keyring=RING
    )
    await conn.close()


@pytest.fixture
def shown(capsys: pytest.CaptureFixture[str]) -> Shown:
    """Run a command that must succeed and give what it printed."""

    def printed(*arguments: str) -> str:
        assert run(list(arguments)) == 0, capsys.readouterr().err
        return capsys.readouterr().out

    return printed


def ask(database: str, query: str) -> object:
    """Ask the database for one value."""

    async def answer() -> object:
        conn = await asyncpg.connect(database)
        try:
            return await conn.fetchval(query)
        finally:
            await conn.close()

    return asyncio.run(answer())


def test_a_request_is_told_in_words(shown: Shown, database: str) -> None:
    """Each event has its time, its number, its name, and a sentence with who did it."""
    asyncio.run(_record_a_reassignment(database))
    told = shown("ledger", "show", REQUEST)
    assert f"{REQUEST}: 1 event, times in UTC" in told
    assert "2026-03-02 17:00:00  request 1  RequestReassigned" in told
    assert "  s.lee (self-asserted) gave the request to m.ray." in told


async def _record_a_reassignment(database: str) -> None:
    event = RequestReassigned(actor=Actor(id="s.lee"), to="m.ray")
    conn = await asyncpg.connect(database)
    try:
        await write(conn, REQUEST, NOW, event)
    finally:
        await conn.close()


def test_a_hold_on_a_record_is_placed_listed_and_released(
    shown: Shown, capsys: pytest.CaptureFixture[str]
) -> None:
    """It shows in the list until it is released; the second of a name is refused."""
    placing = ("hold", "add", "LH-1", "--matter", "M-14", "--request", REQUEST, "--by", "counsel-1")
    assert f"the record of {REQUEST} is not purged" in shown(*placing)
    assert run(list(placing)) == 1
    assert "choose another id" in capsys.readouterr().err
    assert "counsel-1" in shown("hold", "list")
    shown("hold", "release", "LH-1", "--by", "counsel-2")
    assert shown("hold", "list") == "No hold is in force.\n"
    assert "counsel-2" in shown("hold", "list", "--all")
    assert run(["hold", "release", "LH-1"]) == 1


def test_a_hold_on_a_person_is_asked_for_and_never_shown(
    shown: Shown, monkeypatch: pytest.MonkeyPatch, database: str
) -> None:
    """The address comes from the terminal, is kept as a hash and holds that person."""
    monkeypatch.setattr("typer.prompt", lambda *_, **__: "ana.canary@example.com")
    said = shown("hold", "add", "LH-2", "--matter", "M-14", "--person", "email")
    assert "canary" not in said + shown("hold", "list")

    async def held() -> list[holds.Hold]:
        conn = await asyncpg.connect(database)
        try:
            return await holds.active(conn, RING, identities=[email("ANA.canary@example.com")])
        finally:
            await conn.close()

    assert [hold.hold_id for hold in asyncio.run(held())] == ["LH-2"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["hold", "add", "LH-3", "--matter", "M-14"],
        ["hold", "add", "LH-3", "--matter", "told by ana@example.com", "--request", REQUEST],
    ],
)
def test_a_hold_that_says_too_little_or_too_much_is_refused(arguments: list[str]) -> None:
    """Nothing to cover, or a story with an address in it, is a usage error."""
    assert run(arguments) == 2


def test_the_vault_is_wrapped_under_a_new_key(
    shown: Shown,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    database: str,
) -> None:
    """With the new key in front, rewrap moves everything to it, and the old one can go."""
    assert re.search(r"vault\W+k1\W+current\W+1 data keys", shown("keys", "list"))
    monkeypatch.setenv("PRIVACY_VAULT_KEYS", key_set("k2"))
    assert run(["keys", "list"]) == 1
    assert "vault key k1 is needed" in capsys.readouterr().err
    assert run(["keys", "rewrap"]) == 1
    assert "'k1'" in capsys.readouterr().err
    monkeypatch.setenv("PRIVACY_VAULT_KEYS", key_set("k2", "k1"))
    assert run(["keys", "retire", "k1"]) == 1
    assert "k1 must stay: 1 data keys" in capsys.readouterr().err
    assert run(["keys", "retire", "K1"]) == 2
    assert "The vault has no key 'K1'. It has: k2, k1." in capsys.readouterr().err
    assert "1 data keys were wrapped anew; all of them are under k2" in shown("keys", "rewrap")
    assert "Take it out of PRIVACY_VAULT_KEYS" in shown("keys", "retire", "k1")
    monkeypatch.setenv("PRIVACY_VAULT_KEYS", key_set("k2"))
    assert re.search(r"vault\W+k2\W+current\W+1 data keys", shown("keys", "list"))
    assert ask(database, "SELECT key_id FROM privacy.data_key") == "k2"


def test_no_key_is_shown_but_the_public_ones(shown: Shown) -> None:
    """The list names keys by id; public halves and the auditors' fingerprint are in full."""
    listed = shown("keys", "list")
    assert key_set("k1").partition(":")[2] not in listed
    assert "fingerprint for auditors" in listed
    assert "Submissions are sealed to" in listed
    assert re.fullmatch(r"k[0-9a-f]{8}:[A-Za-z0-9+/]{43}=\n", shown("keys", "new"))


def test_an_api_key_is_shown_once_and_revoked(
    shown: Shown, capsys: pytest.CaptureFixture[str], database: str
) -> None:
    """The printed key is good until it is revoked; the list has its id and no secret."""
    key = shown("api-key", "add", "desk").strip()
    key_id, secret = key.split("_", 2)[1:]

    async def check() -> api_keys.ApiKey | None:
        conn = await asyncpg.connect(database)
        try:
            return await api_keys.check(conn, key)
        finally:
            await conn.close()

    found = asyncio.run(check())
    assert found is not None
    assert found.may("intake")
    listed = shown("api-key", "list")
    assert key_id in listed
    assert secret not in listed
    shown("api-key", "revoke", key_id)
    assert asyncio.run(check()) is None
    assert run(["api-key", "revoke", key_id]) == 1
    assert "privacy api-key list" in capsys.readouterr().err


def test_keys_of_the_settings_are_listed_with_those_of_the_database(
    shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each shows its client and where it ends, and neither its secret nor its hash."""
    hashed = sha256(b"s3cret").hexdigest()
    monkeypatch.setenv("PRIVACY_INTAKE_CLIENTS", f"web-form:{hashed}")
    shown("api-key", "add", "desk")
    listed = shown("api-key", "list")
    assert re.search(r"PRIVACY_INTAKE_CLIENTS\W+web-form\W+intake", listed)
    assert re.search(r"desk\W+intake", listed)
    assert hashed not in listed


def test_a_database_that_does_not_answer_is_told_plainly(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The variable is named, the address with its password is not."""
    monkeypatch.setenv("PRIVACY_WORKER_DSN", "postgresql://u:s3cret@127.0.0.1:1/x")
    assert run(["hold", "list"]) == 1
    said = capsys.readouterr().err
    assert "PRIVACY_WORKER_DSN" in said
    assert "s3cret" not in said


def test_the_vaults_keys_move_to_aws_kms(shown: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a region set the service is AWS KMS, and AWS's own variables sign the calls."""
    with kms_server() as service:
        for name, value in {
            "PRIVACY_KEY_SERVICE_URL": service.url,
            "PRIVACY_KEY_SERVICE_KEY": ALIAS,
            "PRIVACY_KEY_SERVICE_REGION": REGION,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        }.items():
            monkeypatch.setenv(name, value)
        moved = shown("keys", "rewrap")
        assert f"all of them are under aws-kms:{service.current}." in moved
        assert "Nothing is wrapped by k1" in shown("keys", "retire", "k1")


def test_an_incident_closes_every_link_and_says_what_was_seen(
    shown: Shown, capsys: pytest.CaptureFixture[str], database: str
) -> None:
    """Links are revoked, data is held, that is on record, sights are listed, steps are named."""

    async def prepare() -> str:
        conn = await asyncpg.connect(database)
        try:
            await note_outside(conn, REQUEST, EvidenceExported(actor=Actor(id="s.lee")), NOW)
            return await tokens.issue(conn, REQUEST, REQUEST, "confirm", NOW, 1)
        finally:
            await conn.close()

    async def revoked(plaintext: str) -> bool:
        conn = await asyncpg.connect(database)
        try:
            found = await tokens.look_up(conn, plaintext)
            return found is not None and found.revoked_at is not None
        finally:
            await conn.close()

    link = asyncio.run(prepare())
    said = shown("incident", REQUEST, "--yes", "--by", "s.kim")
    assert "1 links" in said
    assert "exported by s.lee" in said
    assert f"{REQUEST} is frozen" in said
    assert f"privacy act unfreeze {REQUEST}" in said
    assert f"INCIDENT-{REQUEST}" in shown("hold", "list")
    assert asyncio.run(revoked(link))
    again = shown("incident", REQUEST, "--yes")
    assert "0 links" in again
    assert "A misdelivery was reported by s.kim (self-asserted); 1 links were revoked." in again
    assert run(["incident", ids.request_id(bytes(5)), "--yes"]) == 1
    assert "check the id" in capsys.readouterr().err


def test_counsel_hears_of_a_misdelivery_of_a_purged_request(
    shown: Shown, database: str, mail_sink: EmbeddedMailSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No letter can be kept any more, so the command mails a note, once, or says that it cannot."""
    ask(
        database,
        "UPDATE privacy.request SET stage = 'closed', closed_at = now(), purged_at = now()"
        " RETURNING 1",
    )
    monkeypatch.setenv("PRIVACY_STAFF_MAIL", "team@shop.example")
    monkeypatch.setenv("PRIVACY_COUNSEL_MAIL", "counsel@shop.example")
    monkeypatch.setenv("PRIVACY_SMTP_SECURITY", "none")
    monkeypatch.setenv("PRIVACY_SMTP_PORT", str(mail_sink.smtp_port))
    said = shown("incident", REQUEST, "--yes", "--by", "s.kim")
    assert "this request's data was destroyed" in said
    assert "The team and counsel were mailed" in said
    shown("incident", REQUEST, "--yes", "--by", "s.kim")
    for reader in ("team@shop.example", "counsel@shop.example"):
        [note] = mail_sink.letters(reader)
        assert f"privacy hold release INCIDENT-{REQUEST}" in note["text"]
        assert "canary" not in note["text"]


def test_a_note_that_no_mail_server_takes_is_told_at_the_command(
    shown: Shown, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever reports it then knows that nobody else does."""
    ask(database, "UPDATE privacy.request SET closed_at = now(), purged_at = now() RETURNING 1")
    monkeypatch.setenv("PRIVACY_SMTP_PORT", str(free_port()))
    assert "Nobody was mailed" in shown("incident", REQUEST, "--yes", "--by", "s.kim")


@pytest.mark.parametrize("typed", ["people/list.txt", "/2026/11/23", "Ana Ruiz", "12", "a@b/c"])
def test_what_is_no_address_is_not_looked_up(
    typed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A path or a name is told apart from an address that is not on the list (DEL-13)."""
    assert run(["suppression", "check", typed]) == 2
    assert "--file" in capsys.readouterr().err


def test_an_address_or_a_number_is_looked_up(shown: Shown) -> None:
    """Any usual spelling of a number is one."""
    for typed in ("ana.canary@example.com", "+1 (415) 555-0142", "415.555.0142 x12"):
        assert shown("suppression", "check", typed) == "0 of 1 on the list.\n"


def test_a_canary_that_is_not_kept_is_said_to_be_missing(
    temporal_server: EmbeddedTemporal,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Whoever sends one off without a planted consumer is told which setting names it (DEL-05)."""
    monkeypatch.setenv("PRIVACY_TEMPORAL_ADDRESS", temporal_server.address)
    assert run(["canary"]) == 2
    assert "PRIVACY_CANARY" in capsys.readouterr().err


def test_the_doctor_at_a_door_says_where_to_look_from(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the gateway's settings alone nothing is called wrong that cannot be seen from there."""
    for name in ("PRIVACY_DSN", "PRIVACY_WORKER_DSN", "PRIVACY_AUDITOR_DSN"):
        monkeypatch.delenv(name)
    assert run(["doctor"]) == 2
    said = capsys.readouterr().out
    assert "docker compose run --rm operator privacy doctor" in said
    assert "0 wrong" in said


@pytest.mark.parametrize(
    "command",
    [("ledger", "verify", "--offline"), ("ledger", "show"), ("evidence", "export")],
)
def test_a_mistyped_request_is_never_said_to_be_sound(
    command: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """A slip is refused by the id's last character; an id that nobody has ends with 1."""
    slip = REQUEST[:-1] + ("0" if REQUEST[-1] != "0" else "1")
    assert run([*command, slip]) == 2
    assert "it looks like PR-4106-105S" in capsys.readouterr().err
    assert run([*command, ids.request_id(bytes([9] * 5))]) == 1
    said = capsys.readouterr()
    assert "PR-" in said.err
    assert "sound" not in said.out


def test_a_request_without_mail_is_told_from_one_that_does_not_exist(
    shown: Shown, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever reads "no mail" would otherwise stop looking."""
    unknown = ids.request_id(bytes(5))
    assert shown("mail", "read", REQUEST) == f"{REQUEST} has no mail.\n"
    assert run(["mail", "read", unknown]) == 1
    assert f"No request {unknown} is registered" in capsys.readouterr().err
