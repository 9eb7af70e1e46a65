"""Nothing that can be sent to a running request wedges it or vanishes."""

from datetime import timedelta
from typing import Any

import pytest
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from domain import events as e
from domain.actions import ACTIONS
from domain.notice_words import Situation
from domain.staff_input import STAFF_INPUT
from domain.vocabulary import Decision
from tests.e2e.case import Case, eventually
from tests.e2e.hostile import CANARY, MESSAGES, REPORTS, failed_tasks, hostile
from tests.e2e.office import Office
from workflows import names

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


async def refusal(case: Case, update: str, payloads: list[Any]) -> str:
    """Send an update that must be refused, and return the sentence."""
    with pytest.raises(WorkflowUpdateFailedError) as raised:
        await case.people.handle(case.request_id).execute_update(
            update, args=payloads, rpc_timeout=timedelta(seconds=20)
        )
    assert isinstance(raised.value.cause, ApplicationError)
    assert raised.value.cause.type == STAFF_INPUT
    return raised.value.cause.message


async def refusals(case: Case, count: int) -> list[e.ActionRefused]:
    """Return the refusals in the ledger once there are ``count``."""
    await case.until("the refusals", lambda s: s.last_refusal)

    async def all_there() -> list[e.ActionRefused]:
        found = await case.events(e.ActionRefused)
        return found if len(found) >= count else []

    found: list[e.ActionRefused] = await eventually(all_there)
    return found


async def finish(office: Office, case: Case) -> None:
    """Approve, see the request through and replay it; no task of it may have failed."""
    await case.approve()
    assert (await case.closed()).outcome is Decision.GRANT_PARTIAL
    assert failed_tasks(await case.people.handle(case.request_id).fetch_history()) == 0
    await office.replay(case.request_id)


async def test_every_bad_update_is_refused_in_words(office: Office) -> None:
    """The sentence says what to send, repeats nothing of what was sent, and nothing changes."""
    case = await office.verified()
    before = await case.state()
    for name, action in ACTIONS.items():
        for what, payloads in hostile(action.example).items():
            sentence = await refusal(case, name, payloads)
            assert action.example_json in sentence, (name, what)
            assert CANARY not in sentence, (name, what)
    assert await case.state() == before
    await finish(office, case)


async def test_every_bad_signal_is_recorded_and_shown(office: Office) -> None:
    """Each leaves one refusal in ledger and state, without what was typed; the work goes on."""
    case = await office.verified()
    sent: list[str] = []
    for name, action in ACTIONS.items():
        for payloads in hostile(action.example).values():
            await case.signal(name, *payloads)
            sent.append(name)
    found = await refusals(case, len(sent))
    assert [each.action for each in found] == sent
    assert CANARY not in str(found)
    state = await case.state()
    assert state.last_refusal == found[-1]
    assert state.decision is None
    await finish(office, case)


async def test_refused_updates_between_signals_change_no_time(office: Office) -> None:
    """However updates, signals and steps fall together, a replay dates each event as recorded.

    The server may join the task of a refused update with the one before it.
    """
    case = await office.verified()
    for payloads in hostile(ACTIONS["deny"].example).values():
        for action in ("deny", "extend_deadline"):
            await refusal(case, action, payloads)
            await case.signal(action, *payloads)
    await finish(office, case)


async def test_unknown_names_are_refused_with_the_names_there_are(office: Office) -> None:
    """A misspelt update is refused, a misspelt signal recorded; both list the actions."""
    case = await office.verified()
    sentence = await refusal(case, f"aprove-{CANARY}", [ACTIONS["approve"].example])
    assert all(name in sentence for name in ACTIONS)
    await case.signal(f"aprove-{CANARY}", ACTIONS["approve"].example)
    (found,) = await refusals(case, 1)
    assert (found.action, found.refusal) == ("unknown", sentence)
    assert CANARY not in str(await case.recorded())
    await finish(office, case)


async def test_a_signal_decides_as_the_update_does(office: Office) -> None:
    """What the command line sends in batches has the one implementation of the action."""
    case = await office.verified()
    await case.signal("approve", {"decided_by": "m.ray", "confirm_grounds": ["EX8"]})
    state = await case.closed()
    assert state.decided_by is not None
    assert state.decided_by.id == "m.ray"
    assert state.last_refusal is None


async def test_rubbish_in_the_inboxs_name_changes_nothing(office: Office) -> None:
    """Whatever is no row of this request is recorded as refused; the true message still counts."""
    case, other = await office.file(), await office.file()
    await other.confirm()
    await other.until("its row", lambda s: s.address_confirmed)
    (row,) = (await other.state()).inbox_seen
    sent = [*MESSAGES.values(), [{"row": row}]]
    for payloads in sent:
        await case.signal(names.INBOX, *payloads)
    found = await refusals(case, len(sent))
    assert {each.action for each in found} == {names.INBOX}
    assert (await case.state()).address_confirmed is False
    await case.verified()
    await finish(office, case)


async def test_rubbish_in_a_providers_name_changes_nothing(office: Office) -> None:
    """Where a provider stands is read from the ledger, so a forged report has no effect."""
    case = await office.verified()
    sent = [*REPORTS.values(), [{"provider": "acme-analytics"}]]
    for payloads in sent:
        await case.signal(names.PROVIDER_REPORTED, *payloads)
    found = await refusals(case, len(sent))
    assert {each.action for each in found} == {names.PROVIDER_REPORTED}
    assert (await case.state()).providers is None
    await finish(office, case)


async def test_a_cancel_request_is_recorded_and_ends_nothing(office: Office) -> None:
    """A legal duty is not cancelled by a button: staff are told, and the work goes on."""
    case = await office.verified()
    handle = case.people.handle(case.request_id)
    await handle.cancel()
    await eventually(lambda: case.events(e.CancelRequested))
    await handle.cancel()
    assert Situation.CANCEL_ATTEMPTED in await case.staff_told()
    await finish(office, case)


async def test_a_providers_workflow_takes_no_rubbish_either(office: Office) -> None:
    """Unknown signals, rows that are not its own and a cancel leave a direction as it was."""
    await office.stack.stop("sample_mailbox")
    try:
        case = await office.verified()
        await case.approve()
        await case.until("the directions", lambda s: s.providers)
        stream = f"{case.request_id}.postbird"
        await case.people.until_direction(stream, "the letter", lambda s: s.letters)
        handle = case.people.handle(stream)
        for payloads in MESSAGES.values():
            await handle.signal(names.INBOX, args=payloads)
        await handle.signal(CANARY, args=[CANARY])
        await handle.cancel()
    finally:
        await office.stack.start("sample_mailbox")
    await case.closed()
    assert failed_tasks(await handle.fetch_history()) == 0
    await office.replay(stream)
    assert CANARY not in str(await case.recorded(stream))
