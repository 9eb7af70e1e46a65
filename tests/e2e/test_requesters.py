"""Who asks for whom: agents, parents, children, households (AGT, MIN, REQ-05, REQ-06)."""

from datetime import UTC, date, datetime

import pytest

from domain import events as e
from domain.vocabulary import Decision, NoticeKind
from tests.e2e.case import Case
from tests.e2e.office import Office

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

AGENT = {"name": "Privacy Helpers LLC", "email": "requests@privacy-helpers.example", "entity": True}
PARENT = {"name": "Rosa Ruiz", "email": "rosa.ruiz@example.org"}


def born(age: int) -> str:
    """Return a birth date of somebody that old."""
    return date(datetime.now(UTC).year - age, 1, 2).isoformat()


async def readers(office: Office, case: Case) -> dict[str, set[str]]:
    """Return the addresses that the letters of each kind went to."""
    sent = await case.query(
        "SELECT message_id, notice FROM privacy.outbox WHERE request_id = $1", case.request_id
    )
    mails = {mail["message_id"]: mail for mail in await office.people.mails()}
    found: dict[str, set[str]] = {}
    for letter in sent:
        if letter["message_id"] in mails:
            to = mails[letter["message_id"]]["to"]
            found.setdefault(letter["notice"], set()).update(to)
    return found


async def test_an_agent_proves_the_permission_and_the_consumer_gets_the_answer(
    office: Office,
) -> None:
    """N-11 goes to the agent; no approval before the proof, nor once the permission is taken back.

    A company must be registered; the answer is the consumer's (AGT-01, AGT-04, AGT-07).
    """
    case = await office.file(requester="agent_signed", agent=AGENT)
    await case.letter(NoticeKind.AGENT_PROOF)
    await case.confirm()
    await case.until("the confirmation", lambda s: s.address_confirmed)
    assert "accept_authority" in await case.refused("approve", confirm_grounds=["EX8"])
    assert "registered" in await case.refused("accept_authority", form="signed_permission")
    registered = {"form": "signed_permission", "seen": ["registration"]}
    await case.act("accept_authority", **registered)
    await case.until("a decision is awaited", lambda s: s.holdings)
    await case.act("refuse_authority", reason="permission_taken_back")
    assert "accept_authority" in await case.refused("approve", confirm_grounds=["EX8"])
    await case.act("accept_authority", **registered)
    await case.act("approve", confirm_grounds=["EX8"])
    await case.closed()
    went = await readers(office, case)
    assert went[NoticeKind.AGENT_PROOF] == {AGENT["email"]}
    assert went[NoticeKind.PARTIAL_OUTCOME] == {case.customer.email}
    assert went[NoticeKind.AGENT_TOLD] == {AGENT["email"]}


async def test_a_power_of_attorney_asks_nothing_of_the_consumer(office: Office) -> None:
    """Once the power is accepted, points that fit one person suffice; no link (AGT-03)."""
    case = await office.file(requester="agent_poa", agent=AGENT)
    await case.letter(NoticeKind.AGENT_PROOF)
    assert "two adult witnesses" in await case.refused(
        "accept_authority", form="power_of_attorney", seen=["date", "signature"]
    )
    seen = ["date", "signature", "two_witnesses"]
    await case.act("accept_authority", form="power_of_attorney", seen=seen)
    state = await case.until("a decision is awaited", lambda s: s.holdings)
    assert state.address_confirmed is False
    await case.act("approve", reason="representative_accepted", confirm_grounds=["EX8"])
    assert (await case.closed()).outcome is Decision.GRANT_PARTIAL
    assert set((await office.shop.rows(case.customer)).values()) == {0}


async def test_a_parent_is_confirmed_by_a_method_of_the_policy(office: Office) -> None:
    """Another form is refused by naming the policy's; then the child's data goes (MIN-05)."""
    case = await office.file(requester="parent", agent=PARENT, birth_date=born(9))
    await case.confirm()
    assert "video_call" in await case.refused("accept_authority", form="power_of_attorney")
    await case.act("accept_authority", form="video_call")
    await case.until("a decision is awaited", lambda s: s.holdings)
    await case.approve()
    await case.until("the answer", lambda s: s.answered)
    assert set((await office.shop.rows(case.customer)).values()) == {0}


