"""What several decisions ask of a request before anything else."""

from domain.refusals import Refused
from domain.state import RequestState
from domain.vocabulary import Decision

GRANTED = frozenset({Decision.GRANT, Decision.GRANT_PARTIAL})
"""Decisions after which there is work to do."""


def must_be_undecided(state: RequestState, *_: object) -> None:
    """Refuse what would come after the decision.

    Raises:
        Refused: the request is decided or answered.
    """
    if state.answered:
        raise Refused("This request is answered already, so this would change nothing.")
    if state.decision is not None:
        raise Refused("This request is decided already. The current details say how and by whom.")


def must_be_unsuspected(state: RequestState) -> None:
    """Refuse what a suspicion of fraud holds up, until staff clear it or deny (VER-16, COR-07).

    Raises:
        Refused: the request is flagged as fraud.
    """
    if state.fraud is not None:
        raise Refused(
            f"{state.fraud.actor.id} flagged this request as fraud. "
            "Send clear_fraud first if the suspicion did not hold, or deny."
        )


def must_have_work_left(state: RequestState) -> None:
    """Refuse more days where nothing is left but to tell the decision, due as ever (CLK-14).

    Raises:
        Refused: the request was taken back, or decided and not granted.
    """
    if state.answered or state.decision is None or state.decision in GRANTED:
        return
    if state.decision is Decision.WITHDRAWN:
        raise Refused(
            "The consumer took this request back, so there is no answer for which more days could "
            "be needed."
        )
    raise Refused(
        "This request is decided and not granted: all that is left is its letter, which must go "
        "out by the due date. No extension puts that off."
    )
