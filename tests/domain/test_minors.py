"""Young people: bands, parents, opt-ins (MIN-01 to MIN-09, REQ-05)."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.minors import (
    NEEDS_A_PARENT,
    Band,
    Needed,
    OptIn,
    band_of_age,
    band_on,
    confirmation_letter,
    is_sensitive,
    opens_purge,
    parent_confirmed,
    sale_allowed,
    still_needed,
)
from domain.policy import Policy
from domain.vocabulary import NoticeKind, Requester, RequestType

BIRTHS = st.dates(date(2000, 1, 1), date(2026, 1, 1))


@pytest.mark.parametrize(
    ("born", "day", "band"),
    [
        ("2013-06-10", "2026-06-09", Band.CHILD),
        ("2013-06-10", "2026-06-10", Band.TEEN),
        ("2010-06-10", "2026-06-09", Band.TEEN),
        ("2010-06-10", "2026-06-10", Band.MINOR_16_17),
        ("2008-06-10", "2026-06-09", Band.MINOR_16_17),
        ("2008-06-10", "2026-06-10", Band.ADULT),
        ("2008-02-29", "2026-02-28", Band.MINOR_16_17),
        ("2008-02-29", "2026-03-01", Band.ADULT),
        ("2012-02-29", "2028-02-28", Band.TEEN),
        ("2012-02-29", "2028-02-29", Band.MINOR_16_17),
    ],
)
def test_an_age_is_reached_as_the_birthday_begins(
    policy: Policy, born: str, day: str, band: Band
) -> None:
    """Who was born on a leap day has a common year's birthday on March 1 (MIN-01)."""
    assert band_on(policy, date.fromisoformat(born), date.fromisoformat(day)) is band


@given(born=BIRTHS, days=st.integers(0, 365 * 25))
def test_nobody_grows_younger(policy: Policy, born: date, days: int) -> None:
    """From day to day a band stays or becomes the next (MIN-01)."""
    order = list(Band)
    today = born + timedelta(days=days)
    before = order.index(band_on(policy, born, today))
    after = order.index(band_on(policy, born, today + timedelta(days=1)))
    assert after - before in (0, 1)


@pytest.mark.parametrize(
    ("age", "band"), [(12, "CHILD"), (13, "TEEN"), (15, "TEEN"), (16, "MINOR_16_17"), (18, "ADULT")]
)
def test_a_stated_age_has_its_band(policy: Policy, age: int, band: str) -> None:
    """The bands by full years (MIN-01)."""
    assert band_of_age(policy, age) == band


@pytest.mark.parametrize(
    ("band", "opt_in", "allowed"),
    [
        (Band.ADULT, None, True),
        (Band.MINOR_16_17, None, True),
        (Band.TEEN, None, False),
        (Band.TEEN, OptIn(by_parent=False, steps=1), False),
        (Band.TEEN, OptIn(by_parent=False, steps=2), True),
        (Band.TEEN, OptIn(by_parent=True, steps=2), False),
        (Band.CHILD, None, False),
        (Band.CHILD, OptIn(by_parent=False, steps=2), False),
        (Band.CHILD, OptIn(by_parent=True, method="video_call"), True),
        (Band.CHILD, OptIn(by_parent=True, method="checkbox"), False),
    ],
)
def test_data_of_the_young_is_sold_by_opt_in_only(
    policy: Policy, band: Band, opt_in: OptIn | None, allowed: bool
) -> None:
    """A parent's for a child, a teen's own in two steps; an opt-out ends it (MIN-02, MIN-03)."""
    assert sale_allowed(policy, band, opt_in) is allowed
    assert not sale_allowed(policy, band, opt_in, opted_out=True)


@pytest.mark.parametrize("kind", list(RequestType))
def test_a_child_opts_out_alone_and_asks_with_a_parent(policy: Policy, kind: RequestType) -> None:
    """A child's own request needs the parent, an opt-out nobody (REQ-05, MIN-07)."""
    alone = still_needed(policy, Band.CHILD, Requester.CONSUMER, kind)
    with_parent = still_needed(policy, Band.CHILD, Requester.PARENT, kind)
    assert (alone is Needed.PARENT) == (kind in NEEDS_A_PARENT)
    assert with_parent is None


def test_a_teen_asks_alone_and_opts_in_by_two_steps(policy: Policy) -> None:
    """No parent is needed from thirteen on, and none can opt in instead (REQ-05, MIN-03)."""
    kind, teen = RequestType.OPT_IN_MINOR, Requester.CONSUMER
    assert still_needed(policy, Band.TEEN, teen, RequestType.DELETE) is None
    assert still_needed(policy, Band.TEEN, teen, kind, steps=1) is Needed.SECOND_STEP
    assert still_needed(policy, Band.TEEN, teen, kind, steps=2) is None
    assert still_needed(policy, Band.TEEN, Requester.PARENT, kind, steps=2) is Needed.TEEN


def test_parents_are_confirmed_in_listed_ways_only(policy: Policy) -> None:
    """Six ways and no other (MIN-05)."""
    assert len([way for way in policy.minors.parent_methods if parent_confirmed(policy, way)]) == 6
    assert not parent_confirmed(policy, "checkbox")
    assert not parent_confirmed(policy, None)
    need = still_needed(policy, Band.CHILD, Requester.PARENT, RequestType.DELETE, method="checkbox")
    assert need is Needed.PARENT_CONFIRMATION


def test_an_opt_in_is_confirmed_with_the_way_out(policy: Policy) -> None:
    """Every valid opt-in of a minor is followed by N-13 (MIN-04)."""
    opt_in = OptIn(by_parent=False, steps=2)
    assert confirmation_letter(policy, Band.TEEN, opt_in) is NoticeKind.MINOR_OPT_IN
    assert confirmation_letter(policy, Band.ADULT, opt_in) is None
    assert confirmation_letter(policy, Band.TEEN, None) is None


def test_being_young_is_sensitive_since_2026(policy: Policy, policy_of_2025: Policy) -> None:
    """Under sixteen, by the newer revision (MIN-08, PRN-02)."""
    sensitive = {band for band in Band if is_sensitive(policy, band)}
    assert sensitive == {Band.CHILD, Band.TEEN}
    assert not any(is_sensitive(policy_of_2025, band) for band in Band)


def test_the_promise_on_minors_reaches_to_eighteen() -> None:
    """Whoever is found to be under eighteen opens a purge (MIN-06)."""
    assert {band for band in Band if opens_purge(band)} == set(Band) - {Band.ADULT}
