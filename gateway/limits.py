"""How many calls one caller may make: a token bucket for each, in this process (VER-13)."""

import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from gateway.problems import TOO_MANY, Problem

MINUTE = 60
HOUR = 60 * MINUTE
MOST_CALLERS = 10_000


@dataclass
class _Bucket:
    tokens: float
    at: datetime


class RateLimit:
    """Lets each caller make so many calls in ``seconds``, a minute by default, evenly refilled."""

    def __init__(self, calls: int, now: Callable[[], datetime], seconds: int = MINUTE) -> None:
        self._calls = calls
        self._now = now
        self._seconds = seconds
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def spend(self, caller: str) -> None:
        """Count one call.

        Raises:
            Problem: 429 with ``Retry-After`` in seconds.
        """
        bucket = self._refilled(caller)
        if bucket.tokens < 1:
            seconds = math.ceil((1 - bucket.tokens) * self._seconds / self._calls)
            raise Problem(
                TOO_MANY,
                f"Wait {seconds} seconds, then try again.",
                headers={"Retry-After": str(seconds)},
            )
        bucket.tokens -= 1

    def _refilled(self, caller: str) -> _Bucket:
        now = self._now()
        bucket = self._buckets.setdefault(caller, _Bucket(self._calls, now))
        self._buckets.move_to_end(caller)
        elapsed = max(0.0, (now - bucket.at).total_seconds())
        bucket.tokens = min(self._calls, bucket.tokens + elapsed * self._calls / self._seconds)
        bucket.at = now
        # The longest idle caller has the fullest bucket, so forgetting it forgives nothing.
        if len(self._buckets) > MOST_CALLERS:
            self._buckets.popitem(last=False)
        return bucket
