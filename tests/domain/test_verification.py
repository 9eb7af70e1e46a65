"""Who asks: points, declarations, accounts, and the end of the window (VER-01 to VER-19)."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.declarations import Declaration, Signer, is_valid, signer_for
from domain.policy import Policy
from domain.verification import (
    AccountRoute,
    Evidence,
    Point,
    Question,
    assess,
    count_points,
    is_required,
    points_asked,
    unverified_outcome,
)
from domain.vocabulary import Requester, RequestType, Residency, VerificationOutcome

FREE = frozenset(
    {
        RequestType.OPT_OUT_SALE_SHARING,
        RequestType.LIMIT_SPI,
        RequestType.GPC_SIGNAL,
        RequestType.MARKETING_OPT_OUT,
        RequestType.OPT_IN_MINOR,
        RequestType.OPT_IN_AFTER_OPT_OUT,
        RequestType.MINOR_PURGE,
        RequestType.ADMT_OPT_OUT,
    }
)
EVIDENCE = st.builds(
    Evidence,
    points_counted=st.integers(0, 5),
    mismatches=st.integers(0, 3),
    counts_of_others=st.lists(st.integers(0, 5), max_size=2).map(tuple),
    account=st.sampled_from(AccountRoute),
    declaration=st.booleans(),
)


def _point(kind: str, *, matched: bool = True, reliable: bool = True, **more: str) -> Point:
    return Point(kind=kind, matched=matched, reliable=reliable, **more)


def _outcome(
    policy: Policy, kind: RequestType, evidence: Evidence, *, window_open: bool, **more: object
) -> VerificationOutcome:
    question = Question.model_validate({"request_type": kind, "residency": Residency.CA, **more})
    return assess(policy, question, evidence, window_open=window_open).outcome


@pytest.mark.parametrize(
    ("points", "counted", "mismatches"),
    [
        ([_point("email"), _point("email")], 1, 0),
        ([_point("email", fact="a"), _point("business_email", fact="a")], 1, 0),
        ([_point("email"), _point("phone"), _point("birth_date", matched=False)], 2, 1),
        ([_point("email"), _point("employer", reliable=False)], 1, 0),
        ([_point("ssn"), _point("passport"), _point("email")], 1, 0),
        ([_point("email", person="a"), _point("phone", person="b")], 1, 0),
        ([], 0, 0),
    ],
)
def test_only_reliable_matches_of_one_person_count(
    policy: Policy, points: list[Point], counted: int, mismatches: int
) -> None:
    """Facts count once, barred kinds never, people apart (VER-01, VER-02, VER-18)."""
    found = count_points(policy, RequestType.DELETE, points)
    assert (found.points_counted, found.mismatches) == (counted, mismatches)


def test_contested_data_proves_nothing_in_a_correction(policy: Policy) -> None:
    """A contested address does not count for the correction of it, but for others (VER-10)."""
    points = [_point("email"), _point("postal_address")]
    contested = {"postal_address"}
    correction = count_points(policy, RequestType.CORRECT, points, contested)
    deletion = count_points(policy, RequestType.DELETE, points, contested)
    assert (correction.points_counted, deletion.points_counted) == (1, 2)


@pytest.mark.parametrize(
    ("kind", "points", "declared", "outcome"),
    [
        (RequestType.KNOW_CATEGORIES, 2, False, "VERIFIED"),
        (RequestType.KNOW_CATEGORIES, 1, False, "UNVERIFIED_DENY"),
        (RequestType.KNOW_SPECIFIC, 3, True, "VERIFIED"),
        (RequestType.KNOW_SPECIFIC, 3, False, "DOWNGRADE_TO_CATEGORIES"),
        (RequestType.PORTABILITY, 2, True, "DOWNGRADE_TO_CATEGORIES"),
        (RequestType.KNOW_BOTH, 1, True, "UNVERIFIED_DENY"),
        (RequestType.DELETE, 3, False, "VERIFIED"),
        (RequestType.DELETE, 2, True, "UNVERIFIED_TREAT_AS_OPT_OUT"),
        (RequestType.CORRECT, 2, False, "VERIFIED"),
        (RequestType.CORRECT, 1, False, "UNVERIFIED_DENY"),
        (RequestType.ACCOUNT_REVIEW, 2, False, "DOWNGRADE_TO_CATEGORIES"),
        (RequestType.ACCOUNT_TERMINATE, 2, False, "VERIFIED"),
    ],
)
def test_the_closed_window_has_one_outcome(
    policy: Policy, kind: RequestType, points: int, declared: bool, outcome: str
) -> None:
    """Each type has its tier and its own fall-back (VER-06 to VER-09, VER-16, REQ-16)."""
    evidence = Evidence(points_counted=points, declaration=declared)
    assert _outcome(policy, kind, evidence, window_open=False) == outcome


def test_sensitive_corrections_need_one_point_more(policy: Policy) -> None:
    """Two points correct ordinary data, sensitive data needs three (rulebook section 3)."""
    two = Evidence(points_counted=2)
    plain = _outcome(policy, RequestType.CORRECT, two, window_open=True)
    sensitive = _outcome(policy, RequestType.CORRECT, two, window_open=True, sensitive=True)
    assert (plain, sensitive) == ("VERIFIED", "NEED_MORE_INFO")


def test_an_account_closed_with_its_data_is_proved_like_a_deletion(policy: Policy) -> None:
    """Two points close an account, three erase what is held with it (REQ-16)."""
    kind, two = RequestType.ACCOUNT_TERMINATE, Evidence(points_counted=2)
    closed = _outcome(policy, kind, two, window_open=True)
    erased = _outcome(policy, kind, two, window_open=True, erases=True)
    assert (closed, erased) == ("VERIFIED", "NEED_MORE_INFO")
    assert points_asked(policy, kind, Residency.CA) == 3
    assert points_asked(policy, RequestType.MINOR_PURGE, Residency.CA) == 0


@pytest.mark.parametrize(
    ("account", "declared", "outcome"),
    [
        (AccountRoute.REAUTHENTICATED, True, "VERIFIED"),
        (AccountRoute.REAUTHENTICATED, False, "NEED_MORE_INFO"),
        (AccountRoute.LOGIN_ONLY, True, "NEED_MORE_INFO"),
        (AccountRoute.SUSPECTED_FRAUD, True, "FRAUD_HOLD"),
    ],
)
def test_an_account_proves_as_much_as_it_is_fresh_and_unsuspected(
    policy: Policy, account: AccountRoute, declared: bool, outcome: str
) -> None:
    """A fresh login stands for points, never for the declaration (VER-04, VER-05, VER-16)."""
    evidence = Evidence(account=account, declaration=declared)
    assert _outcome(policy, RequestType.KNOW_SPECIFIC, evidence, window_open=True) == outcome


def test_points_verify_although_the_account_is_in_doubt(policy: Policy) -> None:
    """Suspected fraud closes the account's route only (VER-05)."""
    evidence = Evidence(points_counted=3, account=AccountRoute.SUSPECTED_FRAUD)
    assert _outcome(policy, RequestType.DELETE, evidence, window_open=True) == "VERIFIED"


