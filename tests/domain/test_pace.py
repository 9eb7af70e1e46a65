"""Who will be late is foreseen from the team's pace and the due dates alone."""

from datetime import date, timedelta

import pytest

from domain.pace import Owed, forecast

MONDAY = date(2026, 11, 2)
THANKSGIVING = {2026: (date(2026, 11, 26), date(2026, 11, 27))}
DAY = timedelta(days=1)


def owed(*due: date) -> list[Owed]:
    """Owe an answer by each of these dates."""
    return [Owed(request_id=f"PR-{n}", due=day) for n, day in enumerate(due)]


def answers(count: int, today: date = MONDAY) -> list[date]:
    """Have given so many answers in the last four weeks."""
    return [today - (n % 28 + 1) * DAY for n in range(count)]


def test_answers_come_at_the_pace_and_the_first_due_first() -> None:
    """Ten answers in twenty working days: one every second working day, today counted."""
    far, near, late = MONDAY + 30 * DAY, MONDAY + 4 * DAY, MONDAY - DAY
    found = forecast(owed(far, near, late), answers(10), MONDAY, {})
    assert found.pace == 0.5
    assert [(each.due, each.on, each.late) for each in found.expected] == [
        (late, MONDAY + DAY, True),
        (near, MONDAY + 3 * DAY, False),
        (far, MONDAY + 7 * DAY, False),
    ]
    assert [each.due for each in found.late] == [late]


def test_days_off_neither_bring_answers_nor_count_for_the_pace() -> None:
    """The Thanksgiving week has three working days."""
    monday = date(2026, 11, 23)
    found = forecast(owed(*[monday + 5 * DAY] * 4), answers(20, monday), monday, THANKSGIVING)
    assert [each.on for each in found.expected][-2:] == [date(2026, 11, 25), date(2026, 11, 30)]
    assert found.needed == pytest.approx(4 / 3)


def test_old_answers_and_those_of_today_do_not_count() -> None:
    """The pace is that of the four weeks before today."""
    found = forecast(owed(MONDAY), [MONDAY, MONDAY - 29 * DAY, MONDAY - 28 * DAY], MONDAY, {})
    assert found.pace == 1 / 20


def test_without_a_pace_nothing_is_expected_but_what_is_needed_is_known() -> None:
    """Everything is late then; ten answers in five working days are two a day."""
    friday = MONDAY + 4 * DAY
    found = forecast(owed(*[friday] * 10), [], MONDAY, {})
    assert (found.pace, found.needed) == (0, 2)
    assert len(found.late) == 10
    assert {each.on for each in found.late} == {None}


def test_a_slow_pace_is_said_in_days() -> None:
    """One answer in 23 working days is not "0.0 answers a working day"."""
    found = forecast(owed(MONDAY + 30 * DAY), answers(20), MONDAY, {})
    assert found.needed_in_words == "one answer in 23 working days"
    assert found.pace_in_words == "1.0 answers a working day"


def test_who_owes_nothing_needs_no_pace() -> None:
    """No answer is owed, none is late."""
    found = forecast([], answers(20), MONDAY, {})
    assert (found.needed, found.expected, found.late) == (0, (), ())
