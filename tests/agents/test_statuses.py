"""The protocol's states, folded from our events."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from agents.directory import Directory
from agents.statuses import Known, Reason, Status, status_of
from domain import events as e
from domain.policy import Policy
from domain.state import RequestState
from domain.vocabulary import (
    Channel,
    Decision,
    NoticeKind,
    Requester,
    RequestType,
    VerificationOutcome,
)
from providers.located import InvalidFile, parse
from tests.happenings import stand as stand_at

NOW = datetime(2026, 11, 22, 18, tzinfo=UTC)
KNOWN = Known(
    drp_id=UUID("c789ff35-7644-4ceb-9981-4b35c264aac3"),
    received_at=NOW,
    due=NOW + timedelta(days=45),
    agent_request_id="helpers-1",
    verification_url="https://privacy.example.com/verify/c789ff35",
)
STAFF = e.Actor(id="s.lee")
ACCEPTED = e.AuthorityAccepted(actor=STAFF, form="signed_permission")
VERIFIED = e.IdentityVerified(points_counted=3, points_required=2, evidence=2)
CONFIRMED = e.AddressConfirmed(inbox=1)
PROVED = (CONFIRMED, ACCEPTED, VERIFIED)
APPROVED = e.RequestApproved(actor=STAFF, reason="verified", confirmed_grounds=())


def stand(policy: Policy, *events: e.Event, **facts: Any) -> RequestState:
    """Return the state of an agent's request to which these events happened."""
    agent = {"requester": Requester.AGENT_SIGNED, "channel": Channel.AGENT_PROTOCOL}
    return stand_at(policy, NOW, *events, **{**agent, **facts})


def answered(outcome: Decision) -> e.RequestAnswered:
    """Return the event that ends a request's clock."""
    return e.RequestAnswered(outcome=outcome, letter=9, accepted_at=NOW)


def denied(reason: str) -> tuple[e.Event, ...]:
    """Return what a denial by staff leads to."""
    return (e.RequestDenied(actor=STAFF, reason=reason), answered(Decision.DENY))


def closed(outcome: VerificationOutcome) -> tuple[e.Event, ...]:
    """Return what the end of the evidence window leads to."""
    return (e.VerificationWindowClosed(outcome=outcome), answered(Decision(outcome.value)))


def told(policy: Policy, *events: e.Event, **facts: Any) -> Status:
    """Return the status after these events."""
    return status_of(KNOWN, stand(policy, *events, **facts), policy)


WITHDRAWN = e.RequestWithdrawn(actor=STAFF, reason="by_agent")
STATES: dict[str, tuple[tuple[e.Event, ...], str, Reason | None]] = {
    "received": ((), "in_progress", Reason.NEED_USER_VERIFICATION),
    "confirmed": ((CONFIRMED,), "in_progress", None),
    "decided and not answered": ((*PROVED, APPROVED), "in_progress", None),
    "granted": ((*PROVED, APPROVED, answered(Decision.GRANT)), "fulfilled", None),
    "granted in part": ((APPROVED, answered(Decision.GRANT_PARTIAL)), "fulfilled", None),
    "nothing held": ((APPROVED, answered(Decision.NO_DATA)), "denied", Reason.NO_MATCH),
    "fraud": (denied("fraudulent"), "denied", Reason.SUSPECTED_FRAUD),
    "the law": (denied("legal_obligation"), "denied", Reason.CLAIM_NOT_COVERED),
    "one too many": (
        (e.ExcessRefused(actor=STAFF, reason="too_many"), answered(Decision.REFUSE_EXCESS)),
        "denied",
        Reason.TOO_MANY_REQUESTS,
    ),
    "never verified": (
        closed(VerificationOutcome.UNVERIFIED_TREAT_AS_OPT_OUT),
        "denied",
        Reason.INSUF_VERIFICATION,
    ),
    "no permission": (
        closed(VerificationOutcome.UNVERIFIED_DENY),
        "denied",
        Reason.INSUF_VERIFICATION,
    ),
    "taken back": ((WITHDRAWN,), "revoked", None),
    "taken back and answered": ((WITHDRAWN, answered(Decision.WITHDRAWN)), "revoked", None),
    "not me": ((e.RequestDisowned(inbox=2),), "denied", Reason.INSUF_VERIFICATION),
}


@pytest.mark.parametrize("name", STATES)
def test_each_stage_has_its_state(policy: Policy, name: str) -> None:
    """Denials are explained, and only what waits for the consumer has a page (section 3.02)."""
    events, status, reason = STATES[name]
    found = told(policy, *events)
    assert (found.status, found.reason) == (status, reason)
    waits = reason is Reason.NEED_USER_VERIFICATION
    assert (found.user_verification_url is not None) is waits
    assert (found.expires_at is not None) is waits
    assert (found.expected_by is not None) is (status == "in_progress")
    assert found.agent_request_id == "helpers-1"
    if status == "denied":
        assert found.processing_details
    assert found.final is (status != "in_progress")


