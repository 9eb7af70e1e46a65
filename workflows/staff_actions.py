"""Offers every staff action as an update and as a signal of the same name."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from temporalio import workflow

from domain.action_table import Action, ActionTable
from domain.actions import ACTIONS
from domain.direction_actions import DIRECTION_ACTIONS
from domain.late_answer_actions import LATE_ANSWER_ACTIONS


class ActsForStaff(Protocol):
    """A workflow that staff can act on."""

    def refuse_unlawful(self, action: str, payloads: Sequence[Any]) -> None:
        """Raise the sentence that tells staff why not, or return."""
        ...

    async def act(self, action: str, payloads: Sequence[Any]) -> str:
        """Carry an action out and say what it did."""
        ...

    async def act_or_record_refusal(self, action: str, payloads: Sequence[Any]) -> None:
        """Carry a signalled action out; nobody hears a refusal, so it is recorded and shown."""
        ...


Workflow = TypeVar("Workflow", bound=type)


def offers(table: ActionTable) -> Callable[[Workflow], Workflow]:
    """Add the handlers of every action to a workflow class; write it below ``workflow.defn``.

    The class is made anew for each run, the handlers once for all.
    """
    handlers = {f"update_{action.name}": _update(action) for action in table.values()}
    handlers |= {f"signal_{action.name}": _signal(action) for action in table.values()}

    def decorate(cls: Workflow) -> Workflow:
        for name, handler in handlers.items():
            setattr(cls, name, handler)
        return cls

    return decorate


def _update(action: Action) -> Any:
    async def handle(self: ActsForStaff, *payloads: Any) -> str:
        return await self.act(action.name, payloads)

    def validate(self: ActsForStaff, *payloads: Any) -> None:
        self.refuse_unlawful(action.name, payloads)

    update = workflow.update(name=action.name, description=action.description)(handle)
    update.validator(validate)
    return update


def _signal(action: Action) -> Any:
    async def handle(self: ActsForStaff, *payloads: Any) -> None:
        await self.act_or_record_refusal(action.name, payloads)

    return workflow.signal(name=action.name, description=action.description)(handle)


offers_staff_actions = offers(ACTIONS)
"""Adds the actions of a request."""

offers_direction_actions = offers(DIRECTION_ACTIONS)
"""Adds the actions of a direction to one service provider."""

offers_late_answer_actions = offers(LATE_ANSWER_ACTIONS)
"""Adds the actions of an answer that came after its direction had ended."""
