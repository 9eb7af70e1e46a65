"""Who will be late if the team goes on as it does: a forecast from its pace and the due dates."""

import math
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

from pydantic import BaseModel, ConfigDict

from domain.calendar import Holidays

WINDOW_DAYS = 28
"""The pace is taken from the answers of so many days before today."""

HORIZON_DAYS = 120
"""No open request is due later, and no forecast looks further."""


_SLOW = 0.1
"""Below this, a number of answers a day would be read as none."""


class Owed(BaseModel):
    """An answer that the team owes, and by when."""

    model_config = ConfigDict(frozen=True)

    request_id: str
    due: date


class Expected(Owed):
    """The working day on which the answer comes at this pace; ``None`` beyond the horizon."""

    on: date | None

    @property
    def late(self) -> bool:
        """Whether that is too late."""
        return self.on is None or self.on > self.due


class Forecast(BaseModel):
    """What the pace comes to. Paces are answers a working day."""

    model_config = ConfigDict(frozen=True)

    pace: float
    needed: float
    """The least pace by which whatever is not late yet is answered in time."""
    expected: tuple[Expected, ...]

    @property
    def pace_in_words(self) -> str:
        """The pace, for instance "2.5 answers a working day"."""
        return _in_words(self.pace)

    @property
    def needed_in_words(self) -> str:
        """The least pace that is enough; a slow one as "one answer in 29 working days"."""
        return _in_words(self.needed)

    @property
    def late(self) -> tuple[Expected, ...]:
        """The answers that come too late at this pace, the first due first."""
        return tuple(each for each in self.expected if each.late)


def forecast(
    owed: Iterable[Owed], answered_on: Iterable[date], today: date, holidays: Holidays
) -> Forecast:
    """Foresee when each answer comes if the first due is answered first, at the team's pace.

    ``answered_on`` has a date for each answer of the past; only the last ``WINDOW_DAYS`` count.
    """
    by_due_date = sorted(owed, key=lambda each: (each.due, each.request_id))
    pace = _pace(answered_on, today, holidays)
    days = tuple(_working_days(today, HORIZON_DAYS, holidays))
    expected = [
        Expected(request_id=each.request_id, due=each.due, on=_day(position, pace, days))
        for position, each in enumerate(by_due_date, 1)
    ]
    return Forecast(pace=pace, needed=_needed(by_due_date, today, days), expected=tuple(expected))


def _in_words(pace: float) -> str:
    if 0 < pace < _SLOW:
        return f"one answer in {int(1 / pace)} working days"
    return f"{pace:.1f} answers a working day"


def _pace(answered_on: Iterable[date], today: date, holidays: Holidays) -> float:
    first = today - timedelta(days=WINDOW_DAYS)
    worked = len(tuple(_working_days(first, WINDOW_DAYS, holidays)))
    return sum(first <= day < today for day in answered_on) / worked if worked else 0.0


def _day(position: int, pace: float, days: Sequence[date]) -> date | None:
    """Return the day on which the ``position``-th answer comes."""
    if not pace:
        return None
    index = math.ceil(position / pace) - 1
    return days[index] if index < len(days) else None


def _needed(owed: Sequence[Owed], today: date, days: Sequence[date]) -> float:
    """Each answer, and whatever is due before it, must fit into the working days that it has."""
    return max(
        (
            position / max(bisect_right(days, each.due), 1)
            for position, each in enumerate(owed, 1)
            if each.due >= today
        ),
        default=0.0,
    )


def _working_days(first: date, count: int, holidays: Holidays) -> Iterator[date]:
    """Yield the working days among ``count`` days; a year without a table has weekends only."""
    for day in (first + timedelta(days=n) for n in range(count)):
        if day.weekday() < 5 and day not in holidays.get(day.year, ()):
            yield day