def test_an_extension_names_its_reason(policy: Policy) -> None:
    """Only one that holds, with the sentence that the consumer was told (section 3.08, CLK-05)."""
    approved = e.ExtensionApproved(
        actor=STAFF,
        reason="complex_systems",
        extra_days=45,
        new_due=date(2027, 2, 20),
        notice_deadline=NOW,
        letter=5,
    )
    asked = e.NoticeRequested(notice=NoticeKind.EXTENSION, facts={})
    before = told(policy, *PROVED, asked, approved)
    after = told(policy, *PROVED, asked, approved, e.DeadlineExtended(new_due=approved.new_due))
    assert before.processing_details is None
    assert (after.processing_details or "").startswith("Extended to 2027-02-20: ")


def test_opt_outs_and_powers_ask_nothing_of_the_consumer(policy: Policy) -> None:
    """Neither comes to need_user_verification (AGT-03, AGT-05)."""
    opt_out = told(policy, request_type=RequestType.OPT_OUT_SALE_SHARING)
    power = told(policy, requester=Requester.AGENT_POA)
    assert (opt_out.reason, power.reason) == (None, None)
    assert "power of attorney" in (power.processing_details or "")


def test_what_is_being_taken_back_counts_as_revoked(policy: Policy) -> None:
    """The protocol has the answer to a revocation say so at once."""
    revoking = KNOWN.model_copy(update={"revoking": True})
    assert status_of(revoking, stand(policy), policy).status == "revoked"


ENTRY = """{"id": "CR_AA_01", "name": "Helpers", "verify_key": "%s", "web_url": "%s",
 "business_contact": "%s", "identity_assurance_url": "https://x.example"}"""
KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="


def entry(key: str = KEY, web: str = "https://www.helpers.example", contact: str = "a@b.co") -> str:
    """Return one entry as the network's directory has it."""
    return ENTRY % (key, web, contact)


def test_a_directory_is_read_as_the_network_hands_it_out() -> None:
    """A bare list in JSON, the same in YAML below ``agents:``, an empty file: all are read."""
    listed = parse(Directory, f"[{entry()}]", "agents.json")
    named = parse(Directory, f"agents: [{entry()}]", "agents.yaml")
    assert listed == named
    assert parse(Directory, "", "agents.yaml").agents == ()
    (agent,) = listed.agents
    assert (agent.mailbox, agent.hosts, len(agent.key)) == ("a@b.co", ("helpers.example",), 32)


def wrong_directories() -> Iterator[tuple[str, str]]:
    """Yield directories with a fault, and a word of its explanation."""
    yield f"[{entry(key='canary')}]", "Base64"
    yield f"[{entry(key='AAEC')}]", "Ed25519"
    yield f"[{entry(contact='Jo')}]", "e-mail"
    yield f"[{entry(web='https://[x')}]", "web address"
    yield f"[{entry()}, {entry()}]", "twice"
    yield f"[{entry()[:-1]}, 'callback_hosts': ['https://x.example']}}]", "host name"
    yield "agents: 7", "agents"
    yield "[", "YAML"


@pytest.mark.parametrize(("text", "word"), list(wrong_directories()))
def test_a_wrong_directory_is_refused_by_file_and_line(text: str, word: str) -> None:
    """Each fault says where it stands and what to do."""
    with pytest.raises(InvalidFile) as refused:
        parse(Directory, text, "agents.json")
    assert str(refused.value).startswith("agents.json:")
    assert word in str(refused.value)


@pytest.mark.parametrize(
    ("url", "owned"),
    [
        ("https://helpers.example/status", True),
        ("https://api.helpers.example:8443/status?x=1", True),
        ("https://HELPERS.example/", True),
        ("https://evilhelpers.example/", False),
        ("https://helpers.example.evil.example/", False),
        ("https://helpers.example@evil.example/", False),
        ("https://evil.example/#@helpers.example", False),
        ("https://evil.example\\@helpers.example/", False),
        ("javascript:alert(1)//helpers.example", False),
        ("//helpers.example/", False),
        ("https://[helpers.example/", False),
        ("", False),
    ],
)
def test_addresses_are_an_agents_only_on_its_own_hosts(url: str, owned: bool) -> None:
    """Callbacks and the way back from our page lead nowhere else."""
    (agent,) = parse(Directory, f"[{entry()}]", "agents.json").agents
    assert agent.owns(url) is owned
