"""What the steps of a fulfilment come to, and whom it concerns beside us."""

from datetime import date, datetime

from domain import clocks
from domain import events as e
from domain.calendar import holidays, last_business_day_until
from domain.days import local_instant
from domain.decisions.outcome import outcome
from domain.direction import LAST_WORDS
from domain.notice_words import DirectedAction
from domain.notices import Retained
from domain.paths import path_of
from domain.policy import Policy
from domain.request_parts import ProviderView
from domain.state import RequestState
from domain.vocabulary import Decision, ProviderStanding

BY_RULE = "no_check_needed"
"""The policy's reason for an approval that the law asks nobody to think about."""

_TOLD = {Decision.GRANT, Decision.GRANT_PARTIAL, Decision.DENY}
_CHOICES = {DirectedAction.STOP_SALE_SHARING, DirectedAction.LIMIT, DirectedAction.SUPPRESS}


def opted_out(policy: Policy, now: datetime) -> e.OptOutApplied:
    """Say from when the person counts as opted out (VER-08)."""
    return e.OptOutApplied(effective_on=clocks.local_date(now, policy))


def choice_applied(state: RequestState, policy: Policy, now: datetime) -> e.ChoiceApplied:
    """Say from when a choice holds (OPT-01, OPT-08, REQ-10)."""
    path = path_of(state.request_type)
    assert path.choice is not None, "only paths that choose come here"
    effective_on = clocks.local_date(now, policy)
    return e.ChoiceApplied(scope=path.choice, opts_in=path.opts_in, effective_on=effective_on)


def report_compiled(compiled: e.ReportCompiled) -> tuple[e.Event, ...]:
    """Let a report go out at once, unless something in it wants a person's eye (KNO-08, RED-12)."""
    if compiled.needs_review:
        return (compiled,)
    return (compiled, e.ReportReleased(actor=e.ENGINE))


def by_rule(state: RequestState) -> tuple[e.Event, ...]:
    """Approve what needs no person's decision: choices are carried out at once (REQ-09, OPT-02)."""
    if not path_of(state.request_type).by_rule:
        return ()
    return (e.RequestApproved(actor=e.ENGINE, reason=BY_RULE, confirmed_grounds=()),)


def of_planted(state: RequestState) -> tuple[e.Event, ...]:
    """Approve the deletion of the consumer who does not exist, once what is held was counted."""
    if not state.synthetic or state.holdings is None or not state.awaits_decision:
        return ()
    canary = e.Actor(id="canary", known="system")
    grounds = tuple(sorted({kept.ground for kept in state.holdings.retained}))
    return (e.RequestApproved(actor=canary, reason=BY_RULE, confirmed_grounds=grounds),)


def action_of(state: RequestState) -> DirectedAction | None:
    """Return what others are told to do, if anything (DEL-07).

    A deletion that nobody could verify is an opt-out, and those who buy are told so (VER-08).
    """
    if state.decision is Decision.UNVERIFIED_TREAT_AS_OPT_OUT:
        return DirectedAction.STOP_SALE_SHARING
    granted = state.decision is Decision.GRANT and outcome(state) in _TOLD
    return path_of(state.request_type).directs if granted else None


def owes_directions(state: RequestState) -> bool:
    """Tell whether providers are still to be told."""
    decided = state.decision is not None and state.fulfilled
    return decided and state.providers is None and action_of(state) is not None


class ProvidersOrder(e.Fact):
    """What the providers of a request are told, and whom it may concern.

    ``age_band``: of the young everything may be sensitive (MIN-08).
    """

    action: DirectedAction
    age_band: str
    receipt_date: date
    collections: tuple[str, ...]
    exceptions: tuple[Retained, ...]


def order_of(state: RequestState) -> ProvidersOrder:
    """Return what to tell providers that may hold what was found (DEL-04, DEL-07)."""
    action = action_of(state) or path_of(state.request_type).directs
    assert state.dates is not None, "providers are directed after receipt"
    assert action is not None, "only requests that direct come here"
    kept = [each for each in state.plan.retained if each.rows] if state.plan else []
    held = state.plan.rows if state.plan else state.holdings.rows if state.holdings else {}
    return ProvidersOrder(
        action=action,
        age_band=state.age_band,
        receipt_date=state.dates.receipt_date,
        collections=tuple(held),
        exceptions=tuple(Retained(collection=each.collection, ground=each.ground) for each in kept),
    )


def answered_at_once(action: DirectedAction | None) -> bool:
    """Tell whether the answer waits for no provider.

    A choice is confirmed at once: it holds here, whatever others still have to do (CLK-07).
    """
    return action in _CHOICES


def wait_for_providers(state: RequestState, policy: Policy, now: datetime) -> datetime:
    """Return until when the answer waits for providers that are directed now (SVC-02).

    Never past the planned sending date of the answer: silence of a provider does not delay it.
    """
    assert state.respond_by is not None
    send_by = last_business_day_until(state.respond_by, holidays(policy))
    answer_by = local_instant(send_by, policy.warn_at, policy)
    confirm_by = clocks.provider_dates(policy, now).confirm_deadline
    return now if answered_at_once(action_of(state)) else min(answer_by, confirm_by)


def provider_reported(
    state: RequestState,
    *,
    provider: str,
    standing: ProviderStanding,
    at: datetime,
    final: bool,
    head: str,
) -> tuple[e.Event, ...]:
    """Take over where a provider stands by its stream; nothing new brings no event.

    Neither does a report that a later one has outrun. After the end of its direction only a late
    last word is news, and the first of them.
    """
    known = (state.providers or {}).get(provider, ProviderView(name=provider))
    settled = known.final and known.standing in LAST_WORDS
    outrun = not final and (known.final or (known.at is not None and at < known.at))
    if settled or outrun or (known.standing is standing and known.final == final):
        return ()
    report = e.ProviderReported(provider=provider, standing=standing, at=at, final=final, head=head)
    return (report,)
