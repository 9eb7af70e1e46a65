"""What Temporal lost goes on from the ledger, and ends as it would have."""

from datetime import timedelta

import pytest

from domain import events as e
from domain.citation import EXAMPLE
from domain.start import RequestStart
from domain.state import Stage
from domain.vocabulary import Decision, NoticeKind, ProviderStanding
from tests.e2e.case import Case, eventually
from tests.e2e.hostile import failed_tasks
from tests.e2e.office import Office
from tests.e2e.test_extension import REASON, extended
from workflows import names

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


async def terminate(office: Office, workflow_id: str) -> None:
    """End a workflow as an operator can, and wait until Temporal's index has it."""
    await office.people.handle(workflow_id).terminate("a test of resuming")
    running = f"WorkflowId = '{workflow_id}' AND ExecutionStatus = 'Running'"

    async def gone() -> bool:
        return not [each async for each in office.client.list_workflows(running)]

    await eventually(gone)


async def resumed(office: Office, case: Case) -> None:
    """Let the sweep find the request, and wait until it goes on."""
    await office.sweep()
    await case.until("the request goes on", lambda s: s.received)


async def test_a_request_terminated_before_its_consumer_replied_goes_on(office: Office) -> None:
    """No second confirmation of receipt goes out, and the old link still verifies."""
    case = await office.file()
    await case.letter(NoticeKind.ACKNOWLEDGEMENT)
    await terminate(office, case.request_id)
    await resumed(office, case)
    await case.verified()
    await case.approve()
    assert (await case.closed()).outcome is Decision.GRANT_PARTIAL
    assert len(await case.events(e.RequestResumed)) == 1
    letters = (await case.state()).letters.values()
    kinds = [letter.notice for letter in letters if letter.audience == "consumer"]
    assert kinds == [NoticeKind.ACKNOWLEDGEMENT, NoticeKind.PARTIAL_OUTCOME]


async def test_a_confirmation_pressed_while_nothing_runs_is_not_lost(office: Office) -> None:
    """The inbox keeps the row; once the request is resumed it is delivered and counts."""
    case = await office.file()
    await case.letter(NoticeKind.ACKNOWLEDGEMENT)
    mail = await case.letter(NoticeKind.ACKNOWLEDGEMENT)
    await terminate(office, case.request_id)
    assert (await office.people.press(office.people.links(mail)[0])).status_code == 200
    await resumed(office, case)
    await office.sweep(later_by=timedelta(minutes=1))
    assert (await case.until("the identity", lambda s: s.verified)).address_confirmed
    assert len(await case.events(e.AddressConfirmed)) == 1


async def test_time_does_not_go_back_for_a_resumed_request(office: Office) -> None:
    """Extended on day 39, lost on day 50: dates and clock go on from there."""
    case = await office.verified()
    await case.to_day(39)
    await case.act("extend_deadline", reason=REASON)
    await case.until("the new day", extended)
    await case.to_day(50)
    before = await case.state()
    await terminate(office, case.request_id)
    await resumed(office, case)
    after = await case.state()
    assert after.respond_by == before.respond_by
    moments = [recorded.at for recorded in await case.recorded()]
    assert moments == sorted(moments)
    await office.people.time.forward(case.request_id, timedelta(days=52))
    state = await case.until("the breach", lambda s: s.breached)
    assert state.breached == (before.respond_by,)
    await case.approve()
    await case.closed()
    moments = [recorded.at for recorded in await case.recorded()]
    assert moments == sorted(moments)


async def test_a_request_lost_between_erasure_and_answer_is_answered_once(office: Office) -> None:
    """What is done is not done again: one plan, one erasure, the same directions, one answer."""
    await office.stack.stop("sample_mailbox")
    try:
        case = await office.verified()
        await case.approve()
        stream = f"{case.request_id}.acme-analytics"
        await case.until("the directions", lambda s: s.providers)
        await case.people.until_direction(stream, "the end", lambda s: s.ended)
        await terminate(office, case.request_id)
    finally:
        await office.stack.start("sample_mailbox")
    postbird = f"{case.request_id}.postbird"
    await case.people.until_direction(postbird, "the end", lambda s: s.ended)
    await resumed(office, case)
    state = await case.closed()
    assert {view.standing for view in (state.providers or {}).values()} == {ProviderStanding.DONE}
    for kind in ("ErasurePlanned", "DataErased", "ProvidersDirected", "RequestAnswered"):
        assert (await case.names()).count(kind) == 1, kind
    assert set((await office.shop.rows(case.customer)).values()) == {0}


