"""The current details of a request: Markdown by which a lawyer can act, without personal data."""

from collections.abc import Iterator
from datetime import date, datetime

from domain import clocks
from domain.actions import ACTIONS
from domain.decisions.staff import kept_grounds
from domain.paths import Proof, path_of
from domain.policy import Policy
from domain.state import RequestState, Stage
from domain.vocabulary import RequestType

_STAGE_IN_WORDS = {
    Stage.RECEIVED: "Received; being opened.",
    Stage.VERIFYING: "We are waiting for the consumer to prove who they are.",
    Stage.DECIDING: "**Your decision is awaited.**",
    Stage.FULFILLING: "Approved; it is being carried out.",
    Stage.DIRECTING: "Done here; the service providers are directed, and we wait for their word.",
    Stage.ANSWERING: "The answer is being sent.",
    Stage.WAITING_FOR_PROVIDERS: "Answered; open until every provider has had its last word.",
    Stage.CLOSED: "Closed.",
}


def describe(state: RequestState, policy: Policy, now: datetime) -> str:
    """Return where a request stands, what is due when, and what staff can do."""
    return "\n".join(_lines(state, policy, now))


def _lines(state: RequestState, policy: Policy, now: datetime) -> Iterator[str]:
    yield f"### {state.request_id}: a request {path_of(state.request_type).in_words}"
    yield ""
    yield _STAGE_IN_WORDS[state.stage]
    yield ""
    yield from _dates(state, policy, now)
    yield from _identity(state, policy)
    yield from _holdings(state)
    yield from _providers(state)
    yield from _parked(state)
    yield from _refusal(state)
    yield from _buttons(state)


def _dates(state: RequestState, policy: Policy, now: datetime) -> Iterator[str]:
    if state.dates is None:
        return
    yield "| promise | date |"
    yield "| --- | --- |"
    yield f"| received | {state.dates.receipt_date} |"
    if state.dates.confirm_by:
        yield f"| confirm receipt by | {state.dates.confirm_by} |"
    yield f"| **answer by** | **{state.respond_by}**{_days_left(state, policy, now)} |"
    if state.dates.window_closes_at and not state.identity_settled:
        closes = state.dates.window_closes_at.astimezone(policy.zone)
        yield f"| proof of identity counts until | {closes:%Y-%m-%d %H:%M} Pacific |"
    if state.breached:
        yield f"| **missed** | **{', '.join(str(day) for day in state.breached)}** |"
    yield ""


def _days_left(state: RequestState, policy: Policy, now: datetime) -> str:
    due: date | None = state.respond_by
    if due is None or state.answered:
        return ""
    days = (due - clocks.local_date(now, policy)).days
    return f" ({days} days left)" if days >= 0 else f" ({-days} days overdue)"


def _identity(state: RequestState, policy: Policy) -> Iterator[str]:
    required = policy.tier_for(state.request_type, state.residency).points
    if not state.authority_settled:
        yield f"**Somebody asks for the consumer ({state.requester}); check their proof.**"
        yield ""
    if path_of(state.request_type).proof is not Proof.IDENTITY:
        return
    if state.verified:
        counted = state.verified.points_counted
        yield f"Identity: verified by {counted} reliable points ({required} are needed)."
    elif state.assessment:
        counted = state.assessment.points_counted
        yield f"Identity: {counted} of {required} reliable points so far."
        if state.assessment.ambiguous:
            yield "**More than one person fits. Nothing may be disclosed or erased.**"
    else:
        yield f"Identity: {required} reliable points and a proved address are needed."
    yield ""


def _holdings(state: RequestState) -> Iterator[str]:
    if state.holdings is None or state.erased is not None:
        return
    held = ", ".join(f"{name} {rows}" for name, rows in state.holdings.rows.items() if rows)
    yield f"Rows that an approval erases: {held or 'none'}."
    for kept in state.holdings.retained:
        yield (
            f"- kept under {kept.ground}: {kept.rows} rows of {kept.collection}"
            f" (reviewed by {kept.reviewer})"
        )
    yield ""


def _providers(state: RequestState) -> Iterator[str]:
    if not state.providers:
        return
    yield "| service provider | standing |"
    yield "| --- | --- |"
    for view in state.providers.values():
        yield f"| {view.name} | {view.standing}{' (final)' if view.final else ''} |"
    link = f"/namespaces/{{namespace}}/workflows?query=RequestId%3D%22{state.request_id}%22"
    yield ""
    yield f"[All workflows of this request]({link})"
    yield ""


def _parked(state: RequestState) -> Iterator[str]:
    if state.parked is not None:
        yield f"**Stopped at `{state.parked.step}`: {state.parked.reason}.** The clock runs on."
        yield ""


def _refusal(state: RequestState) -> Iterator[str]:
    if state.last_refusal is not None:
        yield f"Last refused signal, `{state.last_refusal.action}`: {state.last_refusal.refusal}"
        yield ""


def _buttons(state: RequestState) -> Iterator[str]:
    offered = _offered(state)
    if offered:
        yield "**What you can do** (More Actions, Send an Update):"
        yield ""
    for name in offered:
        action = ACTIONS[name]
        yield f"- `{name}`: {action.purpose}"
        yield f"  ```json\n  {_example(state, name)}\n  ```"


def _offered(state: RequestState) -> tuple[str, ...]:
    """Name what would not be refused now, the likely ones first."""
    if state.closed or state.answered:
        return ("retry_step",) if state.parked else ()
    undecided = state.decision is None
    wanted = {
        "accept_authority": undecided and not state.authority_settled,
        "refuse_authority": undecided and not state.authority_settled,
        "establish_age": _lacks_age(state),
        "approve": state.awaits_decision and not _lacks_age(state),
        "quote_fee": undecided and state.fee is None and _is_excess(state),
        "refuse_excess": undecided and _is_excess(state),
        "deny": state.awaits_decision or (state.parked is not None and state.erased is None),
        "extend_deadline": state.awaits_decision and state.extension is None,
        "retry_step": state.parked is not None,
        "withdraw": undecided,
    }
    return tuple(name for name, holds in wanted.items() if holds)


def _is_excess(state: RequestState) -> bool:
    return state.earlier is not None and state.earlier.excess


def _lacks_age(state: RequestState) -> bool:
    purge = state.request_type is RequestType.MINOR_PURGE
    return purge and state.decision is None and not state.age_established


def _example(state: RequestState, name: str) -> str:
    if name == "approve":
        grounds = sorted(kept_grounds(state))
        listed = ", ".join(f'"{ground}"' for ground in grounds)
        extra = f', "confirm_grounds": [{listed}]' if grounds else ""
        return f'{{"decided_by": "your.id"{extra}}}'
    return ACTIONS[name].example_json
