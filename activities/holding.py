"""Legal holds on a request or its person, as they stand at the moment of asking (REC-06)."""

from collections.abc import Iterable, Iterator

from datamap.holds import Hold
from domain.submission import Submission
from domain.vocabulary import PointOfIdentity
from records import holds, identities
from records.connection import Connection
from records.filing import requester_identities
from records.identities import Identity
from records.keyring import Keyring

_RECOGNISED = {"email": identities.email, "phone": identities.phone}


async def holds_on(
    conn: Connection,
    keyring: Keyring,
    request_id: str,
    submission: Submission,
    known: Iterable[tuple[str, str]] = (),
) -> tuple[Hold, ...]:
    """Return the holds in force; each covers everything that is planned for the person.

    ``known`` are identities that the systems themselves hold of the person, by name and value.
    """
    found = await holds.active(
        conn, keyring, request_id=request_id, identities=recognised(submission, known)
    )
    return tuple(Hold(hold_id=each.hold_id) for each in found)


def recognised(
    submission: Submission, known: Iterable[tuple[str, str]] = ()
) -> tuple[Identity, ...]:
    """Return everything that the person can be recognised by on a list of keyed hashes."""
    offered = [
        *requester_identities(submission),
        *_points(submission),
        *(_RECOGNISED[name](value) for name, value in known if name in _RECOGNISED),
    ]
    return tuple(dict.fromkeys(each for each in offered if _names_somebody(each)))


def _points(submission: Submission) -> Iterator[Identity]:
    if number := submission.points.get(PointOfIdentity.PHONE):
        yield identities.phone(number)


def _names_somebody(identity: Identity) -> bool:
    try:
        return bool(identities.normalised(identity))
    except ValueError:
        return False
