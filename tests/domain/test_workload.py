"""The team's figures are counted by the company's calendar."""

from datetime import date, timedelta

from domain.vocabulary import Decision, RequestType
from domain.workload import Handled, Result, by_month, by_type, median_days, spread

RECEIVED = date(2026, 1, 20)


def handled(
    days: int | None = None,
    *,
    received: date = RECEIVED,
    kind: RequestType = RequestType.DELETE,
    outcome: Decision | None = None,
) -> Handled:
    """Let a request of 45 days be answered after so many."""
    return Handled(
        request_id="PR-0000-0000",
        request_type=kind,
        received_on=received,
        due=received + timedelta(days=45),
        answered_on=received + timedelta(days=days) if days is not None else None,
        outcome=outcome,
    )


def test_months_count_what_came_in_and_what_was_answered_in_time() -> None:
    """A late answer counts in the month in which it left; a month without answers has no share."""
    found = by_month([handled(3), handled(45), handled(46), handled()], date(2026, 1, 1), 4)
    assert [(m.first.month, m.received, m.in_time, m.late, m.share) for m in found] == [
        (1, 4, 1, 0, 1.0),
        (2, 0, 0, 0, None),
        (3, 0, 1, 1, 0.5),
        (4, 0, 0, 0, None),
    ]


def test_the_spread_ends_its_spans_at_the_laws_days() -> None:
    """Day 45 is in time and day 46 in the next span; open requests do not count."""
    found = spread([handled(0), handled(45), handled(46), handled(91), handled()])
    counted = {(s.first, s.last): (s.in_time, s.late) for s in found if s.in_time or s.late}
    assert counted == {(0, 5): (1, 0), (41, 45): (1, 0), (46, 60): (0, 1), (91, None): (0, 1)}
    assert median_days([handled(10), handled(20), handled()]) == 15.0
    assert median_days([handled()]) is None


def test_kinds_are_counted_by_what_became_of_them() -> None:
    """The most frequent kind stands first; what has no outcome is open."""
    know = RequestType.KNOW_BOTH
    found = by_type(
        [
            handled(5, outcome=Decision.REFUSE_EXCESS, kind=know),
            handled(5, outcome=Decision.GRANT),
            handled(45, outcome=Decision.UNVERIFIED_TREAT_AS_OPT_OUT),
            handled(),
        ]
    )
    assert list(found) == [RequestType.DELETE, know]
    assert found[RequestType.DELETE] == {Result.GRANTED: 1, Result.UNVERIFIED: 1, Result.OPEN: 1}
    assert found[know] == {Result.DENIED: 1}


def test_what_is_carried_out_by_rule_takes_no_work() -> None:
    """Nobody decides an opt-out."""
    assert handled().takes_work
    assert not handled(kind=RequestType.OPT_OUT_SALE_SHARING).takes_work
