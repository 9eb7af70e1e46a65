"""What must be done with a request, and by when."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain import policies
from domain.paths import PATHS
from domain.planning import RequestFacts, SubmissionPlan, plan
from domain.policy import Policy
from domain.vocabulary import Decision, NoticeKind, Requester, RequestType, Residency

RECEIVED = "2026-11-22T10:00:00-08:00"


def _plan(policy: Policy, **facts: Any) -> SubmissionPlan:
    return plan(policy, RequestFacts.model_validate({"received_at": RECEIVED, **facts}))


def _days(found: SubmissionPlan, index: int = 0) -> dict[str, date]:
    return {each.what: each.day for each in found.requests[index].dates}


def test_every_date_is_there_with_its_rule(policy: Policy) -> None:
    """Due dates, warnings, the window and the law behind the answer (CLK-01 to CLK-16)."""
    found = _plan(policy, request_type="delete", residency="CA").requests[0]
    by_rule = {each.rule: each.day.isoformat() for each in found.dates}
    assert by_rule["CLK-01"] == "2026-12-08"
    assert by_rule["CLK-02"] == "2027-01-06"
    assert by_rule["CLK-05"] == "2027-02-20"
    assert by_rule["CLK-10"] == "2027-01-06"
    assert "11 CCR 7021" in next(each.basis for each in found.dates if each.rule == "CLK-02")
    assert list(found.dates) == sorted(found.dates, key=lambda each: each.day)


def test_the_plan_is_pinned_to_the_policy_of_its_receipt(policy: Policy) -> None:
    """Version and content, so that the answer can be checked later (PRN-02)."""
    assert _plan(policy, request_type="delete").policy == policies.pin_of(policy)


def test_several_rights_are_planned_in_their_order(policy: Policy) -> None:
    """Disclosure first, and the deletion waits until a week before its day (REQ-12)."""
    found = _plan(policy, request_types=["delete", "know_both"], residency="CA")
    assert [each.request_type for each in found.requests] == ["know_both", "delete"]
    waiting = _days(found, 1)["erase without waiting for the report any longer"]
    assert waiting == date(2026, 12, 30)


@pytest.mark.parametrize(
    ("power", "outcome", "authority"),
    [
        ({"dated": True, "signed": True, "notarized": True}, "NOT_REQUIRED", "ACCEPT"),
        (
            {"dated": True, "signed": True, "adult_witnesses": 1},
            "NEED_MORE_INFO",
            "NEED_AGENT_PROOF",
        ),
        (None, "NEED_MORE_INFO", "NEED_AGENT_PROOF"),
    ],
)
def test_only_a_power_of_attorney_that_stands_spares_proof(
    policy: Policy, power: dict[str, Any] | None, outcome: str, authority: str
) -> None:
    """One that lacks something is no more than an agent without permission (AGT-03)."""
    found = _plan(
        policy,
        request_type="delete",
        requester="agent_poa",
        residency="CA",
        agent={"power_of_attorney": power},
    ).requests[0]
    assert found.identity.outcome == outcome
    assert found.authority == authority
    assert any("two adult witnesses" in what for what in found.missing) is (
        power is not None and authority != "ACCEPT"
    )


def test_a_consumer_who_proved_themselves_leaves_the_agent_nothing_to_show(policy: Policy) -> None:
    """The permission, and the consumer's own points at the tier of the request (AGT-02)."""
    found = _plan(
        policy,
        request_type="delete",
        requester="agent_signed",
        residency="CA",
        agent={"signed_permission": True},
        points=[
            {"name": name, "matched": True, "control_proved": True}
            for name in ("email", "phone", "customer_number")
        ],
    ).requests[0]
    assert (found.identity.outcome, found.authority) == ("VERIFIED", "ACCEPT")
    assert found.missing == ()


