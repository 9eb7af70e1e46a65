"""What staff can do, as a table of names, inputs and decisions; one way to read an input.

An action is offered as an update and as a signal of the same name; both end here, so that nothing
a person can send in the Web UI wedges a workflow or vanishes.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from domain import fault_words
from domain.decisions.guarded import Guarded
from domain.events import Event
from domain.messages import Message
from domain.refusals import Refused
from domain.undecodable import Undecodable


@dataclass(frozen=True)
class Action:
    """One thing that staff can do."""

    name: str
    message: type[Message]
    decide: Guarded
    purpose: str
    example: dict[str, Any]
    irreversible: bool = False
    """Whether what follows cannot be taken back: data goes, or an answer does."""
    counsels: bool = False
    """Whether counsel may take it as well: what a misdelivery or a legal hold asks for."""
    personal: str = ""
    """What it needs and nobody may send through Temporal; it comes with a row of the inbox."""
    in_approvals: str = ""
    """Its name in the policy's list of approvals, where that is another."""

    @property
    def in_policy(self) -> str:
        """The name under which a policy says who may take it."""
        return self.in_approvals or self.name

    @property
    def description(self) -> str:
        """Help for the Web UI's list: what it does and the JSON to paste."""
        return f"{self.purpose} Input: {self.example_json}"

    @property
    def example_json(self) -> str:
        """The example as one line of JSON."""
        return json.dumps(self.example)


class ActionTable(Mapping[str, Action]):
    """Every action of one kind of workflow, by name."""

    def __init__(self, *actions: Action) -> None:
        self._actions = {action.name: action for action in actions}

    def __getitem__(self, name: str) -> Action:
        return self._actions[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._actions)

    def __len__(self) -> int:
        return len(self._actions)

    @property
    def unknown(self) -> str:
        """The sentence for a name that is none of them."""
        return f"There is no action of that name. The actions are: {', '.join(self)}."

    def decide(
        self, name: str, payloads: Sequence[Any], state: Any, *circumstances: Any
    ) -> tuple[Event, ...]:
        """Return the events that an action causes.

        Raises:
            Refused: the action is unknown, unreadable, unlawful or pointless in this state.
        """
        action, message = self.read(name, payloads)
        return action.decide(state, message, *circumstances)

    def read(self, name: str, payloads: Sequence[Any]) -> tuple[Action, Message]:
        """Return the action of that name and the message that was sent. Raises ``Refused``."""
        action = self.get(name)
        if action is None:
            raise Refused(self.unknown)
        return action, parse(action, payloads)


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


def _sentence(action: Action, fault: ErrorDetails) -> str:
    """Say what is wrong with one field; a key that is not ours may be personal and stays unsaid."""
    if fault["type"] == "extra_forbidden":
        known = ", ".join(action.message.model_fields)
        return f"it knows only the fields {known}; remove or rename the others"
    return fault_words.in_words(fault)
