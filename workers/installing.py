"""What an installation needs once: fresh secrets, a migrated database, a prepared namespace."""

import secrets
from base64 import b64encode
from collections.abc import Callable, Mapping

import psycopg
from google.protobuf.duration_pb2 import Duration
from psycopg import conninfo, sql
from temporalio.api.workflowservice.v1 import RegisterNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from records.migrate import ROLES, set_password, upgrade
from records.sealing import public_key_of
from workers.keys import INTAKE_CLIENT, api_key_hash, new_key, new_key_set, parse_key
from workers.settings import Settings, SettingsError
from workers.temporal.client import connect
from workers.temporal.namespace import RETENTION, prepare_namespace
from workers.temporal.versions import prepare_routing

DATABASE = (
    "postgres:5432/privacy?sslmode=verify-full&sslrootcert=/var/lib/privacy-certificates/ca.pem"
)


def install_database(settings: Settings) -> None:
    """Migrate our database and let each service log in with the password of its address.

    Raises:
        SettingsError: an address is missing or names another role than its own.
    """
    owner = settings.secret("dsn")
    passwords = {role: _password(settings, role) for role in ROLES}
    upgrade(owner)
    grant_logins(owner, passwords)


def grant_logins(owner_dsn: str, passwords: Mapping[str, str]) -> None:
    """Let the roles that the migrations made log in to this database with these passwords."""
    for role, password in passwords.items():
        set_password(owner_dsn, role, password)
    with psycopg.connect(owner_dsn) as connection:
        _let_in(connection)


def _password(settings: Settings, role: str) -> str:
    field = f"{role.removeprefix('privacy_')}_dsn"
    given = conninfo.conninfo_to_dict(settings.secret(field))
    if given.get("user") != role or not given.get("password"):
        raise SettingsError(
            f"PRIVACY_{field.upper()} must log in as {role}, with a password: "
            f"postgresql://{role}:PASSWORD@HOST:PORT/DATABASE"
        )
    return str(given["password"])


def _let_in(connection: psycopg.Connection) -> None:
    connection.execute(
        sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(
            sql.Identifier(connection.info.dbname), sql.SQL(", ").join(map(sql.Identifier, ROLES))
        )
    )


async def install_namespace(settings: Settings, *, take_over: bool = False) -> str:
    """Create the namespace when it is missing, set its retention, register search attributes.

    Return the build of the workers that get the tasks; with ``take_over`` that is this one's.
    """
    client = await connect(settings)
    await _register(client)
    await prepare_namespace(client)
    return await prepare_routing(client, settings, take_over=take_over)


async def _register(client: Client) -> None:
    kept = Duration()
    kept.FromTimedelta(RETENTION)
    wanted = RegisterNamespaceRequest(
        namespace=client.namespace,
        description="Consumer privacy requests",
        workflow_execution_retention_period=kept,
    )
    try:
        await client.workflow_service.register_namespace(wanted)
    except RPCError as refused:
        if refused.status is not RPCStatusCode.ALREADY_EXISTS:
            raise


def fresh_variables(example: str) -> str:
    """Return a copy of `.env.example` in which every empty secret has a fresh value."""
    values = _fresh_values()
    return "".join(_filled(line, values) for line in example.splitlines(keepends=True))


def _filled(line: str, values: Mapping[str, str]) -> str:
    name, equals, value = line.partition("=")
    fresh = values.get(name) if equals and not value.strip() else None
    return f"{name}={fresh}\n" if fresh else line


def _fresh_values() -> dict[str, str]:
    passwords = {role: secrets.token_urlsafe(24) for role in ("privacy_owner", *ROLES)}
    dsns = {role: f"postgresql://{role}:{word}@{DATABASE}" for role, word in passwords.items()}
    api_key, intake = secrets.token_urlsafe(32), new_key()
    makers: dict[str, Callable[[], str]] = {
        "POSTGRES_PASSWORD": lambda: secrets.token_urlsafe(24),
        "TEMPORAL_DB_PASSWORD": lambda: secrets.token_urlsafe(24),
        "PRIVACY_CODEC_KEYS": new_key_set,
        "PRIVACY_VAULT_KEYS": new_key_set,
        "PRIVACY_SUPPRESSION_KEYS": new_key_set,
        "PRIVACY_FINGERPRINT_KEY": new_key,
        "PRIVACY_EVIDENCE_SIGNING_KEY": new_key,
    }
    return {name: make() for name, make in makers.items()} | {
        "PRIVACY_OWNER_PASSWORD": passwords["privacy_owner"],
        "PRIVACY_DSN": dsns["privacy_owner"],
        **{f"PRIVACY_{role[8:].upper()}_DSN": dsns[role] for role in ROLES},
        "PRIVACY_INTAKE_PRIVATE_KEY": intake,
        "PRIVACY_INTAKE_PUBLIC_KEY": b64encode(public_key_of(parse_key(intake))).decode(),
        "PRIVACY_INTAKE_CLIENTS": (
            f"{INTAKE_CLIENT}:{api_key_hash(api_key)}\n"
            f"# The API key of {INTAKE_CLIENT}, for that system alone; remove this line: {api_key}"
        ),
    }
