"""Telling agents' software that requests moved: name, messages and step of its workflow."""

from datetime import timedelta
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict
from temporalio import workflow

from workflows.effects import OWN_DATABASE, WORKER_IS_DEAD_AFTER, Effect, Step

AGENT_STATUSES = "AgentStatuses"
"""Workflow: call agents whose requests moved, once."""


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class TellAgents(_Data):
    """When the round begins."""

    now: AwareDatetime


class AgentsTold(_Data):
    """What became of the requests that had moved, in counts; ``same`` ask for no call."""

    told: int = 0
    same: int = 0
    failed: int = 0
    given_up: int = 0


TELL_AGENTS = Step(
    "tell_agents",
    TellAgents,
    AgentsTold,
    Effect(
        start_to_close=timedelta(hours=1),
        heartbeat=WORKER_IS_DEAD_AFTER * 2,
        retry=OWN_DATABASE.retry,
    ),
)


@workflow.defn(name=AGENT_STATUSES)
class AgentStatuses:
    """One round, started by a schedule."""

    @workflow.run
    async def run(self, *payloads: Any) -> AgentsTold:
        """Call once for each request that moved; the result counts the calls."""
        return await TELL_AGENTS(TellAgents(now=workflow.now()), "tell agents what moved")
