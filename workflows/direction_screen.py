"""What staff see of one provider's direction in the Temporal Web UI."""

from temporalio import workflow

from domain import direction_situation as situation
from domain.decisions.direction import Order
from domain.direction import DirectionState
from domain.ids import request_of
from domain.policy import Policy
from workflows import names
from workflows.screen import Columns


class DirectionScreen:
    """Shows where a direction stands, beside its request by ``RequestId``."""

    def __init__(self) -> None:
        self._columns = Columns()

    def show(self, state: DirectionState, order: Order, policy: Policy) -> None:
        """Set the current details, and the search attributes that moved."""
        workflow.set_current_details(situation.describe(state, order, policy))
        self._columns.show(
            names.REQUEST_ID.value_set(request_of(state.stream)),
            names.REQUEST_STAGE.value_set(situation.stage(state)),
            names.NEEDS_ACTION.value_set(state.needs_action or names.NOTHING),
        )