def test_two_persons_who_fit_verify_nobody(policy: Policy) -> None:
    """Father and son with the same points are never both disclosed or erased (VER-18)."""
    evidence = Evidence(points_counted=3, counts_of_others=(3,))
    assert _outcome(policy, RequestType.DELETE, evidence, window_open=True) == "NEED_MORE_INFO"


@pytest.mark.parametrize("kind", list(RequestType))
def test_choices_and_signals_need_no_proof(policy: Policy, kind: RequestType) -> None:
    """Whatever there is or is not, an opt-out needs nothing (REQ-09, MIN-07, VER-16)."""
    for residency, window_open in product(Residency, (True, False)):
        question = Question(request_type=kind, residency=residency)
        outcome = assess(policy, question, Evidence(), window_open=window_open).outcome
        assert (outcome is VerificationOutcome.NOT_REQUIRED) == (kind in FREE)


def test_outside_california_no_declaration_is_asked(policy: Policy) -> None:
    """The declaration is a promise of section 9; points are asked everywhere (REQ-02)."""
    question = Question(request_type=RequestType.KNOW_SPECIFIC, residency=Residency.OTHER)
    judged = assess(policy, question, Evidence(points_counted=3), window_open=True)
    assert (judged.outcome, judged.declaration_required) == ("VERIFIED", False)


