"""One submission, several requests: one for each person and right it names (REQ-06, REQ-12)."""

from collections.abc import Mapping
from typing import NamedTuple

from domain.paths import PATHS, Fulfilment
from domain.submission import CORRECTING, Member, Submission
from domain.vocabulary import RequestType


class Part(NamedTuple):
    """What one request comes from; ``member`` is 0 for the consumer, then counts the household."""

    member: int
    submission: Submission


def parts_of(submission: Submission) -> tuple[Part, ...]:
    """Return a submission for every person and right, each with what it needs alone (PRN-05).

    The consumer's come first, and each person's in the order of the rights.
    """
    people = (submission, *(_of_member(submission, member) for member in submission.household))
    return tuple(
        Part(place, _only(alone, right))
        for place, alone in enumerate(people)
        for right in submission.request_types
    )


def _of_member(submission: Submission, member: Member) -> Submission:
    changes = {"person": member.consumer, "points": member.points, "birth_date": None}
    return submission.model_copy(update=changes)


def _only(submission: Submission, right: RequestType) -> Submission:
    own: Mapping[str, tuple[bool, object]] = {
        "corrections": (right in CORRECTING, ()),
        "period": (_discloses(right), None),
        "testimonial": (right is RequestType.TESTIMONIAL_CHANGE, None),
    }
    left_out = {name: empty for name, (needed, empty) in own.items() if not needed}
    alone = {"request_types": (right,), "household": ()}
    return submission.model_copy(update=alone | left_out)


def _discloses(right: RequestType) -> bool:
    path = PATHS.get(right)
    return path is not None and Fulfilment.DISCLOSE in path.fulfilment
