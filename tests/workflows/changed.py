"""The request's workflow as a careless change would leave it, to show that the gate can fail."""

from typing import Any

from temporalio import workflow

from domain import events as e
from workflows import names
from workflows.consumer_request import ConsumerRequest
from workflows.staff_actions import offers_staff_actions


@workflow.defn(name=names.CONSUMER_REQUEST)
@offers_staff_actions
class OtherOrder(ConsumerRequest):
    """Does not count what is held: asks the server for other steps than were recorded."""

    @workflow.init
    def __init__(self, *payloads: Any) -> None:
        super().__init__(*payloads)

    @workflow.run
    async def run(self, *payloads: Any) -> str:
        """Carry the request to its end, without the counts that staff decide by."""
        return await super().run(*payloads)

    async def _survey_holdings(self) -> None:
        return


@workflow.defn(name=names.CONSUMER_REQUEST)
@offers_staff_actions
class OtherWords(ConsumerRequest):
    """Asks for the same steps and tells another story in them."""

    @workflow.init
    def __init__(self, *payloads: Any) -> None:
        super().__init__(*payloads)
        noted = self.journal.note

        def changed(*events: e.Event, by_update: bool = False) -> None:
            noted(*(_otherwise(event) for event in events), by_update=by_update)

        self.journal.note = changed  # type: ignore[method-assign]

    @workflow.run
    async def run(self, *payloads: Any) -> str:
        """Carry the request to its end, promising other dates."""
        return await super().run(*payloads)


def _otherwise(event: e.Event) -> e.Event:
    if isinstance(event, e.NoticeRequested) and event.audience == "consumer":
        return event.model_copy(update={"facts": {**event.facts, "points_required": 1}})
    return event