def test_what_is_missing_is_said_in_words(policy: Policy) -> None:
    """Points, declaration, authority and parent, as far as they lack (VER-16, AGT-01, REQ-05)."""
    found = _plan(
        policy,
        request_type="know_specific",
        residency="CA",
        requester="agent_signed",
        age_band="CHILD",
        points=[{"name": "phone", "matched": True}],
    ).requests[0]
    assert found.missing == (
        "the agent's permission, power of attorney or registration",
        "because of the age: parent",
        "2 more reliable points of identity",
        "a declaration under penalty of perjury, signed and dated",
    )
    assert "N-11" in [letter.notice for letter in found.letters]


def test_nothing_is_missing_of_who_is_known(policy: Policy) -> None:
    """A verified deletion waits for staff only (VER-16)."""
    points = [{"name": name, "matched": True} for name in ("phone", "birth_date", "order_number")]
    found = _plan(policy, request_type="delete", residency="CA", points=points).requests[0]
    assert (found.missing, found.identity.outcome) == ((), "VERIFIED")
    assert [row.action for row in found.approvers] == ["approve", "deny", "extend_deadline"]


def test_a_bare_name_is_a_point_and_a_word_a_declaration(policy: Policy) -> None:
    """What is only offered does not count yet, what is signed does (VER-14, VER-16)."""
    found = _plan(
        policy,
        request_type="know_specific",
        residency="CA",
        points=["phone", "birth_date"],
        declaration="valid",
    ).requests[0]
    assert found.missing == ("3 more reliable points of identity",)


def test_the_third_request_to_know_may_be_refused(policy: Policy) -> None:
    """With the date from which one is served, and the officer's choices (FRQ-04, FEE-02)."""
    prior = [
        {"receipt_date": day, "request_type": "know_specific", "result": "GRANT"}
        for day in ("2026-05-01", "2026-06-01")
    ]
    found = _plan(policy, request_type="know_both", residency="CA", prior=prior).requests[0]
    assert found.frequency.next_allowed == date(2027, 5, 1)
    assert Decision.REFUSE_EXCESS in {each.decision for each in found.outcomes}
    assert "quote_fee" in {row.action for row in found.approvers}


def test_a_young_person_opens_a_purge(policy: Policy) -> None:
    """Said of the submission, by age on the day of receipt (MIN-01, MIN-06)."""
    young = _plan(policy, request_type="opt_out_sale_sharing", birth_date="2010-11-22")
    assert (young.opens_minor_purge, young.requests[0].age_band) == (True, "MINOR_16_17")
    assert young.requests[0].missing == ()


def test_the_window_closes_on_its_instant(policy: Policy) -> None:
    """As of an instant after it, the outcome is the last one (CLK-10, VER-08)."""
    facts = {"request_type": "delete", "residency": "CA"}
    before = _plan(policy, **facts, as_of="2027-01-06T16:59:59-08:00").requests[0]
    after = _plan(policy, **facts, as_of="2027-01-06T17:00:00-08:00").requests[0]
    assert before.identity.outcome == "NEED_MORE_INFO"
    assert after.identity.outcome == "UNVERIFIED_TREAT_AS_OPT_OUT"


@given(
    kinds=st.lists(st.sampled_from(RequestType), min_size=1, max_size=4),
    place=st.sampled_from(Residency),
    requester=st.sampled_from(sorted(set(Requester) - {Requester.REPORTER, Requester.COMPANY})),
    days=st.integers(-300, 900),
)
def test_every_kind_of_request_can_be_planned(
    policy: Policy,
    kinds: list[RequestType],
    place: Residency,
    requester: Requester,
    days: int,
) -> None:
    """Any mix of rights, people and places has a plan with dates and outcomes (REQ-01)."""
    received_at = datetime.fromisoformat(RECEIVED) + timedelta(days=days)
    facts = RequestFacts(
        request_types=tuple(kinds), residency=place, requester=requester, received_at=received_at
    )
    found = plan(policy, facts)
    assert {each.request_type for each in found.requests} == set(kinds)
    for each in found.requests:
        assert each.dates
        assert each.outcomes
        assert bool(each.steps) == (each.request_type in PATHS)


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"request_type": "delete", "received_at": "2026-11-22"},
        {"request_type": "love"},
        {"request_type": "delete", "birth_date": "2010-01-01", "age_band": "TEEN"},
        {"request_type": "delete", "colour": "red"},
    ],
)
def test_facts_that_make_no_sense_are_refused(policy: Policy, facts: dict[str, Any]) -> None:
    """Unknown words, two ages and instants without an offset."""
    with pytest.raises(ValidationError):
        _plan(policy, **facts)


