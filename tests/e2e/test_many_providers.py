"""What providers do to the consumer's letter, and to the request's history (SVC-02, DEL-07)."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from domain.ids import direction_stream
from domain.state import RequestState
from domain.vocabulary import NoticeKind, ProviderStanding
from tests.e2e.case import STAFF, Case, eventually
from tests.e2e.office import Office
from tests.e2e.vendors import SECRET, Vendors, display_name, registry
from tests.folders import reachable_folder
from tests.providers.support import serving
from workers.stack.supervisor import EmbeddedStack

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

SENTENCES = {
    "done-a": "{name} confirmed on {day} that it has deleted your information.",
    "partly-a": "{name} told us on {day} that it has deleted part of your information",
    "notfound-a": "{name} told us on {day} that it searched and found no information",
    "refuses-a": "{name} told us on {day} that it has not deleted your information.",
    "received-a": "{name} told us on {day} that it has our instruction. It has not confirmed",
    "silent-a": "We told {name} on {day} to delete your information. It has not confirmed",
    "mail-a": "We told {name} on {day} to delete your information. It has not confirmed",
    "down-a": "We have not been able to give {name} our instruction",
    "rejects-a": "We have not been able to give {name} our instruction",
    "paused-a": "We have not been able to give {name} our instruction",
    "post-a": "We have not been able to give {name} our instruction",
}
"""What the consumer's letter says of each behaviour, and nothing more."""

IDENTIFIERS = {
    "done-a": "email",
    "partly-a": "customer_number",
    "notfound-a": "phone",
    "refuses-a": "email, customer_number",
    "received-a": "email, full_name",
    "silent-a": "postal_address",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def vendors() -> AsyncIterator[tuple[Vendors, str]]:
    """Serve the providers' programs."""
    all_of_them = Vendors()
    async with serving(all_of_them.app()) as url:
        yield all_of_them, url
    await all_of_them.aclose()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stack(vendors: tuple[Vendors, str]) -> AsyncIterator[EmbeddedStack]:
    """Run an installation of a business with these providers."""
    few = {name: IDENTIFIERS.get(name, "email") for name in SENTENCES}
    with reachable_folder() as folder:
        written = folder / "providers.yaml"
        written.write_text(registry(vendors[1], few))
        variables = {"PRIVACY_PROVIDERS": str(written), "VENDORS_SECRET": SECRET}
        async with EmbeddedStack(
            folder / "stack", ports={}, durable=False, variables=variables
        ) as running:
            yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(stack: EmbeddedStack) -> AsyncIterator[Office]:
    """Open the office."""
    opened = await Office.of(stack)
    yield opened
    await opened.aclose()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def answered(office: Office) -> Case:
    """Play a deletion until its answer, which does not wait for all of these providers."""
    case = await office.verified()
    await case.approve()
    await case.until("the answers of the prompt", _prompt_ones_ended, 60)
    state = await case.state()
    assert state.wait_for_providers_until is not None
    await case.forward_to(state.wait_for_providers_until + timedelta(minutes=10))
    await case.answered(60)
    return case


def _prompt_ones_ended(state: RequestState) -> bool:
    views = state.providers or {}
    prompt = [name for name in views if name.partition("-")[0] in PROMPT]
    reached = [name for name in views if views[name].standing is not ProviderStanding.NOT_REACHED]
    return (
        bool(views)
        and all(views[name].final for name in prompt)
        and {"received-a", "silent-a", "mail-a"} <= set(reached)
        and views["received-a"].standing is ProviderStanding.RECEIVED
    )


PROMPT = {"done", "partly", "notfound", "refuses"}


async def test_the_letter_says_of_each_provider_what_it_said_and_no_more(
    answered: Case,
) -> None:
    """Confirmed, in part, not found, refused, received, silent, not reached: each in its words."""
    text = " ".join((await answered.letter(NoticeKind.PARTIAL_OUTCOME))["text"].split())
    for provider, sentence in SENTENCES.items():
        before, _, after = sentence.partition(" on {day}")
        name = display_name(provider)
        assert before.format(name=name) in text, provider
        assert after.format(name=name) in text, provider
    assert text.count("confirmed on") == 1


async def test_each_provider_got_only_what_it_declares(
    answered: Case, vendors: tuple[Vendors, str]
) -> None:
    """On the wire: the declared kinds of this person's identifiers, and no other."""
    for provider, identifiers in IDENTIFIERS.items():
        (direction,) = vendors[0].taken[provider]
        assert set(direction["person"]) == {kind.strip() for kind in identifiers.split(",")}


async def test_a_provider_that_answers_after_the_letter_is_told_in_the_supplement(
    answered: Case, office: Office, vendors: tuple[Vendors, str]
) -> None:
    """The silent one confirms, others are given up or closed; S-01 tells news and what is open."""
    (direction,) = vendors[0].taken["silent-a"]
    assert await vendors[0].answer(direction, {"status": "done"}) == 202
    for provider in SENTENCES:
        stream = direction_stream(answered.request_id, provider)
        state = await office.people.direction(stream)
        if provider in {"down-a", "paused-a"}:
            await office.people.act(
                stream, "close_direction", decided_by=STAFF, reason="settled_otherwise"
            )
        elif not state.over:
            assert state.issued is not None
            await office.people.forward_to(stream, state.issued.give_up_at + timedelta(minutes=1))
    await answered.closed(60)
    text = " ".join((await answered.letter(NoticeKind.SUPPLEMENT))["text"].split())
    assert f"{display_name('silent-a')} confirmed on" in text
    assert f"give {display_name('down-a')} our instruction" in text
    assert display_name("done-a") not in text
    views = (await answered.ledger_state()).providers or {}
    ends = {name: str(view.standing) for name, view in views.items()}
    assert ends == {
        "done-a": "done",
        "partly-a": "partly",
        "notfound-a": "not_found",
        "refuses-a": "refused",
        "received-a": "received",
        "silent-a": "done",
        "mail-a": "silent",
        "down-a": "not_reached",
        "rejects-a": "not_reached",
        "paused-a": "not_reached",
        "post-a": "not_reached",
    }


async def test_an_answer_after_closing_is_kept_and_told(
    answered: Case, office: Office, vendors: tuple[Vendors, str]
) -> None:
    """Long after the close the received one confirms: evidence kept, a supplement of its own."""
    direction, *_ = vendors[0].taken["received-a"]
    assert await vendors[0].answer(direction, {"status": "done"}) == 202
    letters = len(await office.people.mails(answered.customer.email))
    await office.sweep(later_by=timedelta(minutes=1))

    async def arrived() -> bool:
        return len(await office.people.mails(answered.customer.email)) == letters + 1

    await eventually(arrived)
    newest = (await office.people.mails(answered.customer.email))[-1]
    text = " ".join((await office.people.mail(newest["message_id"]))["text"].split())
    assert f"{display_name('received-a')} confirmed on" in text
    outside = await answered.query(
        "SELECT document->>'type' AS type FROM privacy.ledger WHERE stream = $1",
        f"{answered.request_id}.outside",
    )
    assert [row["type"] for row in outside] == ["LateAcknowledgementStored"]
