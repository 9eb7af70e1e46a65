"""Several people of one household who ask together: each is a request of its own (REQ-06)."""

from collections.abc import Mapping, Sequence

from pydantic import BaseModel, ConfigDict

from domain.frequency import COUNTED
from domain.policy import Policy
from domain.vocabulary import RequestType


class Split(BaseModel):
    """One request for each member, and what becomes of each by itself."""

    model_config = ConfigDict(frozen=True)

    members: tuple[str, ...]
    unverified: tuple[str, ...]
    excess: tuple[str, ...]

    @property
    def unaffected(self) -> tuple[str, ...]:
        """Members whom another one's failed verification does not stop."""
        return tuple(member for member in self.members if member not in self.unverified)

    @property
    def served(self) -> tuple[str, ...]:
        """Members whose request is carried out."""
        return tuple(member for member in self.unaffected if member not in self.excess)


def split(
    policy: Policy,
    request_type: RequestType,
    members: Sequence[str],
    *,
    verified: Mapping[str, bool],
    prior_served: Mapping[str, int],
) -> Split:
    """Split a filing into one request for each person (REQ-06, FRQ-01).

    ``prior_served`` counts what each was served in the window; limits are each person's own.
    """
    each = tuple(dict.fromkeys(members))
    limited = request_type in COUNTED
    return Split(
        members=each,
        unverified=tuple(member for member in each if verified.get(member) is False),
        excess=tuple(
            member
            for member in each
            if limited and prior_served.get(member, 0) >= policy.frequency.limit
        ),
    )
