"""Reads what a workflow is started with: by itself, so that a bad start wedges nothing."""

from collections.abc import Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from workflows.staff_desk import staff_input

Start = TypeVar("Start", bound=BaseModel)


def read_start(model: type[Start], payloads: Sequence[Any]) -> Start | None:
    """Read the one input of a start; nothing when it is not ours."""
    try:
        return model.model_validate(payloads[0] if len(payloads) == 1 else None)
    except ValidationError:
        return None


def start_of(model: type[Start], payloads: Sequence[Any], by_hand: str) -> Start:
    """Return the one input of a start.

    Raises:
        ApplicationError: it is not ours; ``by_hand`` tells whoever typed it what to do instead.
    """
    start = read_start(model, payloads)
    if start is None:
        raise staff_input(by_hand)
    return start
