"""Nothing personal is readable in Temporal, in logs or in our own tables."""

from collections.abc import Iterable
from pathlib import Path

import pytest
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.client import Client, WorkflowUpdateFailedError

from domain.vocabulary import NoticeKind, PointOfIdentity
from tests.e2e.case import Case
from tests.e2e.hostile import hostile
from tests.e2e.office import Office
from workers.rehearsal.people import NotSeen
from workflows import names

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

MARK = "kanarie"
"""Part of every planted value; stands nowhere else."""

CONTROL = "zeisig-in-clear"
"""Sent by a client that does not encrypt, to show that the search would find a leak."""


async def planted(office: Office) -> Case:
    """Run a request whose every free field, and every staff input that can hold one, is marked."""
    customer = await office.shop.customer()
    points = {
        PointOfIdentity.CUSTOMER_NUMBER: f"C-{MARK}-1",
        PointOfIdentity.PHONE: customer.phone,
        PointOfIdentity.FULL_NAME: f"Ada {MARK} Two",
    }
    case = await office.file(
        customer,
        points,
        consumer={"name": f"Ada {MARK.capitalize()}", "email": f"{MARK}{customer.id}@example.org"},
        message=f"My secret is {MARK}-three.",
    )
    await case.confirm()
    added = {PointOfIdentity.ORDER_NUMBER: f"O-{MARK}-4", PointOfIdentity.BIRTH_DATE: "1970-01-01"}
    await case.press(NoticeKind.MORE_INFORMATION, fields=added)
    await typed_by_staff(case)
    await with_the_ledger_away(office, case)
    await case.to_day(45, hour=17, minute=2)
    await case.closed()
    return case


async def typed_by_staff(case: Case) -> None:
    """Type marked values wherever the Web UI lets somebody type."""
    handle = case.people.handle(case.request_id)
    good = {"decided_by": f"{MARK}@example.org", "reason": f"{MARK}_reason", MARK: MARK}
    for payloads in (*hostile(good).values(), [good], [MARK]):
        for action in ("approve", "deny", "extend_deadline"):
            with pytest.raises(WorkflowUpdateFailedError):
                await handle.execute_update(action, args=payloads)
            await handle.signal(action, args=payloads)
    await handle.signal(names.INBOX, {"row": MARK})


async def with_the_ledger_away(office: Office, case: Case) -> None:
    """Let doors and steps fail with personal data in their hands: errors are what logs tell of."""
    mail = await case.letter(NoticeKind.ACKNOWLEDGEMENT)
    await office.stack.kill("postgres")
    await case.signal("deny", {"decided_by": MARK})
    with pytest.raises(NotSeen):
        await office.file(case.customer, message=f"{MARK} while Postgres is away")
    pressed = await office.people.press(office.people.links(mail)[0], phone=f"{MARK}-5")
    assert pressed.status_code >= 500
    await office.stack.start("postgres")


def holding(files: Iterable[Path], text: str) -> list[str]:
    """Name the files that hold a text, in any of the encodings that programs write."""
    wanted = [text.encode(), text.capitalize().encode(), text.encode("utf-16-le")]
    return [
        file.name
        for file in files
        if file.is_file() and any(w in file.read_bytes() for w in wanted)
    ]


async def tables(case: Case, text: str) -> list[str]:
    """Name the tables of ours that hold a text in clear."""
    found = []
    for (table,) in await case.query(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'privacy' ORDER BY 1"
    ):
        rows = await case.query(
            f'SELECT 1 FROM privacy."{table}" t WHERE t::text ILIKE $1 LIMIT 1', f"%{text}%"
        )
        found += [table] if rows else []
    return found


async def test_planted_values_are_found_nowhere(office: Office) -> None:
    """Not in Temporal's files, not in exported histories, not in any log, not in our tables."""
    case = await planted(office)
    in_clear = await Client.connect(office.settings.temporal_address)
    control = await office.file()
    await control.letter(NoticeKind.ACKNOWLEDGEMENT)
    await in_clear.get_workflow_handle(control.request_id).signal("deny", {"reason": CONTROL})
    await control.until("the refusal", lambda s: s.last_refusal)

    databases = list(office.stack.folder.temporal.iterdir())
    assert holding(databases, CONTROL), "the search must find what is there in clear"
    assert holding(databases, case.request_id)
    assert holding(databases, MARK) == []

    logs = list(office.stack.folder.logs.iterdir())
    assert holding(logs, case.request_id), "failures of this request are in the logs"
    assert holding(logs, MARK) == []
    assert holding(logs, CONTROL) == []

    assert "request" in await tables(case, case.request_id)
    assert await tables(case, MARK) == []
    assert await tables(control, CONTROL) == []


async def test_exported_histories_hold_nothing_even_decrypted(office: Office) -> None:
    """What the codec endpoint would show of a request, its inputs aside, is not personal."""
    case = await planted(office)
    handle = case.people.handle(case.request_id)
    exported = (await handle.fetch_history()).to_json()
    assert case.request_id in exported
    assert MARK not in exported.lower()
    status = await case.people.status(case.request_id)
    described = await handle.describe()
    details = str(await handle.query("__temporal_workflow_metadata", result_type=WorkflowMetadata))
    shown = (str(status), details, str(described))
    assert "confirm_grounds" in details
    assert [text for text in shown if MARK in text.lower()] == []
    assert MARK not in str(await case.recorded()).lower()
