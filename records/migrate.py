"""Brings the schema ``privacy`` up to date: forward only, each step a file of SQL."""

from pathlib import Path

import psycopg
from alembic import command, op
from alembic.config import Config
from psycopg import sql
from sqlalchemy import Connection, create_engine, pool

ROLES = ("privacy_worker", "privacy_gateway", "privacy_auditor")
"""The roles that processes and auditors log in as; none of them owns a table."""

_HERE = Path(__file__).parent / "migrations"
_LOCK = 7_302_114_905
"""Advisory lock that lets one process migrate at a time, whoever starts first."""


def upgrade(dsn: str) -> None:
    """Apply every migration that the database at ``dsn`` lacks; ``dsn`` logs in as the owner.

    Safe to call from several processes at once. The roles it creates can log in only after
    ``set_password``.
    """
    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(dsn), poolclass=pool.NullPool
    )
    with engine.connect() as connection:
        connection.exec_driver_sql(f"SELECT pg_advisory_lock({_LOCK})")
        connection.exec_driver_sql("CREATE SCHEMA IF NOT EXISTS privacy")
        connection.commit()
        command.upgrade(configuration(connection), "head")


def run_file(name: str) -> None:
    """Run one file of SQL inside the migration that is under way."""
    statements = (_HERE / "sql" / name).read_text(encoding="utf-8")
    driver = op.get_bind().connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    driver.execute(statements.encode())


def set_password(dsn: str, role: str, password: str) -> None:
    """Let ``role`` log in with ``password``; only its SCRAM verifier travels to the server.

    Raises ``ValueError`` when ``role`` is none of ``ROLES``.
    """
    if role not in ROLES:
        raise ValueError(f"no role of ours is called {role!r}; choose one of {', '.join(ROLES)}")
    with psycopg.connect(dsn) as connection:
        verifier = connection.pgconn.encrypt_password(
            password.encode(), role.encode(), b"scram-sha-256"
        )
        connection.execute(
            sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(
                sql.Identifier(role), sql.Literal(verifier.decode())
            )
        )


def configuration(connection: Connection | None = None) -> Config:
    """Return where the migrations stand, to be run on ``connection`` when one is given."""
    configuration = Config()
    configuration.set_main_option("script_location", str(_HERE).replace("%", "%%"))
    configuration.attributes["connection"] = connection
    return configuration