async def test_an_answered_request_is_resumed_until_it_can_close(office: Office) -> None:
    """Lost while it waits for a provider after its answer: no second answer, then closed."""
    await office.stack.stop("sample_mailbox")
    try:
        case = await office.verified()
        await case.approve()
        state = await case.until("the directions", lambda s: s.providers)
        assert state.wait_for_providers_until is not None
        await case.forward_to(state.wait_for_providers_until + timedelta(minutes=5))
        await case.answered()
        await terminate(office, case.request_id)
        await resumed(office, case)
        assert (await case.state()).stage is Stage.WAITING_FOR_PROVIDERS
    finally:
        await office.stack.start("sample_mailbox")
    await case.closed()
    names_of = await case.names()
    assert names_of.count("RequestAnswered") == 1
    letters = (await case.state()).letters.values()
    answers = [each for each in letters if each.notice is NoticeKind.PARTIAL_OUTCOME]
    supplements = [each for each in letters if each.notice is NoticeKind.SUPPLEMENT]
    assert (len(answers), len(supplements)) == (1, 1)


async def test_a_lost_direction_goes_on_from_its_own_stream(office: Office) -> None:
    """A provider's terminated workflow is resumed too: no second letter, its word still counts."""
    await office.stack.stop("sample_mailbox")
    try:
        case = await office.verified()
        await case.approve()
        stream = f"{case.request_id}.postbird"
        await case.until("the directions", lambda s: s.providers)
        await case.people.until_direction(
            stream, "the letter", lambda s: s.letters and not s.waiting_letters
        )
        await terminate(office, stream)
        await office.sweep()
        await case.people.until_direction(stream, "it goes on", lambda s: s.issued)
    finally:
        await office.stack.start("sample_mailbox")
    await case.closed()
    assert len(await case.events(e.DirectionIssued, stream)) == 1
    assert len(await case.events(e.NoticeRequested, stream)) == 1


async def test_a_closed_request_never_runs_again(office: Office) -> None:
    """A resume of what the ledger says is closed ends at once and writes nothing."""
    case = await office.verified()
    await case.act("deny", reason="conflict_with_law", law=EXAMPLE)
    await case.closed()
    before = await case.recorded()
    handle = await office.client.start_workflow(
        names.CONSUMER_REQUEST,
        RequestStart(kind="resume"),
        id=case.request_id,
        task_queue=office.settings.task_queue,
        execution_timeout=timedelta(seconds=20),
    )
    assert await handle.result() == Decision.DENY
    assert await case.recorded() == before


async def test_a_signal_that_comes_before_the_ledger_was_read_waits_its_turn(
    office: Office,
) -> None:
    """Rubbish in the very first task of a resumed request is recorded after what was there."""
    case = await office.verified()
    await terminate(office, case.request_id)
    handle = await office.client.start_workflow(
        names.CONSUMER_REQUEST,
        RequestStart(kind="resume"),
        id=case.request_id,
        task_queue=office.settings.task_queue,
        start_signal="aprove",
        start_signal_args=["rubbish"],
    )
    await case.until("the refusal", lambda s: s.last_refusal)
    await case.approve()
    await case.closed()
    assert failed_tasks(await handle.fetch_history()) == 0
    assert len(await case.events(e.ActionRefused)) == 1


async def test_a_running_request_is_left_alone(office: Office) -> None:
    """The sweep starts nothing that runs: not one event more."""
    case = await office.verified()
    before = await case.recorded()
    await office.sweep()
    await eventually(case.names)
    assert await case.recorded() == before
