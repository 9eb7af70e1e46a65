"""What the current details of a request and those of a direction have in common."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from domain import events as e
from domain import senders


class Signalled(Protocol):
    """A state that signals reach."""

    @property
    def last_refusal(self) -> e.ActionRefused | None:
        """The last signal that was refused."""
        ...

    @property
    def sender_differed(self) -> e.SenderDiffered | None:
        """The last signal that came in another's name."""
        ...


class Button(NamedTuple):
    """An update to choose in the Web UI, and the JSON to paste."""

    name: str
    purpose: str
    json: str


def signals(state: Signalled) -> Iterator[str]:
    """Say whose name was misused, and what was refused after a signal had no way to say so."""
    if state.sender_differed is not None:
        yield f"**{senders.in_words(state.sender_differed)}**"
        yield ""
    if state.last_refusal is not None:
        yield f"Last refused signal, `{state.last_refusal.action}`: {state.last_refusal.refusal}"
        yield ""


def buttons(offered: Sequence[Button]) -> Iterator[str]:
    """Explain what staff can do, and how, if there is anything."""
    if not offered:
        return
    yield (
        "**What you can do.** Choose *More Actions*, then *Send an Update*; pick the name and "
        "paste its JSON with your own staff id."
    )
    yield ""
    for button in offered:
        yield f"`{button.name}`: {button.purpose}"
        yield ""
        yield f"```json\n{button.json}\n```"
        yield ""
