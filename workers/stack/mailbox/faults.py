"""Faults that a test switches on: refusals, lost answers, absence. All end by themselves."""

import time
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

MOST_MESSAGES = 10_000
LONGEST_SECONDS = 600


class Refuse(BaseModel):
    """Answer a recipient or a message with `reply` instead of taking it, `count` times."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["refuse"] = "refuse"
    reply: str = Field("451 4.3.0 Try again later", pattern=r"^[45]\d\d [ -~]+$")
    at: Literal["rcpt", "data"] = "data"
    to: str | None = Field(None, description="Only this recipient; None means everybody.")
    count: int = Field(1, ge=1, le=MOST_MESSAGES)


class LoseAnswer(BaseModel):
    """Take the message, then cut the connection before the 250, `count` times."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["lose_answer"]
    to: str | None = None
    count: int = Field(1, ge=1, le=MOST_MESSAGES)


class Down(BaseModel):
    """Cut every connection at once for `seconds`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["down"]
    seconds: float = Field(5, gt=0, le=LONGEST_SECONDS)


Fault = Annotated[Refuse | LoseAnswer | Down, Field(discriminator="kind")]


class FaultRequest(BaseModel):
    """What `POST /faults` takes; `kind` may be left out for a refusal."""

    fault: Fault

    @classmethod
    def read(cls, body: dict[str, object]) -> Fault:
        """Return the fault of a request's body; raises pydantic's ValidationError."""
        return cls.model_validate({"fault": {"kind": "refuse"} | body}).fault


class Faults:
    """The faults that are on. Each message uses up at most one count."""

    def __init__(self) -> None:
        self._counted: list[tuple[Refuse | LoseAnswer, int]] = []
        self._down_until = 0.0

    def add(self, fault: Fault) -> None:
        """Switch a fault on."""
        if isinstance(fault, Down):
            self._down_until = time.monotonic() + fault.seconds
        else:
            self._counted.append((fault, fault.count))

    def clear(self) -> None:
        """Switch every fault off."""
        self._counted = []
        self._down_until = 0.0

    @property
    def down(self) -> bool:
        """Whether connections are being cut."""
        return time.monotonic() < self._down_until

    def pending(self) -> list[dict[str, object]]:
        """Return the faults that are on, with the count that is left."""
        return [fault.model_dump() | {"count": left} for fault, left in self._counted]

    def refusal(self, at: str, to: list[str]) -> str | None:
        """Return the reply to refuse with at this step, if a fault says so."""
        for index, (fault, _) in enumerate(self._counted):
            if isinstance(fault, Refuse) and fault.at == at and _concerns(fault.to, to):
                self._use(index)
                return fault.reply
        return None

    def loses_answer(self, to: list[str]) -> bool:
        """Tell whether the answer to this message gets lost."""
        for index, (fault, _) in enumerate(self._counted):
            if isinstance(fault, LoseAnswer) and _concerns(fault.to, to):
                self._use(index)
                return True
        return False

    def _use(self, index: int) -> None:
        fault, left = self._counted[index]
        if left > 1:
            self._counted[index] = (fault, left - 1)
        else:
            del self._counted[index]


def _concerns(wanted: str | None, to: list[str]) -> bool:
    return wanted is None or wanted.lower() in (address.lower() for address in to)
