"""What comes in: wishes in free words, households, the state's platform (REQ, KNO-03, DRP)."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.data_broker import delete_by, is_compliant, reads_platform
from domain.household import split
from domain.intake import (
    clock_starts,
    is_taken,
    may_demand,
    may_use_request_data,
    missing_testimonial_items,
)
from domain.know_report import NotSearched, may_skip_search, needs_statement, period, route
from domain.policy import Policy
from domain.vocabulary import Requester, RequestType
from domain.wishes import read_wish

TODAY = date(2026, 6, 15)


@pytest.mark.parametrize(
    ("subject", "body", "types"),
    [
        ("CCPA Data Privacy Request", "Please delete my personal information", ["delete"]),
        ("hello", "what do you have on me", ["know_both"]),
        ("", "send me a copy of my data", ["know_specific"]),
        ("", "which categories of data do you collect about me?", ["know_categories"]),
        ("", "my data in a portable format please", ["portability"]),
        ("", "my address is wrong, please fix it", ["correct"]),
        ("", "do not sell my information", ["opt_out_sale_sharing"]),
        ("", "I want to opt out", ["opt_out_sale_sharing"]),
        ("", "limit the use of my sensitive personal information", ["limit_spi"]),
        ("", "unsubscribe", ["marketing_opt_out"]),
        ("", "remove me from your mailing list", ["marketing_opt_out"]),
        ("", "close my account", ["account_terminate"]),
        ("", "take down my testimonial", ["testimonial_change"]),
        ("", "I would like to opt back in", ["opt_in_after_opt_out"]),
        ("", "tell me what you have, then delete it", ["know_both", "delete"]),
        ("", "delete everything you have on me", ["delete"]),
        ("", "erase all copies of my data", ["delete"]),
        ("", "delete it all and send me a copy of my data", ["delete", "know_specific"]),
        ("", "please don't delete anything, I only want to see my data", ["know_both"]),
        ("", "Borren todos mis datos", ["delete"]),
        ("CCPA Data Privacy Request", "", ["know_both"]),
    ],
)
def test_a_letter_is_read_for_the_rights_it_names(
    subject: str, body: str, types: list[str]
) -> None:
    """With or without the designated subject line (REQ-07, REQ-14)."""
    wish = read_wish(subject, body)
    assert wish is not None
    assert [kind.value for kind in wish.types] == types


@pytest.mark.parametrize(
    "body", ["leave me alone", "get rid of everything you have about me", "STOP", "forget my file"]
)
def test_an_unclear_wish_is_taken_as_what_gives_most(body: str) -> None:
    """Deletion and an end of marketing, and the letter says so (REQ-14)."""
    wish = read_wish("", body)
    assert wish is not None
    assert (wish.types, wish.read_broadly) == (
        (RequestType.DELETE, RequestType.MARKETING_OPT_OUT),
        True,
    )


def test_other_mail_asks_for_nothing() -> None:
    """What names no right opens no request by itself (REQ-14)."""
    assert read_wish("Invoice 4711", "When will you pay?") is None


@given(subject=st.text(max_size=40), body=st.text(max_size=200))
def test_any_letter_can_be_read(subject: str, body: str) -> None:
    """Nothing that people write stops the reading (REQ-14)."""
    wish = read_wish(subject, body)
    assert wish is None or wish.types


def test_everybody_has_the_rights_in_force(policy: Policy) -> None:
    """Of what is taken on the day; a purge only by report (REQ-01, REQ-13, PRN-06, MIN-06)."""
    consumer, reporter = Requester.CONSUMER, Requester.REPORTER
    assert is_taken(policy, RequestType.CORRECT, consumer, TODAY)
    assert not is_taken(policy, RequestType.CORRECT, consumer, date(2022, 12, 31))
    assert not is_taken(policy, RequestType.ADMT_ACCESS, consumer, date(2026, 12, 31))
    assert is_taken(policy, RequestType.ADMT_ACCESS, consumer, date(2027, 1, 1))
    assert is_taken(policy, RequestType.MINOR_PURGE, reporter, TODAY)
    assert not is_taken(policy, RequestType.MINOR_PURGE, consumer, TODAY)
    assert not is_taken(policy, RequestType.DELETE, reporter, TODAY)


def test_the_first_contact_starts_the_clock(policy: Policy) -> None:
    """Whatever desk it reached (REQ-08)."""
    first = datetime.fromisoformat("2026-05-04T23:30:00-07:00")
    assert clock_starts(policy, [first + timedelta(days=3), first]) == date(2026, 5, 4)


def test_what_is_told_with_a_request_serves_the_request() -> None:
    """Never marketing (PRN-05)."""
    assert may_use_request_data("verify")
    assert not may_use_request_data("marketing")


@pytest.mark.parametrize(
    "thing",
    [
        "proof_of_residency",
        "account",
        "power_of_attorney",
        "fee",
        "notarization",
        "filing_again",
        "ssn",
        "passport",
    ],
)
def test_nobody_is_made_to_give_more_than_is_needed(policy: Policy, thing: str) -> None:
    """No proof of residency, account, power, fee or number (REQ-04, PRN-05, VER-02, VER-03)."""
    assert not may_demand(policy, thing)
    assert may_demand(policy, "email")


def test_a_testimonial_needs_name_place_and_contact() -> None:
    """What is blank is missing (REQ-11)."""
    assert missing_testimonial_items({"name": "Ana", "location": " "}) == ("location", "contact")


def test_members_of_a_household_are_people_of_their_own(policy: Policy) -> None:
    """One that fails stops nobody, limits are each one's own (REQ-06, FRQ-01, FRQ-03)."""
    parts = split(
        policy,
        RequestType.KNOW_SPECIFIC,
        ["a", "b", "c"],
        verified={"b": False},
        prior_served={"c": 2},
    )
    assert (parts.unaffected, parts.excess, parts.served) == (("a", "c"), ("c",), ("a",))
    deletions = split(policy, RequestType.DELETE, ["a", "a"], verified={}, prior_served={"a": 9})
    assert (deletions.members, deletions.excess) == (("a",), ())


