"""Whether a checked proof lets somebody act for the consumer, and what follows (AGT)."""

from datetime import datetime

from domain import agents, messages
from domain import events as e
from domain.agents import POWER, Seen
from domain.decisions import receipt
from domain.policy import Policy
from domain.refusals import Refused
from domain.state import RequestState
from domain.vocabulary import AgentOutcome, Requester

_JUDGED_BY_FORM = frozenset({Requester.AGENT_SIGNED, Requester.AGENT_POA, Requester.CONSERVATOR})
"""Of whom the rules judge what the form shows; of others, such as a parent, staff judge alone."""

_SHORT_OF = frozenset({AgentOutcome.NEED_AGENT_PROOF, AgentOutcome.DENY_AGENT_UNAUTHORIZED})


def must_suffice(state: RequestState, policy: Policy, message: messages.AcceptAuthority) -> None:
    """Refuse to accept what does not show that somebody may ask.

    Raises:
        Refused: with what the proof must show.
    """
    unknown = [name for name in message.seen if name not in set(Seen)]
    if unknown:
        raise Refused(f'"seen" knows these words only: {", ".join(Seen)}.')
    if state.requester not in _JUDGED_BY_FORM:
        return
    outcome = _assess(state, policy, message.form, message.seen, window_open=True)
    if outcome in _SHORT_OF and message.form == POWER:
        raise Refused(
            "A power of attorney shows a date, the consumer's signature, and a notary or two adult "
            'witnesses. Send what you saw, for example "seen": ["date", "signature", "notary"]. '
            "One that lacks something counts as no more than a signed permission."
        )
    if outcome in _SHORT_OF:
        raise Refused(
            "A company that acts as agent must be registered with the Secretary of State. Send "
            '"seen": ["registration"] once you found it, or refuse_authority to ask for it.'
        )


def letters_after(
    state: RequestState, policy: Policy, form: str, now: datetime
) -> tuple[e.Event, ...]:
    """Write to the consumer who has to prove something only now: the power did not stand (AGT-03).

    Their first letter asked for nothing.
    """
    acts = state.model_copy(
        update={"authority": form, "requester": agents.acts_by(form, state.requester)}
    )
    if state.proves_address or not acts.proves_address:
        return ()
    return (receipt.acknowledgement(acts, policy, now),)


def is_unauthorized(state: RequestState, policy: Policy) -> bool:
    """Tell whether the window ends without a proof that somebody may ask (AGT-01, REQ-05)."""
    if state.requester not in _JUDGED_BY_FORM or not state.needs_authority:
        return not state.authority_settled
    outcome = _assess(state, policy, state.authority, state.authority_seen, window_open=False)
    return outcome is AgentOutcome.DENY_AGENT_UNAUTHORIZED


def asks_confirmation(state: RequestState, policy: Policy) -> bool:
    """Tell whether the consumer confirms the permission instead of being verified (AGT-02)."""
    confirms = policy.verification.agents.consumer_confirms_permission
    return confirms and state.requester is Requester.AGENT_SIGNED


def _assess(
    state: RequestState,
    policy: Policy,
    form: str,
    seen: tuple[str, ...],
    *,
    window_open: bool,
) -> AgentOutcome:
    shown = agents.authority_shown(
        form,
        frozenset(Seen(name) for name in seen),
        entity=state.agent_entity,
        consumer_verified=state.verified is not None,
        consumer_confirmed=state.address_confirmed,
    )
    return agents.assess_agent(
        policy, state.request_type, state.residency, shown, window_open=window_open
    )