def test_a_reporter_is_told_that_the_report_came_in_and_nothing_else(policy: Policy) -> None:
    """No outcome of a purge reaches who reported it (MIN-06); `type` will do for one right."""
    found = _plan(policy, type="minor_purge", requester="reporter").requests[0]
    assert {each.notice for each in found.letters} >= {NoticeKind.ACKNOWLEDGEMENT}
    assert {each.notice for each in found.outcomes} == {None}
    opened = _plan(policy, type="minor_purge", requester="company").requests[0]
    assert NoticeKind.DELETION_COMPLETE in {each.notice for each in opened.outcomes}


def test_an_account_is_switched_off_only_after_the_proof(policy: Policy) -> None:
    """Nobody can close another's account by naming it (REQ-16)."""
    (found,) = _plan(policy, request_types=["account_terminate"]).requests
    rules = [step.rule for step in found.steps]
    assert rules.index("VER-16") < rules.index("REQ-16")


def test_only_what_is_asked_for_has_an_hour_at_which_it_ends(policy: Policy) -> None:
    """An opt-out proves nothing, its agent a permission, an opt-in takes a second step (OPT-07)."""
    assert _windows(policy, "opt_out_sale_sharing") == []
    by_agent = _windows(policy, "opt_out_sale_sharing", requester="agent_signed")
    assert by_agent == ["proof of authority counts until"]
    assert _windows(policy, "opt_in_after_opt_out") == ["the second step counts until"]


def test_a_second_step_is_asked_for_by_letter(policy: Policy) -> None:
    """Whoever does not take it hears that nothing was changed (OPT-07)."""
    (found,) = _plan(policy, request_types=["opt_in_minor"]).requests
    assert NoticeKind.ACKNOWLEDGEMENT in [letter.notice for letter in found.letters]
    assert Decision.UNVERIFIED_DENY in [outcome.decision for outcome in found.outcomes]


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"birth_date": "2030-01-01"}, "birth_date lies after received_at"),
        ({"period": ["2026-01-01", "2025-01-01"]}, "ends before it begins"),
        ({"requester": "reporter"}, "nothing but minor_purge"),
    ],
)
def test_facts_that_cannot_be_are_refused_in_a_sentence(
    policy: Policy, facts: dict[str, Any], says: str
) -> None:
    """A plan made of them would look right and be wrong (MIN-06, KNO-03)."""
    with pytest.raises(ValidationError, match=says):
        _plan(policy, request_type="know_both", **facts)


def test_a_young_persons_purge_has_its_age_established_first(policy: Policy) -> None:
    """Before anybody decides to erase (MIN-06)."""
    (found,) = _plan(policy, request_type="minor_purge", requester="reporter").requests
    rules = [step.rule for step in found.steps]
    assert rules.index("MIN-06") < rules.index("DEL-01")


def _windows(policy: Policy, kind: str, **facts: object) -> list[str]:
    (found,) = _plan(policy, request_types=[kind], **facts).requests
    return [each.what for each in found.dates if each.rule == "CLK-10"]


@pytest.mark.parametrize(
    ("requester", "words"),
    [("parent", "proof of being the parent"), ("conservator", "letters of conservatorship")],
)
def test_whoever_asks_for_another_hears_what_shows_it(
    policy: Policy, requester: str, words: str
) -> None:
    """A parent and a conservator show other things than an agent (AGT-08, MIN-05)."""
    facts = {"request_type": "delete", "requester": requester, "age_band": "CHILD"}
    (found,) = _plan(policy, **facts).requests
    assert any(words in each for each in found.missing)
    assert NoticeKind.AGENT_PROOF in [letter.notice for letter in found.letters]
    (shown,) = _plan(policy, **facts, parent_method="video_call").requests
    assert (words in " ".join(shown.missing)) is (requester == "conservator")
