"""Requests that are asked twice: merged only after both are verified (REQ-17)."""

from collections.abc import Iterable

from pydantic import AwareDatetime, BaseModel, ConfigDict

from domain.vocabulary import RequestType


class OpenRequest(BaseModel):
    """What must be known to merge requests; ``person`` is who was verified, else ``None``."""

    model_config = ConfigDict(frozen=True)

    request_id: str
    request_type: RequestType
    received_at: AwareDatetime
    person: str | None = None
    answered: bool = False


class Merger(BaseModel):
    """Requests that get one answer: the earliest leads, with its receipt date."""

    model_config = ConfigDict(frozen=True)

    leads: OpenRequest
    joins: tuple[OpenRequest, ...]


def mergers(requests: Iterable[OpenRequest]) -> tuple[Merger, ...]:
    """Return which open requests are one (REQ-17).

    Same verified person, same right, both open. An unverified request never joins, leads, closes or
    delays another, so an attacker's copy changes nothing for the victim.
    """
    groups: dict[tuple[str, RequestType], list[OpenRequest]] = {}
    for request in requests:
        if request.person is not None and not request.answered:
            groups.setdefault((request.person, request.request_type), []).append(request)
    return tuple(_merged(group) for group in groups.values() if len(group) > 1)


def _merged(group: list[OpenRequest]) -> Merger:
    first, *others = sorted(group, key=lambda each: (each.received_at, each.request_id))
    return Merger(leads=first, joins=tuple(others))
