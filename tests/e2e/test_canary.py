"""The planted consumer's deletion: seen to work, and seen to fail when it must (DEL-05)."""

import asyncpg
import pytest

from samples.canary import PLANTED
from tests.e2e.office import Office
from tests.e2e.test_staying_deleted import asked
from workers.canary.planted import load_planted
from workers.rehearsal.remains import rows_naming

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

CANARY = load_planted(PLANTED)
MARKS = (str(CANARY.consumer.email), "C-CANARY-1", "ck-canary-planted")
HIDE = """
CREATE FUNCTION hide() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN NEW.email := 'somebody@else.example'; NEW.full_name := 'Else'; RETURN NEW; END $$;
CREATE TRIGGER hides BEFORE INSERT ON applicants FOR EACH ROW EXECUTE FUNCTION hide()"""
KEEP = """
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER keeps BEFORE DELETE ON web_visits FOR EACH ROW EXECUTE FUNCTION keep()"""


async def changed(dsn: str, statements: str) -> None:
    """Change a system behind the engine's back."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(statements)
    finally:
        await connection.close()


async def events(office: Office, request_id: str, kind: str) -> list[str]:
    """Return an event's data as it stands in the ledger."""
    connection = await asyncpg.connect(office.settings.secret("dsn"))
    try:
        rows = await connection.fetch(
            "SELECT document->>'data' AS data FROM privacy.ledger"
            " WHERE stream = $1 AND document->>'type' = $2",
            request_id,
            kind,
        )
    finally:
        await connection.close()
    return [row["data"] for row in rows]


async def test_every_planted_row_is_found_and_gone_and_nobody_had_to_decide(
    office: Office,
) -> None:
    """Filed, verified and erased through the doors; synthetic, approved by the system."""
    code, said = await office.privacy("canary")
    assert code == 0, said
    assert f"{len(CANARY.rows)} planted rows of {len(CANARY.counts)} collections" in said
    assert "Nothing is planted in" not in said
    assert await rows_naming(office.stack.business, MARKS) == {}
    request_id = said.partition(":")[0]
    (received,) = await events(office, request_id, "RequestReceived")
    assert '"synthetic": true' in received
    (approved,) = await events(office, request_id, "RequestApproved")
    assert '"known": "system"' in approved


async def test_a_row_that_the_finding_misses_sets_off_the_alarm(office: Office) -> None:
    """A row under another address is not found; the alarm names its collection."""
    backoffice = office.stack.business.backoffice
    await changed(backoffice, HIDE)
    try:
        code, said = await office.privacy("canary")
    finally:
        await changed(backoffice, "DROP FUNCTION hide CASCADE")
        await changed(backoffice, "DELETE FROM applicant_documents WHERE applicant_id = 900000001")
        await changed(backoffice, "DELETE FROM applicants WHERE id = 900000001")
    assert code == 1
    assert "not found: backoffice.applicant_documents, backoffice.applicants; still there" in said


async def test_a_deletion_that_does_nothing_sets_off_the_alarm(office: Office) -> None:
    """Rows that a system keeps in silence are proven to stand; the request stays open."""
    shop = office.stack.business.shop
    await changed(shop, KEEP)
    try:
        code, said = await office.privacy("canary")
    finally:
        await changed(shop, "DROP FUNCTION keep CASCADE")
    assert code == 1
    assert "still there: shop.web_visits; stopped at prove_absence" in said
    request_id = said.partition(":")[0]
    await office.people.act(request_id, "retry_step", decided_by="s.lee")
    await office.people.until(request_id, "the erasure", lambda s: s.erased)
    count = "SELECT count(*) FROM web_visits WHERE id = 9000000011"
    assert await asked(shop, count) == "0"


async def test_only_the_canarys_own_client_files_for_it(office: Office) -> None:
    """The same submission from a web form is a request like any other: staff decide."""
    filed = await office.people.file(CANARY.submission())
    state = await office.people.until(filed["request_id"], "receipt", lambda s: s.received)
    assert not state.synthetic
