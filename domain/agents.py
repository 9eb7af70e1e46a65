"""Whether an agent may ask: permission, power of attorney, registration (AGT)."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from domain.notice_words import Reader
from domain.policy import Policy
from domain.policy_terms.identity import AgentTerms
from domain.verification import is_required
from domain.vocabulary import AgentOutcome, Requester, RequestType, Residency

OPEN_TO_ANYBODY = frozenset({RequestType.GPC_SIGNAL, RequestType.MARKETING_OPT_OUT})
"""Requests for which nobody is asked in whose name they come (AGT-05, REQ-10)."""


PERMISSION = "signed_permission"
POWER = "power_of_attorney"
CONSERVATORSHIP = "letters_of_conservatorship"
"""Forms of authority that an agent or conservator shows; parents are confirmed otherwise."""

_ACTS_BY = {PERMISSION: Requester.AGENT_SIGNED, POWER: Requester.AGENT_POA}


class Seen(StrEnum):
    """What staff found on a proof of authority, beside its form (AGT-03, AGT-04, AGT-07)."""

    DATE = "date"
    SIGNATURE = "signature"
    NOTARY = "notary"
    TWO_WITNESSES = "two_witnesses"
    REGISTRATION = "registration"
    RECEIVES_ANSWER = "receives_answer"


class _Facts(BaseModel):
    model_config = ConfigDict(frozen=True)


class PowerOfAttorney(_Facts):
    """What a power of attorney shows; ``section`` of the Probate Code, where one is named."""

    dated: bool = False
    signed: bool = False
    notarized: bool = False
    adult_witnesses: int = 0
    section: int | None = None


class Authority(_Facts):
    """What an agent has shown so far.

    ``consumer_verified`` is the consumer's own identity at the tier of the request,
    ``consumer_confirmed`` the consumer's own word that the permission is genuine.
    """

    entity: bool = False
    entity_registered: bool = False
    signed_permission: bool = False
    power_of_attorney: PowerOfAttorney | None = None
    letters_of_conservatorship: bool = False
    consumer_verified: bool = False
    consumer_confirmed: bool = False
    may_receive_answer: bool = False


def authority_shown(
    form: str,
    seen: frozenset[Seen],
    *,
    entity: bool,
    consumer_verified: bool = False,
    consumer_confirmed: bool = False,
) -> Authority:
    """Return what a checked proof amounts to; without a form, nothing was shown yet."""
    power = PowerOfAttorney(
        dated=Seen.DATE in seen,
        signed=Seen.SIGNATURE in seen,
        notarized=Seen.NOTARY in seen,
        adult_witnesses=2 if Seen.TWO_WITNESSES in seen else 0,
    )
    return Authority(
        entity=entity,
        entity_registered=Seen.REGISTRATION in seen,
        signed_permission=form == PERMISSION,
        power_of_attorney=power if form == POWER else None,
        letters_of_conservatorship=form == CONSERVATORSHIP,
        consumer_verified=consumer_verified,
        consumer_confirmed=consumer_confirmed,
        may_receive_answer=Seen.RECEIVES_ANSWER in seen,
    )


def acts_by(form: str, requester: Requester) -> Requester:
    """Return as whom an agent acts once a proof is accepted: its form decides (AGT-03).

    A power of attorney that does not stand leaves the agent with a signed permission, and an agent
    who turns out to hold a power needs nothing of the consumer.
    """
    agents = {Requester.AGENT_SIGNED, Requester.AGENT_POA}
    return _ACTS_BY.get(form, requester) if requester in agents else requester


def assess_agent(
    policy: Policy,
    request_type: RequestType,
    residency: Residency,
    authority: Authority,
    *,
    window_open: bool,
) -> AgentOutcome:
    """Judge an agent's authority (AGT-01 to AGT-05, AGT-08).

    What is missing can be sent until the window closes; then the request is denied for it.
    """
    if request_type in OPEN_TO_ANYBODY or _stands_for_consumer(policy, authority):
        return AgentOutcome.ACCEPT
    terms, checked = policy.verification.agents, is_required(policy, request_type, residency)
    if not authority.signed_permission or (checked and _lacks_registration(terms, authority)):
        return _either(
            window_open, AgentOutcome.NEED_AGENT_PROOF, AgentOutcome.DENY_AGENT_UNAUTHORIZED
        )
    if checked and not _consumer_has_acted(terms, authority):
        return _either(
            window_open, AgentOutcome.NEED_CONSUMER_VERIFICATION, AgentOutcome.DENY_UNVERIFIED
        )
    return AgentOutcome.ACCEPT


def is_valid(terms: AgentTerms, power: PowerOfAttorney | None) -> bool:
    """Tell whether a power of attorney stands (AGT-03); one that does not is no proof at all."""
    if power is None:
        return False
    first, last = terms.poa_probate_sections_from, terms.poa_probate_sections_to
    in_range = power.section is None or first <= power.section <= last
    attested = power.notarized or power.adult_witnesses >= terms.poa_adult_witnesses
    return power.dated and power.signed and attested and in_range


def may_be_asked(*, verification: bool, confirmation: bool, power_of_attorney: bool) -> bool:
    """Tell whether a company may ask all of this: one step of the consumer, never a power (AGT-02).

    ``verification`` is the consumer's identity, ``confirmation`` the consumer's word on the
    permission; a power of attorney may never be demanded (AGT-03).
    """
    return not (verification and confirmation) and not power_of_attorney


def reader(authority: Authority) -> Reader:
    """Return who gets an answer with personal data: the consumer, by default (AGT-07)."""
    return Reader.REQUESTER if authority.may_receive_answer else Reader.CONSUMER


def _stands_for_consumer(policy: Policy, authority: Authority) -> bool:
    valid = is_valid(policy.verification.agents, authority.power_of_attorney)
    return valid or authority.letters_of_conservatorship


def _lacks_registration(terms: AgentTerms, authority: Authority) -> bool:
    asked = authority.entity and terms.require_entity_registration
    return asked and not authority.entity_registered


def _consumer_has_acted(terms: AgentTerms, authority: Authority) -> bool:
    if terms.consumer_confirms_permission:
        return authority.consumer_confirmed
    return authority.consumer_verified or not terms.consumer_verifies_directly


def _either(window_open: bool, while_open: AgentOutcome, at_close: AgentOutcome) -> AgentOutcome:
    return while_open if window_open else at_close
