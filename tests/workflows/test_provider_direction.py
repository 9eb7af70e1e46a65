"""One provider's direction from sending to its last word, on real parts (SVC-02)."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.client import WorkflowFailureError, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from domain import events as e
from domain import ids, signed_in
from domain.direction import DirectionState
from domain.policy_terms.base import Period
from domain.vocabulary import ProviderStanding
from providers.kept import opened
from providers.switches import Switches
from records import inbox
from tests.providers.support import SECRET
from tests.workflows.rig import POINTS, Rig
from tests.workflows.vendor import Vendor
from tools.verify_evidence import SECRET_FITS, signed_how
from workflows import names
from workflows.staff_desk import UNREAD_ROW


def stands(standing: ProviderStanding) -> Callable[[DirectionState], bool]:
    """Return a condition on a direction's standing."""
    return lambda state: state.standing is standing


async def refused(rig: Rig, stream: str, action: str, **fields: object) -> str:
    """Return the sentence by which an action is refused."""
    with pytest.raises(WorkflowUpdateFailedError) as raised:
        await rig.act(stream, action, **fields)
    assert isinstance(raised.value.cause, ApplicationError)
    return raised.value.cause.message


async def acknowledged(rig: Rig, vendor: Vendor, stream: str, status: str, **more: Any) -> int:
    """Post an acknowledgement and return the door's answer."""
    return (await rig.post(*vendor.answer(stream, status, **more))).status_code


async def test_received_then_done_with_evidence(rig: Rig, vendor: Vendor) -> None:
    """Two stages, sub-processors named, evidence that verifies again, one last event."""
    stream = await rig.direct()
    await rig.until(stream, stands(ProviderStanding.DIRECTED))
    assert await acknowledged(rig, vendor, stream, "received") == 202
    await rig.until(stream, stands(ProviderStanding.RECEIVED))
    body, headers = vendor.answer(stream, "done", sub_processors=["Nimbus Storage"])
    assert (await rig.post(body, headers)).status_code == 202
    state = await rig.ended(stream)
    assert state.standing is ProviderStanding.DONE
    assert state.sub_processors == ("Nimbus Storage",)
    assert await rig.names(stream) == [
        "DirectionIssued",
        "DirectionSent",
        "AcknowledgementRecorded",
        "AcknowledgementRecorded",
        "DirectionEnded",
    ]
    said = (await rig.events(stream))[3].event
    assert isinstance(said, e.AcknowledgementRecorded)
    async with rig.pool.acquire() as conn:
        kept = await rig.vault.get(conn, stream.partition(".")[0], inbox.EVIDENCE, said.inbox)
    raw, evidence = opened(kept)
    assert raw == body
    assert evidence is not None
    assert (evidence.body_hash, evidence.scheme) == (said.body_hash, said.scheme)
    assert evidence.key_fingerprint == said.key_fingerprint
    assert signed_how(json.loads(kept), said.key_fingerprint, [SECRET]).how == SECRET_FITS