@pytest.mark.parametrize(
    ("received", "chosen", "first", "last", "clipped"),
    [
        ("2026-06-15", None, "2022-01-01", "2026-06-15", False),
        ("2023-01-01", None, "2022-01-01", "2023-01-01", False),
        ("2022-12-31", None, "2021-12-31", "2022-12-31", False),
        ("2026-06-15", ("2024-01-01", "2024-12-31"), "2024-01-01", "2024-12-31", False),
        ("2026-06-15", ("2021-12-31", "2024-12-31"), "2022-01-01", "2024-12-31", True),
        ("2026-06-15", ("2024-01-01", "2026-06-16"), "2024-01-01", "2026-06-15", True),
    ],
)
def test_a_report_covers_what_the_law_gives_or_the_person_chose(
    policy: Policy,
    received: str,
    chosen: tuple[str, str] | None,
    first: str,
    last: str,
    clipped: bool,
) -> None:
    """Since 2022, before 2023 twelve months, a choice inside it (KNO-03)."""
    range_ = (date.fromisoformat(chosen[0]), date.fromisoformat(chosen[1])) if chosen else None
    found = period(policy, date.fromisoformat(received), range_)
    assert (found.first.isoformat(), found.last.isoformat(), found.clipped) == (
        first,
        last,
        clipped,
    )


@pytest.mark.parametrize("missing", [None, *NotSearched.model_fields])
def test_a_search_is_left_out_only_if_all_four_hold(missing: str | None) -> None:
    """One that fails means to search (KNO-05)."""
    flags = {name: name != missing for name in NotSearched.model_fields}
    assert may_skip_search(NotSearched(**flags)) is (missing is None)


def test_empty_lists_say_so_and_counsel_judges_security() -> None:
    """Two lists, and no automatic denial for a security risk (KNO-01, KNO-09)."""
    assert needs_statement([])
    assert not needs_statement(["identifiers"])
    assert route("security_risk") == "counsel"
    assert route("conflict_with_law") is None


@pytest.mark.parametrize(
    ("pulls", "today", "compliant"),
    [
        (["2026-08-01", "2026-09-15", "2026-10-30"], None, True),
        (["2026-08-01", "2026-09-16"], None, False),
        (["2026-09-16", "2026-08-01"], None, False),
        ([], None, False),
        (["2026-08-01"], "2026-09-15", True),
        (["2026-08-01"], "2026-09-16", False),
        ([], "2026-07-31", True),
    ],
)
def test_a_broker_reads_the_platform_every_45_days(
    policy: Policy, pulls: list[str], today: str | None, compliant: bool
) -> None:
    """A company that is none reads nothing (DRP-01, DRP-02)."""
    broker = policy.broker.model_copy(update={"is_data_broker": True})
    days = [date.fromisoformat(pull) for pull in pulls]
    now = date.fromisoformat(today) if today else None
    assert is_compliant(broker, days, now) is compliant
    assert is_compliant(policy.broker, [], now)
    assert not reads_platform(policy.broker)


def test_a_deletion_from_the_platform_has_its_own_clock(policy: Policy) -> None:
    """Forty-five days from the reading, beside any direct request (DRP-02, DRP-03)."""
    assert delete_by(policy.broker, date(2026, 8, 1)) == date(2026, 9, 15)
