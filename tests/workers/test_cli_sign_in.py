"""`privacy sign-in` makes a link on a development stack alone; `sign-out` ends sessions."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

import asyncpg
import pytest
from typer.testing import CliRunner

from domain.vocabulary import Role
from records import staff_sessions
from workers.cli_sign_in import LIFE, app

LINK = "http://127.0.0.1:8080/staff/sign-in/link/"


@pytest.fixture
def run(
    database: str, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> Callable[..., tuple[int, str]]:
    """Run the command on a stack of its own and return its exit code and all that it said."""
    monkeypatch.setenv("PRIVACY_ENV_FILE", f"{tmp_path}/none.env")
    monkeypatch.setenv("PRIVACY_DSN", database)

    def call(*arguments: str, development: bool = True) -> tuple[int, str]:
        monkeypatch.setenv("PRIVACY_DEVELOPMENT", str(development))
        result = CliRunner().invoke(app, arguments)
        return result.exit_code, result.output

    return call


async def found(database: str, secret: str) -> staff_sessions.Link | None:
    """Return what the link's secret stands for now."""
    conn = await asyncpg.connect(database)
    try:
        return await staff_sessions.find_link(conn, secret, datetime.now(UTC))
    finally:
        await conn.close()


async def test_the_link_names_the_person_and_the_roles(
    database: str, run: Callable[..., tuple[int, str]]
) -> None:
    """It is good for ten minutes, and stands in the database as a hash only."""
    code, said = await asyncio.to_thread(
        run, "sign-in", "s.lee", "--role", "handler", "--role", "auditor"
    )
    assert code == 0, said
    secret = said.strip().rpartition("/")[2]
    assert f"{LINK}{secret}" in said
    link = await found(database, secret)
    assert link is not None
    assert (link.staff_id, link.roles) == ("s.lee", frozenset({Role.HANDLER, Role.AUDITOR}))
    assert link.expires_at <= datetime.now(UTC) + LIFE


def test_outside_development_it_says_where_staff_sign_in(
    run: Callable[..., tuple[int, str]],
) -> None:
    """No link is made."""
    code, said = run("sign-in", "s.lee", development=False)
    assert code == 1
    assert "http://127.0.0.1:8080/staff/sign-in" in said
    assert LINK not in said


def test_a_name_that_is_no_staff_id_is_refused(run: Callable[..., tuple[int, str]]) -> None:
    """The id will stand in the record, where no address and no free text may."""
    code, said = run("sign-in", "sam.lee@example.com")
    assert code == 2
    assert "staff id" in said


async def test_a_person_is_signed_out_of_every_browser(
    database: str, run: Callable[..., tuple[int, str]]
) -> None:
    """Everybody else stays, and a second time there is nothing left to end."""
    now = datetime.now(UTC)
    conn = await asyncpg.connect(database)
    for staff_id in ("s.lee", "s.lee", "a.kim"):
        member = staff_sessions.Member(staff_id=staff_id, name=staff_id, roles=frozenset(Role))
        await staff_sessions.begin(conn, member, "provider", now=now, ends_at=now + LIFE)
    said = [await asyncio.to_thread(run, "sign-out", "s.lee") for _ in range(2)]
    still = await conn.fetch("SELECT staff_id FROM privacy.staff_session WHERE ended_at IS NULL")
    await conn.close()
    assert said == [(0, "2 sessions of s.lee ended.\n"), (0, "0 sessions of s.lee ended.\n")]
    assert [row["staff_id"] for row in still] == ["a.kim"]
