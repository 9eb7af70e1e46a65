"""Who may ask for another: permissions, powers of attorney, registration (AGT-01 to AGT-08)."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.agents import Authority, PowerOfAttorney, assess_agent, is_valid, may_be_asked, reader
from domain.notice_words import Reader
from domain.policy import Policy
from domain.vocabulary import RequestType, Residency

WHOLE = PowerOfAttorney(dated=True, signed=True, notarized=True)
AUTHORITIES = st.builds(
    Authority,
    entity=st.booleans(),
    entity_registered=st.booleans(),
    signed_permission=st.booleans(),
    consumer_verified=st.booleans(),
    consumer_confirmed=st.booleans(),
)


def _outcome(
    policy: Policy, authority: Authority, *, kind: RequestType = RequestType.DELETE, at_end: bool
) -> str:
    return assess_agent(policy, kind, Residency.CA, authority, window_open=not at_end)


@pytest.mark.parametrize(
    ("authority", "open_", "closed"),
    [
        (Authority(), "NEED_AGENT_PROOF", "DENY_AGENT_UNAUTHORIZED"),
        (Authority(signed_permission=True), "NEED_CONSUMER_VERIFICATION", "DENY_UNVERIFIED"),
        (Authority(signed_permission=True, consumer_verified=True), "ACCEPT", "ACCEPT"),
        (
            Authority(signed_permission=True, consumer_verified=True, entity=True),
            "NEED_AGENT_PROOF",
            "DENY_AGENT_UNAUTHORIZED",
        ),
        (
            Authority(
                signed_permission=True, consumer_verified=True, entity=True, entity_registered=True
            ),
            "ACCEPT",
            "ACCEPT",
        ),
        (Authority(power_of_attorney=WHOLE), "ACCEPT", "ACCEPT"),
        (Authority(letters_of_conservatorship=True), "ACCEPT", "ACCEPT"),
    ],
)
def test_what_an_agent_lacks_can_be_sent_until_the_window_closes(
    policy: Policy, authority: Authority, open_: str, closed: str
) -> None:
    """Permission, registration, the consumer's check; then denial (AGT-01 to AGT-04, AGT-08)."""
    assert _outcome(policy, authority, at_end=False) == open_
    assert _outcome(policy, authority, at_end=True) == closed


@pytest.mark.parametrize(
    ("changes", "valid"),
    [
        ({}, True),
        ({"notarized": False}, False),
        ({"notarized": False, "adult_witnesses": 1}, False),
        ({"notarized": False, "adult_witnesses": 2}, True),
        ({"dated": False}, False),
        ({"signed": False}, False),
        ({"section": 4000}, True),
        ({"section": 4465}, True),
        ({"section": 4466}, False),
        ({"section": 400}, False),
    ],
)
def test_a_power_of_attorney_has_its_form(
    policy: Policy, changes: dict[str, int], valid: bool
) -> None:
    """Date, signature, notary or two adult witnesses, Probate Code 4000 to 4465 (AGT-03)."""
    power = WHOLE.model_copy(update=changes)
    assert is_valid(policy.verification.agents, power) is valid


@pytest.mark.parametrize(
    ("kind", "bare", "permitted"),
    [
        (RequestType.OPT_OUT_SALE_SHARING, "NEED_AGENT_PROOF", "ACCEPT"),
        (RequestType.LIMIT_SPI, "NEED_AGENT_PROOF", "ACCEPT"),
        (RequestType.GPC_SIGNAL, "ACCEPT", "ACCEPT"),
        (RequestType.MARKETING_OPT_OUT, "ACCEPT", "ACCEPT"),
    ],
)
def test_choices_ask_for_the_permission_only(
    policy: Policy, kind: RequestType, bare: str, permitted: str
) -> None:
    """Neither identity nor registration is asked of an opt-out (AGT-04, AGT-05, REQ-10)."""
    permission = Authority(signed_permission=True, entity=True)
    assert _outcome(policy, Authority(entity=True), kind=kind, at_end=False) == bare
    assert _outcome(policy, permission, kind=kind, at_end=False) == permitted


def test_a_company_may_choose_the_consumers_confirmation_instead(policy: Policy) -> None:
    """Either step of the consumer is enough where the policy chose it (AGT-02)."""
    terms = policy.verification.agents.model_copy(
        update={"consumer_verifies_directly": False, "consumer_confirms_permission": True}
    )
    verification = policy.verification.model_copy(update={"agents": terms})
    other = policy.model_copy(update={"verification": verification})
    confirmed = Authority(signed_permission=True, consumer_confirmed=True)
    verified = Authority(signed_permission=True, consumer_verified=True)
    assert _outcome(other, confirmed, at_end=False) == "ACCEPT"
    assert _outcome(other, verified, at_end=False) == "NEED_CONSUMER_VERIFICATION"


def test_both_steps_and_a_power_may_not_be_demanded() -> None:
    """One direct step of the consumer at most, and a power of attorney never (AGT-02, AGT-03)."""
    lawful = {
        asked
        for asked in product((False, True), repeat=3)
        if may_be_asked(verification=asked[0], confirmation=asked[1], power_of_attorney=asked[2])
    }
    assert lawful == {(False, False, False), (True, False, False), (False, True, False)}


def test_the_copy_goes_to_the_consumer() -> None:
    """Unless the permission expressly lets the agent receive it (AGT-07)."""
    assert reader(Authority()) is Reader.CONSUMER
    assert reader(Authority(may_receive_answer=True)) is Reader.REQUESTER


@given(authority=AUTHORITIES, kind=st.sampled_from(RequestType))
def test_nobody_is_refused_while_the_window_is_open(
    policy: Policy, authority: Authority, kind: RequestType
) -> None:
    """Agents are never turned away for asking in another's name (AGT-06, AGT-09)."""
    assert not _outcome(policy, authority, kind=kind, at_end=False).startswith("DENY")
