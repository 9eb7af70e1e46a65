"""What staff do about a request besides deciding it, on the running stack (REQ-14, REC-06)."""

import re

import pytest

from domain.citation import EXAMPLE
from domain.decisions.inbox import ADDRESS_CONFIRMED
from domain.vocabulary import Decision, NoticeKind, RequestType
from records.outbox import message_id
from tests.e2e.case import eventually
from tests.e2e.office import Office
from workflows import names

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


async def test_a_request_is_understood_anew_held_suspected_and_still_carried_out(
    office: Office,
) -> None:
    """Filed to know, meant to delete: its own letter, proof, hold and handler, then erased."""
    case = await office.verified(request_types=["know_categories"])
    await case.act("reclassify", request_type="delete")
    await case.until("it is judged anew", lambda s: s.verified and s.holdings)
    (row,) = await case.query(
        "SELECT request_types FROM privacy.request WHERE request_id = $1", case.request_id
    )
    assert row["request_types"] == [RequestType.DELETE]

    await case.act("reassign", to="m.ortiz")
    shown = await case.people.handle(case.request_id).describe()
    assert shown.typed_search_attributes.get(names.HANDLER) == "m.ortiz"

    await case.act("flag_fraud", reason="details_do_not_match")
    assert "flagged this request as fraud" in await case.refused("approve", confirm_grounds=["EX8"])
    await case.act("clear_fraud")

    await case.act("place_hold", hold="LH-7", matter="M-7")
    await case.until("the hold is recorded", lambda s: s.holds)
    assert "LH-7" in await case.refused("approve", confirm_grounds=["EX8"])
    holds = "SELECT released_at FROM privacy.legal_hold WHERE request_id = $1"
    assert [hold["released_at"] for hold in await case.query(holds, case.request_id)] == [None]
    await case.act("release_hold", hold="LH-7")

    await case.until("its evidence is judged", lambda s: s.verified and s.holdings)
    await case.approve()
    closed = await case.closed()
    assert closed.outcome is Decision.GRANT_PARTIAL
    assert set((await office.shop.rows(case.customer)).values()) == {0}
    assert await case.ledger_state() == closed
    await office.replay(case.request_id)


async def test_a_letter_that_got_lost_is_sent_again_with_a_link_that_works(office: Office) -> None:
    """A letter of its own, with its own Message-ID; its button proves the address (REQ-07)."""
    case = await office.file()
    first = await case.letter(NoticeKind.ACKNOWLEDGEMENT)
    await case.act("resend_letter")
    state = await case.until(
        "the copy is out", lambda s: len(s.letters) == 2 and not s.waiting_letters
    )
    wanted = message_id(case.request_id, max(state.letters), case.mail_domain)

    async def arrived() -> str:
        mails = await case.people.mails()
        return next((mail["id"] for mail in mails if mail["message_id"] == wanted), "")

    await eventually(arrived)
    second = await case.letter(NoticeKind.ACKNOWLEDGEMENT)
    assert second["subject"] == first["subject"]
    assert not set(case.people.links(first)) & set(case.people.links(second))
    await case.press(NoticeKind.ACKNOWLEDGEMENT)
    await case.until("a decision is awaited", lambda s: s.holdings)
    seen = "SELECT kind FROM privacy.inbox WHERE request_id = $1"
    assert ADDRESS_CONFIRMED in [row["kind"] for row in await case.query(seen, case.request_id)]


async def test_one_approval_is_sent_to_many_requests(office: Office) -> None:
    """Those that a query finds are approved; a refusal is told for its request alone."""
    ready = [await office.verified() for _ in range(2)]
    lacking = await office.file()
    await lacking.until("it is open", lambda s: s.received)
    requests = [*ready, lacking]
    for case in requests:
        await case.act("reassign", to="b.atch")
    query, fields = '`Handler`="b.atch"', '{"confirm_grounds": ["EX8"]}'

    async def listed() -> bool:
        return (await office.client.count_workflows(query)).count == len(requests)

    await eventually(listed)
    code, said = await office.privacy(
        "approve", "--query", query, "--by", "s.lee", "--json", fields, "--yes"
    )
    assert code == 1
    assert "approve: 2 carried out, 1 refused." in said
    assert "identity is not verified yet" in said
    for case in ready:
        await case.closed()
    code, said = await office.privacy(
        "act", "approve", lacking.request_id, "--json", '{"grounds": 1}'
    )
    assert (code, "it knows only the fields" in said) == (2, True)


async def test_what_staff_keep_stays_and_the_letter_says_why(office: Office) -> None:
    """One collection more than the map keeps, under a ground of the law; the rest is gone."""
    case = await office.verified()
    sentence = await case.refused(
        "approve_in_part",
        confirm_grounds=["EX8"],
        keep=[{"collection": "shop.nothing", "ground": "EX1"}],
    )
    assert "shop.marketing_contacts" in sentence
    await case.act(
        "approve_in_part",
        confirm_grounds=["EX8"],
        keep=[{"collection": "shop.marketing_contacts", "ground": "EX1"}],
    )
    state = await case.closed()
    assert state.outcome is Decision.GRANT_PARTIAL
    assert state.plan is not None
    kept = {(each.collection, each.ground, each.reviewer) for each in state.plan.retained}
    assert ("shop.marketing_contacts", "EX1", "s.lee") in kept
    left = await office.shop.rows(case.customer)
    assert left.pop("marketing_contacts") == 1
    assert set(left.values()) == {0}


async def test_a_denied_request_is_taken_up_again_and_granted(office: Office) -> None:
    """Closed by mistake: its clock runs anew, staff decide once more, one record tells it all.

    While a misdelivery keeps it frozen it stays closed.
    """
    case = await office.verified()
    await case.act("deny", reason="conflict_with_law", law=EXAMPLE)
    await case.closed()
    asked = ("--reason", "our_mistake", "--by", "s.lee")
    code, said = await office.privacy("incident", case.request_id, "--yes", "--by", "s.kim")
    assert (code, "closed, and frozen now" in said) == (0, True), said
    code, frozen = await office.privacy("request", "reopen", case.request_id, *asked)
    assert (code, "privacy hold list" in frozen) == (1, True)
    (hold_id,) = set(re.findall(r"INCIDENT-\S+\d", said))
    code, said = await office.privacy("hold", "release", hold_id, "--by", "s.kim")
    assert code == 0, said
    code, said = await office.privacy("request", "reopen", case.request_id, *asked)
    assert (code, "is open again" in said) == (0, True), said
    await case.until("a decision is awaited", lambda s: s.awaits_decision and s.holdings)
    code, said = await office.privacy("request", "reopen", case.request_id, *asked)
    assert (code, "This request is open" in said) == (1, True)
    await case.approve()
    closed = await case.closed()
    assert closed.outcome is Decision.GRANT_PARTIAL
    assert set((await office.shop.rows(case.customer)).values()) == {0}
    assert await case.ledger_state() == closed
    happened = await case.names()
    assert [happened.count(name) for name in ("RequestReopened", "RequestAnswered")] == [1, 2]
    code, said = await office.privacy("request", "reopen", case.request_id, *asked)
    assert (code, "cannot be decided anew" in said) == (1, True)
