"""Embedded PostgreSQL: a server of our own on loopback TCP, with passwords, as our child."""

import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import LiteralString
from urllib.parse import quote

import psycopg
from psycopg import sql

from workers.stack.account import unprivileged
from workers.stack.errors import StackError
from workers.stack.ports import LOOPBACK
from workers.stack.postgres_files import Programs, home_of, make_home, programs_for, site_packages
from workers.stack.process import ChildProcess
from workers.stack.secret_files import SecretFiles

SUPERUSER = "postgres"
OWNER = "privacy_owner"
BUSINESS_OWNER = "business_owner"
PRIVACY_DATABASE = "privacy"
BUSINESS_DATABASE = "business"
BACKOFFICE_DATABASE = "backoffice"
READY_SECONDS = 30
ADVICE = "read the log; `make clean` removes the embedded data if it cannot be kept"

# Statements and details of errors may quote personal data, so neither reaches the log.
SETTINGS = {
    "shared_buffers": "96MB",
    "max_connections": "120",
    "max_wal_senders": "0",
    "max_wal_size": "512MB",
    "effective_io_concurrency": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "password_encryption": "scram-sha-256",
}
UNSAFE_BUT_FAST = {"fsync": "off", "full_page_writes": "off"}
"""For tests: nothing survives a power cut, everything survives the death of the process."""


class EmbeddedPostgres:
    """One PostgreSQL server whose files stand under `var_dir` (or where its account reaches)."""

    launches = 5
    """After a kill its old workers may hold shared memory for a moment, and it refuses to start."""

    def __init__(
        self,
        var_dir: Path,
        port: int,
        *,
        secrets: SecretFiles,
        log: Path,
        durable: bool = True,
    ) -> None:
        self.port = port
        self._secrets = secrets
        self._settings = SETTINGS | ({} if durable else UNSAFE_BUT_FAST)
        self._account = unprivileged()
        self._inside = home_of(var_dir, None)
        self.home = home_of(var_dir, self._account)
        self._programs: Programs | None = None
        self.process = self._child(log)

    @property
    def data(self) -> Path:
        """The server's data folder."""
        return self.home / "data"

    def start(self) -> ChildProcess:
        """Create the data folder when it is new, start the server and wait until it answers."""
        self.prepare()
        self.launch()
        self.process.wait_until(self.ready, seconds=READY_SECONDS, advice=ADVICE)
        return self.process

    def prepare(self) -> None:
        """Create the data folder when it is new."""
        make_home(self.home, self._account)
        self._drop_orphan()
        programs = programs_for(self.home, self._account, site_packages())
        if not (self.data / "PG_VERSION").exists():
            self._create(programs.initdb)
        self._programs = programs

    def _drop_orphan(self) -> None:
        # Data outside the stack's folder stay behind when that folder is removed by hand.
        if self.home != self._inside and not self._secrets.has(_secret(SUPERUSER)):
            shutil.rmtree(self.data, ignore_errors=True)

    def launch(self) -> None:
        """Start the server on its prepared data folder."""
        if self._programs is None:
            raise RuntimeError("The data folder is not prepared; call prepare() first.")
        self.process.command = [str(self._programs.postgres), *self._arguments()]
        self.process.start()

    def stop(self) -> None:
        """Stop the server, ending open connections."""
        self.process.stop()

    def _create(self, initdb: Path) -> None:
        password_file = self.home / "initdb-password"
        password_file.touch(mode=0o600)
        password_file.write_text(self.password(SUPERUSER))
        if self._account:
            os.chown(password_file, *self._account)
        try:
            self._initdb(initdb, password_file)
        finally:
            password_file.unlink()

    def _initdb(self, initdb: Path, password_file: Path) -> None:
        user, group = self._account or (None, None)
        done = subprocess.run(
            [
                str(initdb),
                f"--pgdata={self.data}",
                f"--username={SUPERUSER}",
                f"--pwfile={password_file}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--no-instructions",
                *([] if "fsync" not in self._settings else ["--no-sync"]),
            ],
            user=user,
            group=group,
            extra_groups=None if user is None else [],
            cwd=self.home,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise StackError("postgres", f"initdb failed: {done.stderr.strip()}", ADVICE)

    def _arguments(self) -> list[str]:
        settings = [f"--{name}={value}" for name, value in self._settings.items()]
        place = ["-D", str(self.data), "-h", LOOPBACK, "-p", str(self.port), "-k", ""]
        return [*place, *settings]

    def _child(self, log: Path) -> ChildProcess:
        return ChildProcess(
            "postgres",
            [],
            log=log,
            stop_signal=signal.SIGINT,
            account=self._account,
            folder=self.home,
        )

    def ready(self) -> bool:
        """Tell whether the server accepts connections with our password.

        Raises:
            StackError: it answers, but does not know the password.
        """
        try:
            self.connect("postgres").close()
        except psycopg.OperationalError as problem:
            if "password authentication failed" in str(problem):
                raise StackError("postgres", "its data has another password", ADVICE) from None
            return False
        return True

    def connect(self, database: str) -> psycopg.Connection:
        """Connect as superuser, in autocommit mode."""
        return psycopg.connect(self.dsn(database, SUPERUSER), autocommit=True, connect_timeout=5)

    def dsn(self, database: str, role: str) -> str:
        """Return the address of a database for a role, password included."""
        password = quote(self.password(role), safe="")
        return f"postgresql://{role}:{password}@{LOOPBACK}:{self.port}/{database}"

    def password(self, role: str) -> str:
        """Return the password of a role, made when it is first asked for."""
        return self._secrets.text(_secret(role))

    def prepare_roles(self) -> None:
        """Create the owners of databases, or renew their passwords."""
        with self.connect("postgres") as connection:
            for role in (OWNER, BUSINESS_OWNER):
                _ensure_role(connection, role, self.password(role), creates_roles=role == OWNER)

    def create_database(self, name: str, owner: str, template: str | None = None) -> None:
        """Create a database, by copying `template` when one is named."""
        query = sql.SQL("CREATE DATABASE {} OWNER {}").format(
            sql.Identifier(name), sql.Identifier(owner)
        )
        if template:
            query += sql.SQL(" TEMPLATE {}").format(sql.Identifier(template))
        with self.connect("postgres") as connection:
            connection.execute(query)
            connection.execute(
                sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name))
            )

    def drop_database(self, name: str) -> None:
        """Drop a database and end its connections."""
        with self.connect("postgres") as connection:
            connection.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            )

    def databases(self) -> set[str]:
        """Return the names of the databases that exist."""
        with self.connect("postgres") as connection:
            return {row[0] for row in connection.execute("SELECT datname FROM pg_database")}


def _secret(role: str) -> str:
    return f"postgres_{role}"


ROLE_EXISTS: LiteralString = "SELECT 1 FROM pg_roles WHERE rolname = %s"


def _ensure_role(
    connection: psycopg.Connection, role: str, password: str, *, creates_roles: bool
) -> None:
    exists = connection.execute(ROLE_EXISTS, [role]).fetchone()
    verb = sql.SQL("ALTER") if exists else sql.SQL("CREATE")
    rights = sql.SQL("CREATEROLE") if creates_roles else sql.SQL("NOCREATEROLE")
    connection.execute(
        sql.SQL("{} ROLE {} LOGIN NOSUPERUSER {} PASSWORD {}").format(
            verb, sql.Identifier(role), rights, sql.Literal(password)
        )
    )
