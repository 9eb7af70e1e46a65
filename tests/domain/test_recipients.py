"""Who else is told, in which order rights are carried out (SVC, DEL-07, OPT-01, REQ-12)."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.policy import Policy
from domain.recipients import (
    LETTER_WAITS,
    CompanyRole,
    Disclosure,
    Holder,
    Role,
    Told,
    answers_consumer,
    everyone_told,
    execution,
    received_between,
    told,
)
from domain.sequence import erase_at_latest, in_order, is_disclosure, is_erasure
from domain.vocabulary import RequestType

HOLDERS = st.lists(
    st.builds(
        Holder,
        name=st.text("abc", min_size=1, max_size=3),
        role=st.sampled_from(Role),
        contract_ok=st.booleans(),
        received_data=st.booleans(),
        sold_or_shared=st.booleans(),
        between=st.booleans(),
        own_records=st.booleans(),
        unreachable=st.booleans(),
    ),
    unique_by=lambda holder: holder.name,
    max_size=6,
)
NOON = datetime.fromisoformat("2026-05-04T12:00:00-07:00")


@pytest.mark.parametrize(
    ("holder", "way"),
    [
        (Holder(name="a", role=Role.SERVICE_PROVIDER), Told.DIRECTED),
        (Holder(name="a", role=Role.CONTRACTOR), Told.DIRECTED),
        (Holder(name="a", role=Role.CONTRACTOR, contract_ok=False), Told.NOTIFIED),
        (Holder(name="a", role=Role.THIRD_PARTY), Told.NOT_CONCERNED),
        (Holder(name="a", role=Role.THIRD_PARTY, sold_or_shared=True), Told.NOTIFIED),
        (Holder(name="a", role=Role.AFFILIATE, own_records=True), Told.ERASED_DIRECTLY),
        (Holder(name="a", role=Role.AFFILIATE), Told.DIRECTED),
        (Holder(name="a", role=Role.AFFILIATE, contract_ok=False), Told.NOTIFIED),
        (Holder(name="a", role=Role.SERVICE_PROVIDER, received_data=False), Told.NOT_CONCERNED),
        (
            Holder(name="a", role=Role.THIRD_PARTY, sold_or_shared=True, unreachable=True),
            Told.EXPLAINED,
        ),
    ],
)
def test_each_role_is_told_in_its_way(holder: Holder, way: Told) -> None:
    """Contract and role decide between N-14 and N-15 (SVC-04, SVC-05, SVC-08, SVC-09, DEL-07)."""
    assert told(holder, RequestType.DELETE) is way


def test_a_third_party_hears_of_an_opt_out_for_what_it_got_in_between() -> None:
    """And of a correction never (OPT-01, SVC-08, COR-04)."""
    sold = Holder(name="a", role=Role.THIRD_PARTY, sold_or_shared=True)
    between = Holder(name="b", role=Role.THIRD_PARTY, between=True)
    assert told(sold, RequestType.OPT_OUT_SALE_SHARING) is Told.NOT_CONCERNED
    assert told(between, RequestType.OPT_OUT_SALE_SHARING) is Told.NOTIFIED
    assert told(sold, RequestType.CORRECT) is Told.NOT_CONCERNED


@given(holders=HOLDERS, kind=st.sampled_from(RequestType))
def test_no_recipient_is_forgotten(holders: list[Holder], kind: RequestType) -> None:
    """Everyone stands in exactly one list (DEL-07, SVC-09)."""
    ways = everyone_told(holders, kind)
    listed = [name for names in ways.values() for name in names]
    assert sorted(listed) == sorted(holder.name for holder in holders)


def test_recipients_between_request_and_compliance_are_found() -> None:
    """Before and after do not count, each name stands once (OPT-01)."""
    hour = timedelta(hours=1)
    given_to = [
        Disclosure(to=name, at=NOON + hours * hour)
        for name, hours in (("early", -1), ("a", 1), ("a", 2), ("b", 3), ("late", 9))
    ]
    assert received_between(given_to, NOON, NOON + 5 * hour) == ("a", "b")
    assert received_between(given_to, NOON, None) == ("a", "b", "late")


def test_directions_go_out_the_same_day(policy: Policy) -> None:
    """Confirmed in ten business days, and no letter waits for it (SVC-01, SVC-02)."""
    found = execution(policy, datetime.fromisoformat("2026-11-20T23:30:00-08:00"))
    assert (found.directive_date, found.confirm_due) == (date(2026, 11, 20), date(2026, 12, 8))
    assert LETTER_WAITS is False


def test_for_a_client_the_company_forwards() -> None:
    """A service provider answers its client and not the consumer (SVC-06, KNO-11)."""
    assert answers_consumer(CompanyRole.BUSINESS)
    assert not answers_consumer(CompanyRole.SERVICE_PROVIDER)


@given(kinds=st.lists(st.sampled_from(RequestType), max_size=6))
def test_disclosure_comes_before_erasure(kinds: list[RequestType]) -> None:
    """Nothing asked for is lost, and erasing is last (REQ-12, DEL-15)."""
    order = in_order(kinds)
    assert set(order) == set(kinds)
    erasures = [index for index, kind in enumerate(order) if is_erasure(kind)]
    disclosures = [index for index, kind in enumerate(order) if is_disclosure(kind)]
    assert max(disclosures, default=-1) < min(erasures, default=len(order))


def test_erasure_waits_for_the_report_until_a_week_before_its_day(policy: Policy) -> None:
    """Never beyond its own due date (REQ-12)."""
    assert erase_at_latest(policy, date(2026, 6, 18)) == date(2026, 6, 11)
