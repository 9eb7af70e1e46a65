"""Corrections, opt-outs, signals, opt-ins (COR-01 to COR-10, OPT-01 to OPT-10)."""

from datetime import date, timedelta

import pytest

from domain.correction import (
    Circumstances,
    NamingOfSource,
    PriorDenial,
    Weighing,
    may_delete_instead,
    may_deny_as_repeated,
    names_source,
    naming_of_source,
    propose,
    statement_accepted,
    words_in,
)
from domain.feeds import admitted, overwrites
from domain.fraud import Belief, allows_denial
from domain.policy import Policy
from domain.preferences import (
    CHOICES,
    confirmation,
    decide,
    opt_in_complete,
    records,
    signals_opt_out,
)
from domain.vocabulary import Decision, RequestType


@pytest.mark.parametrize(
    ("circumstances", "decision"),
    [
        (Circumstances(company_is_source=False), "GRANT"),
        (Circumstances(company_is_source=True), "GRANT"),
        (Circumstances(company_is_source=True, company_documents=1), "DENY"),
        (Circumstances(company_is_source=True, company_documents=1, consumer_documents=1), "GRANT"),
        (Circumstances(company_is_source=True, company_documents=1, consumer_documents=2), "GRANT"),
        (Circumstances(company_is_source=False, consumer_assertion=False), "REVIEW_REQUIRED"),
        (Circumstances(company_is_source=False, weighing=Weighing.LIKELY_ACCURATE), "DENY"),
        (
            Circumstances(
                company_is_source=True, company_documents=9, weighing=Weighing.LIKELY_INACCURATE
            ),
            "GRANT",
        ),
    ],
)
def test_a_correction_is_denied_only_if_the_data_is_likely_right(
    circumstances: Circumstances, decision: str
) -> None:
    """An assertion may be enough, an even balance is granted, staff weigh (COR-01, COR-02)."""
    assert propose(circumstances) == decision


@pytest.mark.parametrize(
    ("denied", "received", "allowed"),
    [
        ("2026-01-15", "2026-07-15", False),
        ("2026-01-16", "2026-07-15", True),
        ("2026-02-28", "2026-08-31", False),
        ("2026-03-01", "2026-08-31", True),
        ("2025-08-31", "2026-02-28", True),
    ],
)
def test_a_repeated_correction_may_be_denied_for_six_months(
    policy: Policy, denied: str, received: str, allowed: bool
) -> None:
    """The window clamps back; new papers or another mistake reopen it (COR-06, CLK-15)."""
    prior = PriorDenial(denied_on=date.fromisoformat(denied))
    day = date.fromisoformat(received)
    assert may_deny_as_repeated(policy, day, prior) is allowed
    for news in ({"new_documents": True}, {"same_inaccuracy": False}):
        assert not may_deny_as_repeated(policy, day, prior.model_copy(update=news))
    assert not may_deny_as_repeated(policy, day, None)


@pytest.mark.parametrize(
    ("belief", "allowed"),
    [
        (None, False),
        (Belief(documented=False), False),
        (Belief(documented=True), True),
        (Belief(documented=True, good_faith=False), False),
        (Belief(documented=True, reasonable=False), False),
    ],
)
def test_fraud_must_be_believed_on_paper(belief: Belief | None, allowed: bool) -> None:
    """Good faith, reasonable, documented, or no denial (COR-07, OPT-03)."""
    assert allows_denial(belief) is allowed
    denied = decide(RequestType.OPT_OUT_SALE_SHARING, belief) is Decision.DENY
    assert denied is allowed


@pytest.mark.parametrize(("words", "accepted"), [(0, False), (1, True), (250, True), (251, False)])
def test_a_health_statement_has_250_words(policy: Policy, words: int, accepted: bool) -> None:
    """Only for health data, and not longer (COR-09)."""
    statement = " ".join(["word"] * words)
    assert statement_accepted(policy, words_in(statement)) is accepted
    assert not statement_accepted(policy, words, about_health=False)


def test_deleting_instead_must_not_hurt() -> None:
    """Without consent only where it does no harm (COR-05)."""
    allowed = {
        (impact, consent)
        for impact in (False, True)
        for consent in (False, True)
        if may_delete_instead(negative_impact=impact, consent=consent)
    }
    assert allowed == {(False, False), (False, True), (True, True)}


def test_the_source_is_named_by_duty_since_2026(policy: Policy) -> None:
    """Encouraged before; never where the company itself is the source (COR-10)."""
    first = date(2026, 1, 1)
    assert naming_of_source(policy, first) is NamingOfSource.DUTY
    assert naming_of_source(policy, first - timedelta(days=1)) is NamingOfSource.ENCOURAGED
    assert names_source(policy, company_is_source=False)
    assert not names_source(policy, company_is_source=True)


def test_feeds_and_imports_undo_nothing() -> None:
    """A corrected field is pinned, a deleted person stays away (COR-04, DEL-13)."""
    assert not overwrites(pinned=True, differs=True)
    assert overwrites(pinned=False, differs=True)
    assert overwrites(pinned=True, differs=True, from_consumer=True)
    assert not overwrites(pinned=False, differs=False)
    assert admitted(["ana", "bob"], {"ana"}) == ["bob"]


@pytest.mark.parametrize(
    ("headers", "opts_out"),
    [
        ({"Sec-GPC": "1"}, True),
        ({"sec-gpc": " 1 "}, True),
        ({"DNT": "1"}, False),
        ({"DNT": "1", "Sec-GPC": "1"}, True),
        ({"Sec-GPC": "0"}, False),
        ({"Sec-GPC": "true"}, False),
        ({}, False),
    ],
)
def test_only_the_preference_signal_opts_out(
    policy: Policy, headers: dict[str, str], opts_out: bool
) -> None:
    """Do-not-track alone changes nothing (OPT-05)."""
    assert signals_opt_out(policy, headers) is opts_out


def test_the_same_signal_makes_one_record() -> None:
    """For each device and person (OPT-10)."""
    assert records([("d", "p"), ("d", "p"), ("d", "q")]) == (("d", "p"), ("d", "q"))


def test_opting_in_again_takes_two_steps(policy: Policy) -> None:
    """A request and a separate confirmation (OPT-07)."""
    assert [opt_in_complete(policy, steps) for steps in range(3)] == [False, False, True]


def test_choices_are_granted_and_confirmed(policy: Policy, policy_of_2025: Policy) -> None:
    """Taken although nothing is sold; since 2026 confirmed by letter (OPT-02, OPT-04, OPT-08)."""
    for kind in CHOICES:
        assert decide(kind) is Decision.GRANT
        assert confirmation(policy, kind) == "N-10"
        assert confirmation(policy_of_2025, kind) is None
    assert confirmation(policy, RequestType.DELETE) is None