def test_a_power_of_attorney_stands_for_the_check(policy: Policy) -> None:
    """Neither points nor a declaration of the consumer are asked (AGT-03, VER-14)."""
    none = _outcome(
        policy,
        RequestType.KNOW_SPECIFIC,
        Evidence(),
        window_open=True,
        requester=Requester.AGENT_POA,
    )
    assert none == "NOT_REQUIRED"


@given(evidence=EVIDENCE, window_open=st.booleans(), kind=st.sampled_from(RequestType))
def test_more_proof_never_makes_anybody_less_known(
    policy: Policy, evidence: Evidence, window_open: bool, kind: RequestType
) -> None:
    """Whoever is verified stays so with one point more (VER-16)."""
    before = _outcome(policy, kind, evidence, window_open=window_open)
    more = evidence.model_copy(update={"points_counted": evidence.points_counted + 1})
    after = _outcome(policy, kind, more, window_open=window_open)
    assert before != "VERIFIED" or after == "VERIFIED"


@given(evidence=EVIDENCE, kind=st.sampled_from(RequestType), place=st.sampled_from(Residency))
def test_a_closed_window_leaves_nothing_open(
    policy: Policy, evidence: Evidence, kind: RequestType, place: Residency
) -> None:
    """At its end every request has a last word (VER-16, CLK-10)."""
    question = Question(request_type=kind, residency=place)
    outcome = assess(policy, question, evidence, window_open=False).outcome
    assert outcome not in ("NEED_MORE_INFO", "FRAUD_HOLD")


@given(evidence=EVIDENCE)
def test_specific_pieces_become_categories_only_for_whom_categories_are_served(
    policy: Policy, evidence: Evidence
) -> None:
    """The fall-back never discloses more than a request for categories would (VER-06, VER-07)."""
    place = Residency.CA
    fallen = unverified_outcome(policy, RequestType.KNOW_SPECIFIC, place, evidence)
    asked = _outcome(policy, RequestType.KNOW_CATEGORIES, evidence, window_open=False)
    assert (fallen == "DOWNGRADE_TO_CATEGORIES") == (asked == "VERIFIED")


@pytest.mark.parametrize(
    ("requester", "signer", "valid"),
    [
        (Requester.CONSUMER, Signer.CONSUMER, True),
        (Requester.AGENT_SIGNED, Signer.CONSUMER, True),
        (Requester.PARENT, Signer.PARENT, True),
        (Requester.PARENT, Signer.CONSUMER, False),
        (Requester.CONSERVATOR, Signer.CONSERVATOR, True),
        (Requester.CONSUMER, Signer.PARENT, False),
        (Requester.AGENT_POA, Signer.CONSUMER, False),
    ],
)
def test_each_signer_has_words_of_their_own(
    requester: Requester, signer: Signer, valid: bool
) -> None:
    """The wrong wording is not valid; for a power of attorney none is asked (VER-14)."""
    assert is_valid(Declaration(signer=signer), requester) is valid
    assert (signer_for(requester) is None) == (requester is Requester.AGENT_POA)


@pytest.mark.parametrize("flaw", ["signed", "dated", "perjury_words"])
def test_a_declaration_is_whole_or_none(flaw: str) -> None:
    """Without signature, date or the words of perjury it does not count (VER-14)."""
    broken = Declaration(signer=Signer.CONSUMER).model_copy(update={flaw: False})
    assert not is_valid(broken, Requester.CONSUMER)
    assert not is_valid(None, Requester.CONSUMER)


def test_what_needs_proof_is_policy_data(policy: Policy, policy_of_2025: Policy) -> None:
    """Both revisions ask proof of a deletion and none of an opt-out (REQ-09, PRN-02)."""
    for each in (policy, policy_of_2025):
        assert is_required(each, RequestType.DELETE, Residency.CA)
        assert not is_required(each, RequestType.OPT_OUT_SALE_SHARING, Residency.CA)