async def test_a_conservator_and_a_parent_ask_and_a_european_waits_no_longer(
    office: Office,
) -> None:
    """Each shows what the law asks of them; thirty days have no extension (AGT-08, CLK-06)."""
    warded = await office.file(requester="conservator", agent=AGENT)
    parents = await office.file(
        requester="parent", agent=PARENT, request_types=["opt_in_minor"], birth_date=born(9)
    )
    european = await office.file(residency="EEA")
    await european.confirm()
    await european.until("the confirmation", lambda s: s.address_confirmed)
    assert "no extension" in await european.refused("extend_deadline", reason="complex_systems")

    await warded.confirm()
    form = "letters_of_conservatorship"
    assert form in await warded.refused("accept_authority", form="signed_permission")
    await warded.act("accept_authority", form=form)
    await warded.until("a decision is awaited", lambda s: s.holdings)
    await warded.act("approve", reason="representative_accepted", confirm_grounds=["EX8"])
    await warded.until("the answer", lambda s: s.answered)
    assert set((await office.shop.rows(warded.customer)).values()) == {0}

    await parents.confirm()
    await parents.act("accept_authority", form="in_person")
    allowed = await parents.until("the answer", lambda s: s.answered)
    assert (allowed.outcome, allowed.choice and allowed.choice.opts_in) == (Decision.GRANT, True)
    assert (await parents.letter(NoticeKind.MINOR_OPT_IN))["text"]


async def test_a_childs_own_request_waits_for_the_parent(office: Office) -> None:
    """A child of ten proves the address, and nothing is granted without a parent (REQ-05)."""
    case = await office.file(birth_date=born(10))
    before = await office.shop.rows(case.customer)
    await case.confirm()
    state = await case.until("the confirmation", lambda s: s.address_confirmed)
    assert state.needs_authority
    assert "accept_authority" in await case.refused("approve", confirm_grounds=["EX8"])
    assert await office.shop.rows(case.customer) == before
    await case.act("accept_authority", form="phone_call")
    await case.until("a decision is awaited", lambda s: s.holdings)
    await case.approve()
    await case.until("the answer", lambda s: s.answered)


async def test_an_agent_without_proof_is_denied_when_the_window_ends(office: Office) -> None:
    """The verified consumer's data stays, and nobody is opted out for them (AGT-04)."""
    case = await office.file(requester="agent_signed", agent=AGENT)
    before = await office.shop.rows(case.customer)
    await case.letter(NoticeKind.AGENT_PROOF)
    await case.to_day(45, hour=17, minute=2)
    state = await case.closed()
    assert state.outcome is Decision.UNVERIFIED_DENY
    assert await office.shop.rows(case.customer) == before
    assert not await case.events(e.OptOutApplied)


async def test_a_household_is_answered_person_by_person(office: Office) -> None:
    """Each member has a request and a proof of their own; one's does not serve another (REQ-06)."""
    first, second = await office.shop.customer(), await office.shop.customer()
    member = {
        "consumer": {"name": second.name, "email": second.email},
        "points": dict(second.points),
    }
    case = await office.file(first, household=[member])
    assert [each["member"] for each in case.filed["requests"]] == [0, 1]
    other = office.case(case.filed["requests"][1]["request_id"], second, case.filed)
    await office.sweep()
    await other.letter(NoticeKind.ACKNOWLEDGEMENT)
    await case.verified()
    await case.approve()
    await case.answered()
    assert set((await office.shop.rows(first)).values()) == {0}
    assert (await other.state()).verified is None
    assert (await office.shop.rows(second))["customers"] == 1


@pytest.mark.parametrize(
    ("residency", "days", "extended"),
    [("CA", 45, 90), ("UNKNOWN", 45, 90), ("OTHER", 30, None)],
)
async def test_each_residency_has_its_own_clock(
    office: Office, residency: str, days: int, extended: int | None
) -> None:
    """The dates promised on receipt are those of the law that the consumer names (CLK-12, -13)."""
    case = await office.file(residency=residency, request_types=["delete"])
    state = await case.until("the letter", lambda s: s.letters)
    dates = state.dates
    assert dates is not None
    assert (dates.respond_by - dates.receipt_date).days == days
    latest = dates.latest_respond_by
    assert (latest and (latest - dates.receipt_date).days) == extended


async def test_europeans_are_answered_within_a_month(office: Office) -> None:
    """Asked at the end of January, answered by the end of February: no thirty days (CLK-12)."""
    case = await office.file(residency="EEA", received_at="2026-01-31T17:00:00Z")
    state = await case.until("the letter", lambda s: s.letters)
    assert state.dates is not None
    assert state.dates.respond_by == date(2026, 2, 28)
