"""Staff deny: the letter carries the reason in words, and nothing is touched (CLK-14, DEL-04)."""

import pytest

from domain.citation import EXAMPLE
from domain.vocabulary import Decision, NoticeKind
from tests.e2e.office import Office

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


async def test_a_denial_tells_its_reason_and_erases_nothing(office: Office) -> None:
    """N-04 carries the policy's sentence for the code; no row goes, no provider hears (CLK-14)."""
    case = await office.verified()
    before = await office.shop.rows(case.customer)
    await case.act("deny", reason="conflict_with_law", law=EXAMPLE)
    state = await case.closed()
    text = " ".join((await case.letter(NoticeKind.DENIAL))["text"].split())
    assert "Another law does not allow us to do what you asked." in text
    assert f"The law that we mean: {EXAMPLE}." in text
    assert "conflict_with_law" not in text
    assert state.outcome is Decision.DENY
    assert state.decided_by is not None
    assert (state.decided_by.id, state.decided_by.known) == ("s.lee", "self-asserted")
    assert await office.shop.rows(case.customer) == before
    assert state.providers is None


async def test_a_denial_without_a_code_of_the_policy_is_refused(office: Office) -> None:
    """The refusal lists the codes and repeats nothing of the input."""
    case = await office.verified()
    sentence = await case.refused("deny", reason="because")
    assert "conflict_with_law" in sentence
    assert "because" not in sentence
    assert (await case.state()).decision is None


async def test_a_denial_by_a_law_that_is_not_named_is_refused(office: Office) -> None:
    """The consumer must read which law it is, so the update and the signal are refused (DEL-04)."""
    case = await office.verified()
    assert "which law" in await case.refused("deny", reason="legal_obligation")
    await case.signal("deny", {"decided_by": "s.lee", "reason": "legal_obligation"})
    state = await case.until("the refusal", lambda s: s.last_refusal)
    assert "which law" in (state.last_refusal.refusal if state.last_refusal else "")
    assert state.decision is None


async def test_a_decision_is_taken_once(office: Office) -> None:
    """After a decision neither a denial nor an approval changes anything."""
    case = await office.verified()
    await case.act("deny", reason="conflict_with_law", law=EXAMPLE)
    for action, fields in (("approve", {"confirm_grounds": ["EX8"]}), ("deny", {})):
        sentence = await case.refused(action, **{"reason": "fraudulent", **fields})
        assert "already" in sentence
    assert (await case.closed()).outcome is Decision.DENY


async def test_an_approval_must_name_what_is_kept(office: Office) -> None:
    """Without the ground of the retained invoices nothing is erased (DEL-01, DEL-16)."""
    case = await office.verified()
    before = await office.shop.rows(case.customer)
    for grounds in ([], ["EX1"], ["EX8", "EX1"]):
        assert '"confirm_grounds": ["EX8"]' in await case.refused(
            "approve", confirm_grounds=grounds
        )
    assert await office.shop.rows(case.customer) == before
