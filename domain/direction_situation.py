"""The current details of one provider's direction: Markdown by which staff can act on it."""

from collections.abc import Iterator

from domain import clocks, details
from domain.decisions.direction import PAUSED, Order
from domain.details import Button
from domain.direction import DirectionState
from domain.direction_actions import DIRECTION_ACTIONS
from domain.direction_messages import ClosingReason
from domain.policy import Policy
from domain.vocabulary import NoticeKind, ProviderStanding

_STANDING_IN_WORDS = {
    ProviderStanding.NOT_REACHED: "Nothing is known to have arrived there yet.",
    ProviderStanding.DIRECTED: "It has the direction; it has not answered yet.",
    ProviderStanding.RECEIVED: "It says that it has the direction; its result is awaited.",
    ProviderStanding.DONE: "It confirms that everything is done.",
    ProviderStanding.PARTLY: "It did a part and keeps the rest.",
    ProviderStanding.NOT_FOUND: "It holds nothing about this person.",
    ProviderStanding.REFUSED: "**It refuses.**",
    ProviderStanding.SILENT: "It never answered.",
}


BEGUN = ProviderStanding.DIRECTED
"""The stage of a direction from its start."""


def stage(state: DirectionState) -> ProviderStanding:
    """Return what lists show: how it stands once that is the end or staff must act."""
    return state.standing if state.over or state.needs_action else BEGUN


def describe(state: DirectionState, order: Order, policy: Policy) -> str:
    """Return where a direction stands, what is due when, and what staff can do."""
    return "\n".join(_lines(state, order, policy))


def _lines(state: DirectionState, order: Order, policy: Policy) -> Iterator[str]:
    action = order.action.replace("_", " ")
    notice = "notice" if order.notice is NoticeKind.THIRD_PARTY_NOTICE else "direction"
    yield f"### {order.name}: {notice} to {action}, by {order.protocol.replace('_', ' ')}"
    yield ""
    yield _STANDING_IN_WORDS[state.standing] + _reason(state)
    yield ""
    yield from _dates(state, policy)
    yield from _told(state, order)
    yield from _trouble(state)
    yield from details.signals(state)
    yield from _end(state)
    yield from _buttons(state)
    yield f"[The request](/namespaces/{{namespace}}/workflows/{order.request_id})"


def _reason(state: DirectionState) -> str:
    return f" Its reason: {state.reason.replace('_', ' ')}." if state.reason else ""


def _dates(state: DirectionState, policy: Policy) -> Iterator[str]:
    if state.issued is None or state.issued_at is None:
        return
    yield f"- issued on {clocks.local_date(state.issued_at, policy)}"
    if state.handed_over_at:
        yield f"- handed over on {clocks.local_date(state.handed_over_at, policy)}"
    if state.standing_at and state.standing is not ProviderStanding.NOT_REACHED:
        yield f"- stands so since {clocks.local_date(state.standing_at, policy)}"
    if not state.over:
        asked = "asked again on" if state.reminded else "asked again if silent on"
        yield f"- {asked} {clocks.local_date(state.issued.remind_at, policy)}"
        yield f"- **to be confirmed by {state.issued.confirm_by}**"
        yield f"- last day to wait: {clocks.local_date(state.issued.give_up_at, policy)}"
    yield ""


def _told(state: DirectionState, order: Order) -> Iterator[str]:
    if order.scope:
        yield f"May hold: {', '.join(order.scope)}."
    for kept in order.exceptions:
        yield f"- may keep {kept.collection} under {kept.ground}"
    if state.sub_processors:
        yield f"Passed on to: {', '.join(state.sub_processors)}."
    yield ""


def _trouble(state: DirectionState) -> Iterator[str]:
    if state.undeliverable:
        yield f"**It cannot be delivered: `{state.undeliverable}`. Its clock runs on.**"
    elif state.delayed == PAUSED:
        yield "**Sending is switched off. Its clock runs on; it is sent once the switch is back.**"
    elif state.delayed:
        yield f"**Not delivered yet: `{state.delayed}`. It is tried further; its clock runs on.**"
    if state.copy_problem:
        yield f"**The returned copy cannot be fetched: `{state.copy_problem}`.**"
    if state.to_post:
        yield "**The letter is in the privacy team's mailbox: print it and post it.**"
    yield ""


def _end(state: DirectionState) -> Iterator[str]:
    if state.closed:
        yield f"Closed by {state.closed.actor.id}: {state.closed.reason.replace('_', ' ')}."
    if state.over:
        yield "Ended. An answer that still comes is kept, and told where it matters."
        yield ""


def _buttons(state: DirectionState) -> Iterator[str]:
    names = offered(state)
    yield from details.buttons([_button(name) for name in names])
    if "close_direction" in names:
        yield f"Reasons for `close_direction`: {', '.join(f'`{code}`' for code in ClosingReason)}"
        yield ""


def _button(name: str) -> Button:
    action = DIRECTION_ACTIONS[name]
    return Button(name, action.purpose, action.example_json.replace("s.lee", "your.id"))


def offered(state: DirectionState) -> tuple[str, ...]:
    """Name what would not be refused now, the likely ones first."""
    likely_first = ("record_posted", "send_again", "record_provider_answer", "close_direction")
    return tuple(name for name in likely_first if DIRECTION_ACTIONS[name].decide.is_open(state))
