"""What staff accept as authority, by the rule for agents; what follows for the consumer."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from domain import actions
from domain import events as e
from domain.decisions import identity, inbox, outcome, receipt
from domain.notice_words import Reader
from domain.policy import Policy
from domain.refusals import Refused
from domain.state import RequestState
from domain.vocabulary import (
    Channel,
    NoticeKind,
    Requester,
    RequestType,
    VerificationOutcome,
)
from tests.happenings import happened
from tests.happenings import stand as standing_at

NOW = datetime(2026, 11, 22, 18, tzinfo=UTC)
after = partial(happened, NOW)
POWER = ["date", "signature", "notary"]

Stand = Callable[..., RequestState]


@pytest.fixture
def stand(policy: Policy) -> Stand:
    """Give a function (events, facts) → the state of an agent's request."""

    def standing(*events: e.Event, **facts: Any) -> RequestState:
        agent = {"requester": Requester.AGENT_SIGNED, "channel": Channel.AGENT_PROTOCOL}
        return standing_at(policy, NOW, *events, **{**agent, **facts})

    return standing


def accept(state: RequestState, policy: Policy, **message: object) -> tuple[e.Event, ...]:
    """Accept a proof as staff do."""
    return actions.decide(
        "accept_authority", [{"decided_by": "s.lee", **message}], state, policy, NOW
    )


@pytest.mark.parametrize(
    ("facts", "message", "lacks"),
    [
        ({"agent_entity": True}, {"form": "signed_permission"}, "Secretary of State"),
        ({}, {"form": "power_of_attorney"}, "notary"),
        ({}, {"form": "power_of_attorney", "seen": ["date", "signature"]}, "two adult witnesses"),
        ({}, {"form": "power_of_attorney", "seen": ["notary", "date"]}, "signature"),
        ({}, {"form": "signed_permission", "seen": ["canary"]}, "registration"),
        ({}, {"form": "video_call"}, "signed_permission"),
    ],
)
def test_a_proof_that_falls_short_is_refused_with_what_it_lacks(
    stand: Stand, policy: Policy, facts: dict[str, Any], message: dict[str, Any], lacks: str
) -> None:
    """Companies are registered, powers are dated, signed and attested (AGT-03, AGT-04)."""
    with pytest.raises(Refused) as refused:
        accept(stand(**facts), policy, **message)
    assert lacks in refused.value.sentence
    assert "canary" not in refused.value.sentence


def test_registration_is_asked_of_companies_and_for_checked_requests_only(
    stand: Stand, policy: Policy
) -> None:
    """A natural person needs none, nor does a company that opts somebody out (AGT-04, AGT-05)."""
    assert accept(stand(), policy, form="signed_permission")
    opt_out = stand(agent_entity=True, request_type=RequestType.OPT_OUT_SALE_SHARING)
    assert accept(opt_out, policy, form="signed_permission")
    marketing = stand(agent_entity=True, request_type=RequestType.MARKETING_OPT_OUT)
    assert not marketing.needs_authority


def test_a_power_of_attorney_asks_nothing_of_the_consumer_however_it_was_filed(
    stand: Stand, policy: Policy
) -> None:
    """Filed as a permission, proved as a power: the address need not be confirmed (AGT-03)."""
    state = stand()
    assert state.proves_address
    state = after(state, *accept(state, policy, form="power_of_attorney", seen=POWER))
    assert not state.proves_address
    assert state.assessment_is_due


def test_a_power_that_does_not_stand_leaves_a_permission(stand: Stand, policy: Policy) -> None:
    """The consumer then proves who they are, and gets the letter for it only now (AGT-03)."""
    state = stand(requester=Requester.AGENT_POA)
    accepted, letter = accept(state, policy, form="signed_permission")
    assert isinstance(letter, e.NoticeRequested)
    assert letter.notice is NoticeKind.ACKNOWLEDGEMENT
    assert letter.links
    assert after(state, accepted, letter).proves_address


def test_the_answer_goes_to_the_agent_only_if_the_permission_says_so(
    stand: Stand, policy: Policy
) -> None:
    """Otherwise it is the consumer's (AGT-07)."""
    readers = []
    for seen in ([], ["receives_answer"]):
        state = stand()
        state = after(state, *accept(state, policy, form="signed_permission", seen=seen))
        letter = receipt.acknowledgement(state, policy, NOW)
        readers.append(letter.facts["reader"])
    assert readers == [Reader.CONSUMER, Reader.REQUESTER]


def test_a_permission_that_was_taken_back_counts_no_more(stand: Stand, policy: Policy) -> None:
    """Staff end it while nothing is decided; at the window's end the request is denied (AGT-01)."""
    state = stand(e.AddressConfirmed(inbox=1))
    state = after(state, *accept(state, policy, form="signed_permission"))
    verified = e.IdentityVerified(points_counted=3, points_required=2, evidence=2)
    state = after(state, verified)
    assert state.awaits_decision
    refusal = [{"decided_by": "s.lee", "reason": "taken_back"}]
    ended = actions.decide("refuse_authority", refusal, state, policy, NOW)
    state = after(state, *ended)
    assert not state.authority_settled
    assert not state.awaits_decision
    (closed,) = identity.close_window(state, policy)
    assert isinstance(closed, e.VerificationWindowClosed)
    assert closed.outcome is VerificationOutcome.UNVERIFIED_DENY


