"""What several decisions ask of a request before anything else."""

from domain.refusals import Refused
from domain.state import RequestState


def must_be_undecided(state: RequestState) -> None:
    """Refuse what would come after the decision.

    Raises:
        Refused: the request is decided or answered.
    """
    if state.answered:
        raise Refused("This request is answered already, so this would change nothing.")
    if state.decision is not None:
        raise Refused("This request is decided already. The current details say how and by whom.")
