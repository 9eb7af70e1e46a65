"""What staff see in the Temporal Web UI: search attributes and current details, kept up to date."""

from datetime import datetime
from typing import Any

from temporalio import workflow
from temporalio.common import SearchAttributeUpdate

from domain import clocks, deadlines, situation
from domain.policy import Policy
from domain.state import RequestState
from workflows import exchange as x
from workflows import names

_STAGE = {names.REQUEST_STAGE.name}


class Columns:
    """A workflow's search attributes; writes only what moved: each upsert writes to the index.

    A stage that is merely passed, while a step is carried out, is not worth one by itself.
    """

    def __init__(self) -> None:
        at_start = workflow.info().typed_search_attributes
        self._shown: dict[str, object] = {pair.key.name: pair.value for pair in at_start}

    def show(self, *updates: SearchAttributeUpdate[Any], passing: bool = False) -> None:
        """Set the attributes that differ from what stands there."""
        changed = [each for each in updates if self._shown.get(each.key.name) != each.value]
        if not changed or (passing and {each.key.name for each in changed} == _STAGE):
            return
        self._shown |= {each.key.name: each.value for each in changed}
        workflow.upsert_search_attributes(changed)


class Screen:
    """Shows where a request stands."""

    def __init__(self) -> None:
        self._columns = Columns()

    def show(
        self, state: RequestState, policy: Policy | None, now: datetime, *, passing: bool
    ) -> None:
        """Set the current details, and the search attributes that moved."""
        if policy is None:
            return
        workflow.set_current_details(situation.describe(state, policy, now))
        self._columns.show(*_attributes(state, policy), passing=passing)


def projection(state: RequestState, policy: Policy, now: datetime) -> x.Projection:
    """Return what lists and the gateway show of a request."""
    return x.Projection(
        stage=state.stage,
        needs_action=state.needs_action,
        respond_by=_deadline(state, policy),
        answered_at=state.answered_at,
        outcome=state.outcome,
        business_time=now,
        closed=state.closed,
    )


def _attributes(state: RequestState, policy: Policy) -> list[SearchAttributeUpdate[Any]]:
    return [
        names.REQUEST_ID.value_set(state.request_id),
        names.REQUEST_TYPE.value_set(state.request_type),
        names.RESIDENCY.value_set(state.residency),
        names.CHANNEL.value_set(state.channel),
        names.REQUEST_STAGE.value_set(state.stage),
        names.NEEDS_ACTION.value_set(state.needs_action or names.NOTHING),
        names.RESPOND_BY.value_set(_deadline(state, policy)),
        names.HANDLER.value_set(state.handler or "nobody"),
        names.URGENCY.value_set(deadlines.urgency(state, policy)),
    ]


def _deadline(state: RequestState, policy: Policy) -> datetime:
    assert state.respond_by is not None
    return clocks.deadline_instant(state.respond_by, policy)
