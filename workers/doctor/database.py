"""Our PostgreSQL: reachable, migrated, append-only, and no role with more rights than its work."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import asyncpg
from alembic.script import ScriptDirectory

from records import checkpoints
from records.migrate import configuration
from records.safeguards import ARM_THEM, switched_off
from records.vault import wrapped_by_key
from records.wrapping import KeyServiceAway
from workers import parts
from workers.connecting import Dsn, connected
from workers.doctor.finding import Finding, good, note, wrong
from workers.settings import Settings, variable

OLDEST_SERVER = 150_000
NOTABLE_SKEW, GREATEST_SKEW = timedelta(seconds=2), timedelta(seconds=30)
CHECKPOINT_DUE = timedelta(hours=26)

FORBIDDEN = (
    ("privacy_worker", "privacy.ledger", "UPDATE, DELETE, TRUNCATE"),
    ("privacy_worker", "privacy.stream_head", "DELETE, TRUNCATE"),
    ("privacy_worker", "privacy.checkpoint", "UPDATE, DELETE, TRUNCATE"),
    ("privacy_worker", "privacy.api_key", "SELECT, INSERT, UPDATE, DELETE"),
    ("privacy_gateway", "privacy.ledger", "UPDATE, DELETE, TRUNCATE"),
    ("privacy_gateway", "privacy.vault", "UPDATE, DELETE, TRUNCATE"),
    ("privacy_gateway", "privacy.request", "UPDATE, DELETE"),
    ("privacy_auditor", "privacy.vault", "SELECT, INSERT, UPDATE, DELETE"),
    ("privacy_auditor", "privacy.data_key", "SELECT, INSERT, UPDATE, DELETE"),
    ("privacy_auditor", "privacy.token", "SELECT, INSERT, UPDATE, DELETE"),
    ("privacy_auditor", "privacy.ledger", "INSERT, UPDATE, DELETE, TRUNCATE"),
)
"""Rights that a role must not have, or a mistake of its process could rewrite the record."""


async def logins(settings: Settings) -> AsyncIterator[Finding]:
    """Log in as each role whose address is set, and look what else it could do."""
    fields: tuple[Dsn, ...] = ("worker_dsn", "gateway_dsn", "auditor_dsn")
    for field in fields:
        if getattr(settings, field) is None:
            continue
        async with connected(settings, field) as conn:
            yield await _role(conn, f"privacy_{field.removesuffix('_dsn')}", variable(field))


async def schema(settings: Settings) -> AsyncIterator[Finding]:
    """Look whether the schema is this release's and its safeguards are in place."""
    async with connected(settings, _any(settings)) as conn:
        yield _version(conn)
        yield await _migrated(conn)
        yield await _triggers(conn)
        async for finding in _rights(conn):
            yield finding
        yield await _durable(conn, settings)
        yield await _clock(conn)


async def record(settings: Settings) -> AsyncIterator[Finding]:
    """Look at the newest checkpoint, the wrapping keys, and at work that waits."""
    async with connected(settings, _any(settings)) as conn:
        yield await _checkpoint(conn)
        async for finding in _waiting(conn):
            yield finding
    if settings.worker_dsn and (settings.vault_keys or settings.key_service_url):
        async with connected(settings, "worker_dsn") as conn:
            yield await _wrapped(conn, settings)


def _any(settings: Settings) -> Dsn:
    """Choose the address that may see most of what is looked at and is set."""
    choices: tuple[Dsn, ...] = ("auditor_dsn", "worker_dsn", "dsn")
    return next((each for each in choices if getattr(settings, each)), "worker_dsn")


async def _role(conn: asyncpg.Connection, expected: str, name: str) -> Finding:
    row = await conn.fetchrow(
        "SELECT rolname, rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb AS mighty,"
        " EXISTS (SELECT FROM pg_tables WHERE schemaname = 'privacy' AND tableowner = rolname)"
        " AS owner FROM pg_roles WHERE rolname = current_user"
    )
    if row["rolname"] != expected:
        fix = f"Let {name} log in as {expected}; privacy setup database sets its password."
        return wrong("database", f"{name} logs in as {row['rolname']}", fix)
    if row["mighty"] or row["owner"]:
        fix = f"As superuser: ALTER ROLE {expected} NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB"
        return wrong("database", f"{expected} has more rights than its work needs", fix)
    return good("database", f"{expected} logs in and is an ordinary role")


def _version(conn: asyncpg.Connection) -> Finding:
    found = conn.get_server_version()
    number = found.major * 10_000 + found.micro
    if number < OLDEST_SERVER:
        says = f"PostgreSQL {found.major} is too old"
        return wrong("database", says, "Upgrade it to 15 or newer.")
    return good("database", f"PostgreSQL {found.major}.{found.micro}")


async def _migrated(conn: asyncpg.Connection) -> Finding:
    ours = ScriptDirectory.from_config(configuration()).get_current_head()
    if await conn.fetchval("SELECT to_regclass('privacy.alembic_version')") is None:
        return wrong("database", "our schema is not there", "Run privacy setup database.")
    found = await _revision(conn)
    if found is None:
        return note("database", "this role may not see the schema's revision")
    if found != ours:
        fix = "Run privacy setup database with this release, then start its processes."
        return wrong("database", f"the schema is at {found}, this release is at {ours}", fix)
    return good("database", f"the schema is this release's ({ours})")