async def test_repeated_reordered_and_contradicting_answers(rig: Rig, vendor: Vendor) -> None:
    """Done first, received afterwards, done again: the first last word counts, once."""
    stream = await rig.direct()
    await rig.until(stream, lambda state: state.handed_over == 0)
    done = vendor.answer(stream, "done")
    answers = await asyncio.gather(*(rig.post(*done) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 200, 202]
    await acknowledged(rig, vendor, stream, "received")
    await acknowledged(rig, vendor, stream, "refused", reason="other")
    state = await rig.ended(stream)
    assert state.standing is ProviderStanding.DONE
    said = [r.event for r in await rig.events(stream)]
    assert len([one for one in said if isinstance(one, e.AcknowledgementRecorded)]) == 1


async def test_an_answer_while_the_sending_still_runs(rig: Rig, vendor: Vendor) -> None:
    """Acknowledged before our own call succeeded: it counts, and nothing is owed any more."""
    vendor.failures = [500]
    stream = await rig.direct()
    await rig.until(stream, lambda state: state.issued)
    await acknowledged(rig, vendor, stream, "done")
    state = await rig.ended(stream)
    assert state.standing is ProviderStanding.DONE
    assert vendor.taken == {}


async def test_five_hundred_then_two_hundred(rig: Rig, vendor: Vendor) -> None:
    """One failure, tried again after the policy's first interval, taken once."""
    vendor.failures = [500]
    stream = await rig.direct()
    await rig.until(stream, lambda state: state.issued)
    await rig.pass_days(stream, 10 / 24 / 60)
    state = await rig.until(stream, lambda state: state.handed_over == 0)
    assert state.standing is ProviderStanding.DIRECTED
    assert len(vendor.taken) == 1
    assert vendor.calls == 2
    await rig.handle(stream).terminate()


async def test_a_pause_is_not_hurried_and_an_ended_workflow_sends_at_once(
    rig: Rig, vendor: Vendor
) -> None:
    """What operators are told for a deadline that cannot wait: the same message, at once."""
    vendor.failures = [500]
    stream = await rig.direct()
    await rig.until(stream, lambda state: state.issued and vendor.calls == 1)
    assert "is tried until it arrives" in await refused(rig, stream, "send_again")
    await rig.handle(stream).terminate()
    await rig.directed_again(stream)
    resumed = await rig.until(stream, lambda state: state.handed_over == 0)
    assert resumed.standing is ProviderStanding.DIRECTED
    assert (vendor.calls, len(vendor.taken)) == (2, 1)
    assert (await rig.names(stream)).count("DirectionIssued") == 1
    await rig.handle(stream).terminate()


async def test_down_for_ten_days_then_back(rig: Rig, vendor: Vendor) -> None:
    """Staff hear of it after a day, once; nobody is said to be told; then it goes out once."""
    vendor.status = 503
    stream = await rig.direct()
    await rig.until(stream, lambda state: state.issued)
    for _ in range(10):
        await rig.pass_days(stream, 1)
    down = await rig.until(stream, lambda state: state.delayed and state.reminded)
    assert (down.standing, down.delayed) == (ProviderStanding.NOT_REACHED, "status_503")
    vendor.status = 202
    await rig.pass_days(stream, 0.2)
    back = await rig.until(stream, lambda state: state.handed_over >= 0)
    assert (back.standing, back.delayed) == (ProviderStanding.DIRECTED, "")
    assert await rig.told(stream) == ["direction_delayed"]
    assert [body["direction_id"] for body in vendor.taken.values()] == [stream]
    assert vendor.calls < 100
    await acknowledged(rig, vendor, stream, "done")
    assert (await rig.ended(stream)).standing is ProviderStanding.DONE


async def test_silence_is_reminded_escalated_and_given_up(rig: Rig, vendor: Vendor) -> None:
    """A reminder of its own after 5 business days, staff after 10, the end at the last day."""
    stream = await rig.direct()
    state = await rig.until(stream, lambda state: state.handed_over == 0)
    assert state.issued is not None
    await rig.to_instant(stream, state.issued.remind_at)
    await rig.until(stream, lambda state: state.handed_over == 1)
    await rig.to_instant(stream, state.issued.escalate_at)
    await rig.until(stream, lambda state: state.escalated)
    assert (await rig.state(stream)).needs_action == "record_provider_answer"
    await rig.to_instant(stream, state.issued.give_up_at)
    assert (await rig.ended(stream)).standing is ProviderStanding.SILENT
    assert await rig.told(stream) == ["provider_silent"]
    assert [name.rpartition("_")[2] for name in vendor.taken] == ["0", "1"]


async def test_a_provider_never_reached_is_not_called_silent(rig: Rig, vendor: Vendor) -> None:
    """Nobody who was never told is said not to have answered."""
    vendor.status = 410
    stream = await rig.direct()
    state = await rig.until(stream, lambda state: state.undeliverable)
    assert state.issued is not None
    assert state.needs_action == "send_again"
    await rig.to_instant(stream, state.issued.give_up_at)
    assert (await rig.ended(stream)).standing is ProviderStanding.NOT_REACHED
    assert await rig.told(stream) == ["direction_undeliverable"] * 2


async def test_a_kill_switch_stops_sending_while_the_clock_runs(rig: Rig, vendor: Vendor) -> None:
    """Staff are told once, the dates go by visibly, and the direction goes out when it is off."""
    vendor.switches = Switches(everything=True)
    stream = await rig.direct(remind_after=Period(business_days=1))
    paused = await rig.until(stream, lambda state: state.delayed)
    assert paused.issued is not None
    await rig.to_instant(stream, paused.issued.remind_at)
    later = await rig.until(stream, lambda state: state.reminded)
    assert (later.standing, later.delayed) == (ProviderStanding.NOT_REACHED, "sending_paused")
    assert vendor.calls == 0
    vendor.switches = Switches()
    await rig.pass_days(stream, 1 / 24)
    await rig.until(stream, stands(ProviderStanding.DIRECTED))
    assert await rig.told(stream) == ["sending_paused"]
    assert len(vendor.taken) == 1
    await rig.handle(stream).terminate()


async def test_staff_have_a_refused_direction_sent_again(rig: Rig, vendor: Vendor) -> None:
    """404, staff mend the address, send_again: it arrives under the same id, once."""
    vendor.status = 404
    stream = await rig.direct()
    await rig.until(stream, lambda state: state.undeliverable == "status_404")
    vendor.status = 202
    assert await rig.act(stream, "send_again") == "send_again: recorded."
    state = await rig.until(stream, lambda state: state.handed_over == 0)
    assert not state.undeliverable
    assert [name.rpartition("_")[2] for name in vendor.taken] == ["0"]
    await rig.act(stream, "send_again")
    await rig.until(stream, lambda state: state.handed_over == 1)
    assert [name.rpartition("_")[2] for name in vendor.taken] == ["0", "1"]
    await rig.handle(stream).terminate()


async def test_staff_enter_an_answer_or_stop_waiting(rig: Rig, vendor: Vendor) -> None:
    """A word on paper counts with who entered it; closing says no more than is known."""
    answered, closed = await rig.direct(), await rig.direct()
    for stream in (answered, closed):
        await rig.until(stream, lambda state: state.handed_over == 0)
    assert "say why" in await refused(rig, answered, "record_provider_answer", answer="partly")
    assert "partly" in await refused(
        rig, answered, "record_provider_answer", answer="done", reason="security"
    )
    await rig.act(answered, "record_provider_answer", answer="partly", reason="legal_obligation")
    state = await rig.ended(answered)
    assert (state.standing, state.reason) == (ProviderStanding.PARTLY, "legal_obligation")
    word = next(
        r.event
        for r in await rig.events(answered)
        if isinstance(r.event, e.AcknowledgementRecorded)
    )
    assert word.actor == e.Actor(id="s.lee")

    await rig.act(closed, "close_direction", reason="provider_gone")
    assert (await rig.ended(closed)).standing is ProviderStanding.SILENT
    assert "DirectionClosed" in await rig.names(closed)


async def test_a_refusal_is_told_to_staff(rig: Rig, vendor: Vendor) -> None:
    """The letter says that our team looks into it; so the team hears of it before the end."""
    stream = await rig.direct()
    await rig.until(stream, lambda state: state.handed_over == 0)
    await acknowledged(rig, vendor, stream, "refused", reason="not_our_role")
    state = await rig.ended(stream)
    assert (state.standing, state.reason) == (ProviderStanding.REFUSED, "not_our_role")
    assert await rig.told(stream) == ["provider_refused"]
    assert (await rig.names(stream))[-2:] == ["NoticeSent", "DirectionEnded"]


HOSTILE = [
    [],
    [None],
    ["text"],
    [{"decided_by": "s.lee"}, {}],
    [{"decided_by": "ana@example.com", "answer": "done"}],
    [{"decided_by": "s.lee", "answer": "deleted"}],
    [{"decided_by": "s.lee", "answer": "done", "note": "canary"}],
    [17],
]


@pytest.mark.parametrize("payloads", HOSTILE, ids=range(len(HOSTILE)))
async def test_hostile_input_is_refused_and_shown(
    rig: Rig, vendor: Vendor, payloads: list[object]
) -> None:
    """Whatever is sent by update or signal gets a sentence, changes nothing, wedges nothing."""
    stream = await rig.direct()
    await rig.until(stream, lambda state: state.handed_over == 0)
    with pytest.raises(WorkflowUpdateFailedError) as raised:
        await rig.handle(stream).execute_update("record_provider_answer", args=payloads)
    assert "record_provider_answer" in str(raised.value.cause)
    await rig.handle(stream).signal("record_provider_answer", args=payloads)
    state = await rig.until(stream, lambda state: state.last_refusal)
    assert state.last_refusal is not None
    assert "canary" not in state.model_dump_json()
    await rig.handle(stream).signal("record_answer", {"decided_by": "s.lee"})
    await rig.handle(stream).signal(names.INBOX, "17")
    await acknowledged(rig, vendor, stream, "done")
    assert (await rig.ended(stream)).standing is ProviderStanding.DONE


async def test_an_action_of_the_case_page_that_cannot_be_read_is_put_aside(rig: Rig) -> None:
    """Whoever sent it is told; the direction's tasks do not fail over it, as by a newer gateway."""
    stream = await rig.direct()
    await rig.until(stream, lambda state: state.handed_over == 0)
    async with rig.pool.acquire() as conn:
        receipt = await inbox.receive(
            conn,
            rig.vault,
            once_key=f"unread-{stream}",
            request_id=ids.request_of(stream),
            stream=stream,
            kind=signed_in.KIND,
            facts={"action": "send_again", "input": {"decided_by": "s.lee"}, "roles": ["unheard"]},
            evidence=None,
            now=datetime.now(UTC),
        )
    said = await asyncio.wait_for(rig.engine.act(stream, "send_again", receipt.row_id), 20)
    assert said == UNREAD_ROW
    await rig.until(stream, lambda state: state.n)
    assert "MessageParked" in await rig.names(stream)
    assert await rig.told(stream) == ["message_parked"]
    await rig.handle(stream).terminate()


async def test_the_web_ui_shows_where_it_stands(rig: Rig, vendor: Vendor) -> None:
    """Current details in words with the JSON to paste; search attributes for a saved view."""
    vendor.status = 404
    stream = await rig.direct()
    await rig.until(stream, lambda state: state.undeliverable)
    metadata = await rig.handle(stream).query(
        "__temporal_workflow_metadata", result_type=WorkflowMetadata
    )
    details = metadata.current_details
    assert "Acme" in details
    assert "cannot be delivered: `status_404`" in details
    assert '{"decided_by": "your.id"}' in details
    described = await rig.handle(stream).describe()
    shown = described.typed_search_attributes
    assert shown[names.REQUEST_ID] == stream.partition(".")[0]
    assert shown[names.REQUEST_STAGE] == "not_reached"
    assert shown[names.NEEDS_ACTION] == "send_again"
    await rig.handle(stream).terminate()


async def test_a_start_by_hand_is_refused(rig: Rig) -> None:
    """Somebody who fills in the Web UI's form gets a sentence, and no provider gets anything."""
    starts: list[list[Any]] = [[], [None], [{"order": "delete"}], [{}, {}]]
    for payloads in starts:
        handle = await rig.client.start_workflow(
            names.PROVIDER_DIRECTION, args=payloads, id="by-hand", task_queue=rig.task_queue
        )
        with pytest.raises(WorkflowFailureError) as raised:
            await handle.result()
        assert "directed by their request" in str(raised.value.cause)


async def test_a_cancel_request_is_recorded_and_stops_nothing(rig: Rig, vendor: Vendor) -> None:
    """A duty does not end by a button."""
    stream = await rig.direct()
    await rig.until(stream, lambda state: state.handed_over == 0)
    await rig.handle(stream).cancel()
    await acknowledged(rig, vendor, stream, "done")
    assert (await rig.ended(stream)).standing is ProviderStanding.DONE
    assert "CancelRequested" in await rig.names(stream)


async def test_a_lost_direction_goes_on_from_its_ledger(rig: Rig, vendor: Vendor) -> None:
    """Terminated after it was handed over: the sweep resumes it; nothing is sent twice."""
    stream = await rig.direct()
    await rig.until(stream, lambda state: state.handed_over == 0)
    await rig.handle(stream).terminate()
    await acknowledged(rig, vendor, stream, "received")
    async with rig.pool.acquire() as conn:
        await conn.execute(
            "UPDATE privacy.request SET stage = 'directing providers' WHERE request_id = $1",
            stream.partition(".")[0],
        )
    assert (await rig.sweep()).resumed == 2
    await rig.until(stream, stands(ProviderStanding.RECEIVED))
    assert vendor.calls == 1
    await acknowledged(rig, vendor, stream, "done")
    assert (await rig.ended(stream)).standing is ProviderStanding.DONE


async def test_directions_begun_by_a_lost_request_go_on_from_their_ledger(
    rig: Rig, vendor: Vendor
) -> None:
    """Resumed before it noted whom it directed, a request begins no stream anew (DEL-07)."""
    stream = await rig.direct()
    await rig.until(stream, lambda state: state.handed_over == 0)
    await rig.handle(stream).terminate()
    assert list(await rig.directed_again(stream)) == [rig.provider]
    await rig.until(stream, lambda state: state.handed_over == 0)
    await acknowledged(rig, vendor, stream, "done")
    assert (await rig.ended(stream)).standing is ProviderStanding.DONE
    assert list(await rig.directed_again(stream)) == [rig.provider]
    assert (await rig.names(stream)).count("DirectionEnded") == 1
    assert vendor.calls == 1


async def test_a_mistyped_identifier_is_never_sent(rig: Rig, vendor: Vendor) -> None:
    """What the person's records do not bear out may be somebody else's: the provider gets none."""
    request = await rig.request()
    async with rig.pool.acquire() as conn:
        await rig.vault.put(conn, request, "points_borne_out", b'["email"]')
    stream = await rig.direct(request_id=request)
    await rig.until(stream, lambda state: state.handed_over == 0)
    (told,) = vendor.taken.values()
    assert set(told["person"]) == {"email"}
    assert not [value for value in POINTS.values() if value in str(told)]
    await rig.handle(stream).terminate()


async def test_a_direction_costs_few_events(rig: Rig, vendor: Vendor) -> None:
    """A prompt provider's whole history stays small."""
    stream = await rig.direct()
    await rig.until(stream, lambda state: state.handed_over == 0)
    await acknowledged(rig, vendor, stream, "received")
    await rig.until(stream, stands(ProviderStanding.RECEIVED))
    await acknowledged(rig, vendor, stream, "done")
    await rig.ended(stream)
    described = await rig.handle(stream).describe()
    assert described.history_length < 120
