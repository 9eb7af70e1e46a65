"""The staff's actions: a table of names, inputs and decisions, and the one way to read an input.

An action is offered as an update and as a signal of the same name; both end here, so that nothing
a person can send in the Web UI wedges a workflow or vanishes (design, 4a).
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from domain import messages
from domain.decisions import staff
from domain.events import Event
from domain.messages import Message
from domain.policy import Policy
from domain.refusals import Refused
from domain.state import RequestState
from domain.undecodable import Undecodable

Decide = Callable[[RequestState, Any, Policy, datetime], tuple[Event, ...]]


@dataclass(frozen=True)
class Action:
    """One thing that staff can do to a request."""

    name: str
    message: type[Message]
    decide: Decide
    purpose: str
    example: dict[str, Any]

    @property
    def description(self) -> str:
        """Help for the Web UI's list: what it does and the JSON to paste."""
        return f"{self.purpose} Input: {self.example_json}"

    @property
    def example_json(self) -> str:
        """The example as one line of JSON."""
        return json.dumps(self.example)


ACTIONS: dict[str, Action] = {
    action.name: action
    for action in (
        Action(
            "approve",
            messages.Approve,
            staff.approve,
            "Grant the request. Name every ground under which something is kept.",
            {"decided_by": "s.lee", "confirm_grounds": ["EX8"]},
        ),
        Action(
            "deny",
            messages.Deny,
            staff.deny,
            "Refuse the request for a coded reason; its sentence stands in the letter.",
            {"decided_by": "s.lee", "reason": "conflict_with_law"},
        ),
        Action(
            "extend_deadline",
            messages.ExtendDeadline,
            staff.extend_deadline,
            "Take more days, once; the consumer is told in writing before the due date.",
            {"decided_by": "s.lee", "reason": "complex_systems"},
        ),
        Action(
            "withdraw",
            messages.Withdraw,
            staff.withdraw,
            "Record that the consumer took the request back.",
            {"decided_by": "s.lee"},
        ),
        Action(
            "accept_authority",
            messages.AcceptAuthority,
            staff.accept_authority,
            "Say that the agent, parent or conservator may ask, after checking the proof.",
            {"decided_by": "s.lee", "form": "signed_permission"},
        ),
        Action(
            "refuse_authority",
            messages.RefuseAuthority,
            staff.refuse_authority,
            "Turn a proof of authority down and ask for a better one.",
            {"decided_by": "s.lee", "reason": "not_signed"},
        ),
        Action(
            "establish_age",
            messages.EstablishAge,
            staff.establish_age,
            "Record how a young person's age was established.",
            {"decided_by": "s.lee", "method": "parent_called"},
        ),
        Action(
            "quote_fee",
            messages.QuoteFee,
            staff.quote_fee,
            "Send an estimate; nothing is done until the consumer accepts it.",
            {"decided_by": "s.lee", "work_minutes": 90},
        ),
        Action(
            "refuse_excess",
            messages.RefuseExcess,
            staff.refuse_excess,
            "Refuse a request to know that is one too many in twelve months.",
            {"decided_by": "s.lee"},
        ),
        Action(
            "retry_step",
            messages.RetryStep,
            staff.retry_step,
            "Try the parked step again, after its cause was mended.",
            {"decided_by": "s.lee"},
        ),
    )
}


UNKNOWN = f"There is no action of that name. The actions are: {', '.join(ACTIONS)}."


def parse(action: Action, payloads: Sequence[Any]) -> Message:
    """Read what was sent.

    Raises:
        Refused: with a sentence that shows what to send, and nothing of what was sent.
    """
    hint = f"Send one JSON object, for example {action.example_json}"
    if not payloads or payloads[0] is None:
        raise Refused(f"{action.name} needs an input. {hint}")
    if len(payloads) > 1:
        raise Refused(f"{action.name} takes one input, not {len(payloads)}. {hint}")
    if isinstance(payloads[0], Undecodable):
        raise Refused(f"{payloads[0]} {hint}")
    if not isinstance(payloads[0], dict):
        raise Refused(f"The input of {action.name} is not a JSON object. {hint}")
    try:
        return action.message.model_validate(payloads[0])
    except ValidationError as error:
        faults = "; ".join(_sentence(action, each) for each in error.errors(include_input=False))
        raise Refused(f"{action.name}: {faults}. {hint}") from None


def decide(
    name: str, payloads: Sequence[Any], state: RequestState, policy: Policy, now: datetime
) -> tuple[Event, ...]:
    """Return the events that an action causes.

    Raises:
        Refused: the action is unknown, unreadable, unlawful or pointless in this state.
    """
    action = ACTIONS.get(name)
    if action is None:
        raise Refused(UNKNOWN)
    return action.decide(state, parse(action, payloads), policy, now)


def _sentence(action: Action, fault: ErrorDetails) -> str:
    """Say what is wrong with one field; a key that is not ours may be personal and stays unsaid."""
    if fault["type"] == "extra_forbidden":
        known = ", ".join(action.message.model_fields)
        return f"it knows only the fields {known}; remove or rename the others"
    place = ".".join(str(part) for part in fault["loc"])
    return f"{place}: {fault['msg']}"