def test_a_policy_may_ask_for_the_consumers_confirmation_instead(
    stand: Stand, policy: Policy
) -> None:
    """Then an address on file that confirms, and one person found, suffice (AGT-02)."""
    terms = policy.verification.agents.model_copy(
        update={"consumer_verifies_directly": False, "consumer_confirms_permission": True}
    )
    verification = policy.verification.model_copy(update={"agents": terms})
    other = policy.model_copy(update={"verification": verification})
    state = stand(e.AddressConfirmed(inbox=1), request_type=RequestType.KNOW_SPECIFIC)
    match: dict[str, Any] = {
        "points_counted": 1,
        "mismatches": 0,
        "ambiguous": False,
        "evidence": 1,
    }
    found = {
        (which is other, on_file): identity.assess(
            state, which, NOW, **match, address_on_file=on_file
        )[0]
        for which in (policy, other)
        for on_file in (True, False)
    }
    verified = [key for key, event in found.items() if isinstance(event, e.IdentityVerified)]
    assert verified == [(True, True)]


def test_an_agent_takes_back_what_it_asked_for_until_it_is_decided(
    stand: Stand, policy: Policy
) -> None:
    """Its own signed message is enough; afterwards it changes nothing (REC-07)."""
    asked: dict[str, Any] = {"row": 7, "kind": inbox.AGENT_REVOKED, "facts": {}}
    (event,) = inbox.receive(stand(), policy, NOW, **asked)
    assert isinstance(event, e.RequestWithdrawn)
    assert event.reason == "by_agent"
    decided = after(stand(), event)
    (late,) = inbox.receive(decided, policy, NOW, **{**asked, "row": 8})
    assert isinstance(late, e.MessageIgnored)


def test_an_unproved_address_gets_its_letter_twice_at_most(stand: Stand, policy: Policy) -> None:
    """Whoever asks for it again, on the consumer's behalf or not (NOT-05)."""
    state = stand()
    state = after(state, *receipt.confirm_receipt(state, policy, NOW))
    kinds = []
    for row in (1, 2):
        asked: dict[str, Any] = {"row": row, "kind": inbox.LINK_REQUESTED, "facts": {}}
        events = inbox.receive(state, policy, NOW, **asked)
        state = after(state, *events)
        kinds.append([event.type for event in events])
    assert kinds == [["StatusLinkRequested", "NoticeRequested"], ["MessageIgnored"]]


def test_what_is_taken_back_is_verified_no_further(stand: Stand, policy: Policy) -> None:
    """It goes on to its letter at once, whatever the consumer has still not proved (REC-07)."""
    state = stand()
    assert not state.identity_settled
    taken_back = e.RequestWithdrawn(actor=e.Actor(id="agent"), reason="by_agent")
    assert after(state, taken_back).identity_settled


def test_an_agent_without_software_hears_that_the_consumer_has_the_answer(
    stand: Stand, policy: Policy
) -> None:
    """A letter to each, and the agent's tells nothing of the answer; software asks (AGT-07)."""
    for channel, kinds in (
        (Channel.POST, [NoticeKind.DENIAL, NoticeKind.AGENT_TOLD]),
        (Channel.AGENT_PROTOCOL, [NoticeKind.DENIAL]),
    ):
        taken_back = e.RequestWithdrawn(actor=e.Actor(id="agent"), reason="by_agent")
        asked = outcome.answer(stand(taken_back, channel=channel), policy, NOW)
        notices = [event for event in asked if isinstance(event, e.NoticeRequested)]
        assert [each.notice for each in notices] == kinds
        assert notices[0].facts["reader"] == Reader.CONSUMER
        assert notices[-1].tells_outcome is (len(kinds) == 1)


def test_an_agent_gets_the_letter_of_an_extension_too(stand: Stand, policy: Policy) -> None:
    """To both, and the consumer's is the one that must be on its way in time (CLK-05, AGT-07)."""
    for channel, readers in (
        (Channel.POST, [Reader.CONSUMER, Reader.REQUESTER]),
        (Channel.AGENT_PROTOCOL, [Reader.CONSUMER]),
    ):
        state = stand(e.AddressConfirmed(inbox=1), channel=channel)
        sent = {"decided_by": "s.lee", "reason": "large_volume"}
        events = actions.decide("extend_deadline", [sent], state, policy, NOW)
        letters = [one for one in events if isinstance(one, e.NoticeRequested)]
        assert [one.facts["reader"] for one in letters] == readers
        assert {one.notice for one in letters} == {NoticeKind.EXTENSION}
        assert after(state, *events).extension is not None
        [approved] = [one for one in events if isinstance(one, e.ExtensionApproved)]
        assert approved.letter == state.n + 1


def test_an_agent_is_not_written_to_for_ever(stand: Stand, policy: Policy) -> None:
    """Whoever asks for links in its name, until it has answered once (NOT-05)."""
    state, written = stand(), []
    for row in range(3):
        asked: dict[str, Any] = {"row": row, "kind": inbox.LINK_REQUESTED, "facts": {"agent": True}}
        events = inbox.receive(state, policy, NOW, **asked)
        written += [one.facts["reader"] for one in events if isinstance(one, e.NoticeRequested)]
        state = after(state, *events)
    assert written == [Reader.REQUESTER, Reader.REQUESTER]


def test_a_company_is_asked_for_its_registration(stand: Stand, policy: Policy) -> None:
    """In the letter that asks for proof, where identity is checked at all (AGT-04)."""
    asked = []
    for kind in (RequestType.DELETE, RequestType.OPT_OUT_SALE_SHARING):
        state = stand(agent_entity=True, request_type=kind)
        letters = receipt.confirm_receipt(state, policy, NOW)
        asked += [
            letter.facts["agent_is_entity"]
            for letter in letters
            if isinstance(letter, e.NoticeRequested) and letter.notice is NoticeKind.AGENT_PROOF
        ]
    assert asked == [True, False]
