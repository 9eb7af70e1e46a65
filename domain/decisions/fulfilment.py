"""Which kind of fulfilment a decision calls for, and what its steps come to."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum

from domain import clocks
from domain import events as e
from domain.calendar import holidays, last_business_day_until
from domain.days import local_instant
from domain.notice_words import DirectedAction
from domain.notices import Retained
from domain.policy import Policy
from domain.state import ProviderView, RequestState
from domain.vocabulary import Decision, ProviderStanding


class Strategy(StrEnum):
    """Kinds of fulfilment."""

    NOTHING = "nothing"
    ERASE = "erase"
    OPT_OUT = "opt_out"


def strategy(state: RequestState) -> Strategy:
    """Return what must be done; ``NOTHING`` once it is done, and for a denial."""
    if state.decision is Decision.GRANT and state.erased is None:
        return Strategy.ERASE
    treated_as_opt_out = state.decision is Decision.UNVERIFIED_TREAT_AS_OPT_OUT
    if treated_as_opt_out and state.opted_out_on is None:
        return Strategy.OPT_OUT
    return Strategy.NOTHING


def opted_out(policy: Policy, now: datetime) -> e.OptOutApplied:
    """Say from when the person counts as opted out (VER-08)."""
    return e.OptOutApplied(effective_on=clocks.local_date(now, policy))


class ProvidersOrder(e.Fact):
    """What the providers of a request are told, and whom it may concern."""

    action: DirectedAction
    receipt_date: date
    collections: tuple[str, ...]
    exceptions: tuple[Retained, ...]


def order_of(state: RequestState) -> ProvidersOrder:
    """Return what to tell providers that may hold what was found (DEL-04, DEL-07)."""
    assert state.dates is not None, "providers are directed after receipt"
    assert state.plan is not None, "providers are directed after the erasure"
    kept = [each for each in state.plan.retained if each.rows]
    return ProvidersOrder(
        action=DirectedAction.DELETE,
        receipt_date=state.dates.receipt_date,
        collections=tuple(state.plan.rows),
        exceptions=tuple(Retained(collection=each.collection, ground=each.ground) for each in kept),
    )


def providers_directed(
    state: RequestState, policy: Policy, providers: Mapping[str, str], now: datetime
) -> e.ProvidersDirected:
    """Say who was directed and until when the answer waits for them (SVC-02).

    Never past the planned sending date of the answer: silence of a provider does not delay it.
    """
    assert state.respond_by is not None
    send_by = last_business_day_until(state.respond_by, holidays(policy))
    answer_by = local_instant(send_by, policy.warn_at, policy)
    confirm_by = clocks.provider_dates(policy, now).confirm_deadline
    return e.ProvidersDirected(providers=dict(providers), wait_until=min(answer_by, confirm_by))


def provider_reported(
    state: RequestState,
    *,
    provider: str,
    standing: ProviderStanding,
    at: datetime,
    final: bool,
    head: str,
) -> tuple[e.Event, ...]:
    """Take over where a provider stands by its stream; nothing new brings no event."""
    known = (state.providers or {}).get(provider, ProviderView(name=provider))
    if known.final or (known.standing is standing and known.final == final):
        return ()
    report = e.ProviderReported(provider=provider, standing=standing, at=at, final=final, head=head)
    return (report,)
