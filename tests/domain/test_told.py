"""Whom a request concerns beside us, and what a reporter is told."""

from datetime import UTC, datetime

import pytest

from domain.decisions import fulfilment, outcome
from domain.notice_words import DirectedAction
from domain.state import RequestState
from domain.vocabulary import Decision, Requester, RequestType

NOW = datetime(2026, 11, 23, 18, tzinfo=UTC)


def test_an_unverified_deletion_is_passed_on_as_an_opt_out() -> None:
    """Who buys is told to stop, once the opt-out holds here; nobody is told to delete (VER-08)."""
    unverified = RequestState(
        request_id="PR-4106-105S", decision=Decision.UNVERIFIED_TREAT_AS_OPT_OUT
    )
    assert not fulfilment.owes_directions(unverified)
    applied = unverified.model_copy(update={"opted_out_on": NOW.date()})
    assert fulfilment.owes_directions(applied)
    assert fulfilment.action_of(applied) is DirectedAction.STOP_SALE_SHARING


@pytest.mark.parametrize("decision", [Decision.DENY, Decision.WITHDRAWN, Decision.UNVERIFIED_DENY])
def test_a_refused_request_is_nobody_elses_business(decision: Decision) -> None:
    """What was refused or taken back directs nobody (DEL-07)."""
    refused = RequestState(request_id="PR-4106-105S", decision=decision)
    assert not fulfilment.owes_directions(refused)


def test_a_reporter_is_told_no_outcome() -> None:
    """Only the company's own purge is answered by a letter (MIN-06, NOT-03)."""
    purge = RequestState(request_id="PR-4106-105S", request_type=RequestType.MINOR_PURGE)
    reported = purge.model_copy(update={"requester": Requester.REPORTER})
    opened = purge.model_copy(update={"requester": Requester.COMPANY})
    assert not outcome.is_answered_by_letter(reported)
    assert outcome.is_answered_by_letter(opened)
