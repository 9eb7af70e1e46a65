"""The business time inside a running step, which the workflow could not know when it asked."""

import time
from datetime import datetime, timedelta

from temporalio import activity


class StepTime:
    """Starts with the attempt, in the workflow's own time, and goes on with the wall clock."""

    def __init__(self, asked_at: datetime) -> None:
        self._began = max(asked_at, activity.info().started_time)
        self._since = time.monotonic()

    def now(self) -> datetime:
        """Return the business time."""
        return self._began + timedelta(seconds=time.monotonic() - self._since)
