"""A provider that does not answer: the letters stay true, and the request ends (SVC-02, DEL-07)."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from domain import events as e
from domain.state import RequestState, Stage
from domain.vocabulary import NoticeKind, ProviderStanding
from tests.e2e.case import Case
from tests.e2e.office import Office

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

POSTBIRD = "Postbird Mailings"
A_LITTLE = timedelta(minutes=10)


def flat(letter: dict[str, str]) -> str:
    """Return a letter's text on one line."""
    return " ".join(letter["text"].split())


@pytest_asyncio.fixture(loop_scope="session")
async def quiet(office: Office) -> AsyncIterator[Case]:
    """Erase and direct, while one provider's mailbox is not read."""
    async with office.provider("sample_mailbox", "silent"):
        case = await office.verified()
        await case.approve()
        await case.until("the word of the other", _one_has_ended)
        yield case


def _one_has_ended(state: RequestState) -> bool:
    return any(view.final for view in (state.providers or {}).values())


async def answered(case: Case) -> RequestState:
    """Let the last day to wait for providers pass."""
    state = await case.state()
    assert state.wait_for_providers_until is not None
    assert not state.answered
    await case.forward_to(state.wait_for_providers_until + A_LITTLE)
    return await case.answered()


async def test_the_answer_goes_out_and_says_who_has_not_confirmed(quiet: Case) -> None:
    """Silence delays no answer, and nobody is said to have deleted who has not said so (SVC-02)."""
    state = await answered(quiet)
    assert state.dates is not None
    assert state.answered_at is not None
    assert state.answered_at.date() <= state.dates.respond_by
    assert state.stage is Stage.WAITING_FOR_PROVIDERS
    shown = "SELECT answered_at FROM privacy.request WHERE request_id = $1"
    assert (await quiet.query(shown, quiet.request_id))[0]["answered_at"] == state.answered_at
    text = flat(await quiet.letter(NoticeKind.PARTIAL_OUTCOME))
    assert re.search(rf"We told {POSTBIRD}[^.]*\. It has not confirmed this yet", text)
    assert f"{POSTBIRD} confirmed" not in text
    assert "Acme Analytics confirmed" in text


async def test_a_provider_that_stays_silent_is_given_up_and_the_request_closed(
    quiet: Case,
) -> None:
    """Reminded, escalated to staff, given up on the policy's last day; no supplement is written."""
    await answered(quiet)
    stream = f"{quiet.request_id}.postbird"
    await quiet.people.time.forward(stream, timedelta(days=60))
    state = await quiet.closed()
    views = state.providers or {}
    assert views["postbird"].standing is ProviderStanding.SILENT
    assert views["acme-analytics"].standing is ProviderStanding.DONE
    assert await quiet.events(e.ProviderReminded, stream)
    assert await quiet.events(e.ProviderEscalated, stream)
    assert state.letter_of(NoticeKind.SUPPLEMENT) is None
    assert (await quiet.names()).count("RequestAnswered") == 1


async def test_a_word_after_the_answer_is_told_in_a_supplement(
    office: Office,
) -> None:
    """S-01 tells what came later, names nobody as open who is done, and the request closes."""
    async with office.provider("sample_mailbox", "silent"):
        case = await office.verified()
        await case.approve()
        await case.until("the word of the other", _one_has_ended)
        await answered(case)
    state = await case.closed()
    text = flat(await case.letter(NoticeKind.SUPPLEMENT))
    assert f"{POSTBIRD} confirmed" in text
    assert "Acme Analytics" not in text
    assert "every company that we told has answered" in text
    assert (state.providers or {})["postbird"].standing is ProviderStanding.DONE
    supplements = [each for each in state.letters.values() if each.notice is NoticeKind.SUPPLEMENT]
    assert len(supplements) == 1