async def _revision(conn: asyncpg.Connection) -> str | None:
    try:
        found: str = await conn.fetchval("SELECT version_num FROM privacy.alembic_version")
    except asyncpg.InsufficientPrivilegeError:
        return None
    return found


async def _triggers(conn: asyncpg.Connection) -> Finding:
    if disarmed := await switched_off(conn):
        says = f"safeguards are switched off: {', '.join(disarmed)}"
        return wrong("database", says, ARM_THEM)
    return good("database", "the ledger's safeguards are armed")


async def _rights(conn: asyncpg.Connection) -> AsyncIterator[Finding]:
    excess = [
        f"{role} may {right} {table}"
        for role, table, rights in FORBIDDEN
        for right in rights.split(", ")
        if await conn.fetchval("SELECT has_table_privilege($1, $2, $3)", role, table, right)
    ]
    if excess:
        fix = "As owner: REVOKE these rights; our migrations never grant them."
        yield wrong("database", "; ".join(excess), fix)
    else:
        yield good("database", "no role may rewrite the record or see beyond its work")


async def _durable(conn: asyncpg.Connection, settings: Settings) -> Finding:
    unsafe = [
        name
        for name in ("fsync", "full_page_writes", "synchronous_commit")
        if await conn.fetchval(f"SELECT current_setting('{name}')") == "off"
    ]
    if unsafe:
        fix = "Set them to on in postgresql.conf: a power cut loses what was recorded."
        standing = note if settings.development else wrong
        return standing("database", f"{', '.join(unsafe)} is off", fix)
    return good("database", "what is recorded survives a power cut")


async def _clock(conn: asyncpg.Connection) -> Finding:
    before = datetime.now(UTC)
    theirs = await conn.fetchval("SELECT clock_timestamp()")
    after = datetime.now(UTC)
    skew = max(before - theirs, theirs - after, timedelta())
    says = f"the database's clock is {skew.total_seconds():.1f} s from ours"
    fix = "Let both hosts keep time by NTP (chrony, systemd-timesyncd)."
    if skew > GREATEST_SKEW:
        return wrong("clock", says, fix)
    return note("clock", says, fix) if skew > NOTABLE_SKEW else good("clock", says)


async def _checkpoint(conn: asyncpg.Connection) -> Finding:
    newest = await checkpoints.newest(conn)
    fix = "See the workflow LedgerCheckpoint in the Web UI; privacy ledger checkpoint takes one."
    if newest is None:
        return note("record", "no checkpoint of the ledger was taken yet", fix)
    age = datetime.now(UTC) - newest.taken_at
    says = f"checkpoint {newest.n} was taken {_hours(age)} ago"
    return wrong("record", says, fix) if age > CHECKPOINT_DUE else good("record", says)


_WAITING = {
    "requests registered and not started": "SELECT count(*) FROM privacy.request r WHERE closed_at"
    " IS NULL AND registered_at < now() - interval '10 minutes' AND NOT EXISTS"
    " (SELECT FROM privacy.stream_head h WHERE h.stream = r.request_id)",
    "messages that no workflow has taken": "SELECT count(*) FROM privacy.inbox"
    " WHERE delivered_at IS NULL AND parked_at IS NULL"
    " AND received_at < now() - interval '10 minutes'",
    "letters that no mail server has taken": "SELECT count(*) FROM privacy.outbox"
    " JOIN privacy.request USING (request_id) WHERE status IN ('waiting', 'deferred')"
    " AND frozen_at IS NULL AND requested_at < now() - interval '1 hour'",
}


async def _waiting(conn: asyncpg.Connection) -> AsyncIterator[Finding]:
    counts = {what: await conn.fetchval(query) for what, query in _WAITING.items()}
    waiting = {what: count for what, count in counts.items() if count}
    for what, count in waiting.items():
        fix = "The sweep takes them up each minute; see the worker's log for why it does not."
        yield wrong("record", f"{count} {what} for too long", fix)
    if not waiting:
        yield good("record", "nothing waits that should have gone on")
    aside = await conn.fetchval("SELECT count(*) FROM privacy.inbox WHERE parked_at IS NOT NULL")
    if aside:
        fix = "privacy inbox list says why; privacy inbox retry has one read again."
        yield note("record", f"{aside} messages were put aside, since they cannot be read", fix)


async def _wrapped(conn: asyncpg.Connection, settings: Settings) -> Finding:
    wrapping = parts.wrapping_keys(settings)
    try:
        newest = await wrapping.newest()
    except KeyServiceAway as fault:
        return wrong("keys", str(fault), "Without it nothing of the vault can be read.")
    counts = await wrapped_by_key(conn)
    lost = {name: count for name, count in counts.items() if not wrapping.holds(name)}
    if lost:
        named = ", ".join(f"{count} under {name}" for name, count in lost.items())
        fix = "Add the key to PRIVACY_VAULT_KEYS, behind the current one; or set the key service."
        return wrong("keys", f"data keys or mail that cannot be opened: {named}", fix)
    former = sum(count for name, count in counts.items() if name != newest)
    if former:
        fix = "Run privacy keys rewrap; then the former key can go."
        return note("keys", f"{former} data keys or mails are under a former key", fix)
    return good("keys", f"every data key is under the current key {newest}")


def _hours(age: timedelta) -> str:
    return f"{age.total_seconds() / 3600:.1f} h"
