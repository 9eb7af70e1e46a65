"""Business time: the workflow's own clock, never behind what it has been told.

On one server the offset is nothing. Where the clock of a request was moved, in a test or a demo,
whatever the request starts, and the request itself when it is resumed, goes on from
the request's time.
"""

from datetime import datetime, timedelta

from temporalio import workflow


class BusinessTime:
    """The time that events carry, letters state and deadlines are judged by."""

    def __init__(self) -> None:
        self._ahead = timedelta(0)

    def now(self) -> datetime:
        """Return the business time."""
        return workflow.now() + self._ahead

    def observe(self, at: datetime) -> None:
        """Never be earlier than ``at`` from now on."""
        self._ahead = max(self._ahead, at - workflow.now())
