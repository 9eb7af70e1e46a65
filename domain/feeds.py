"""What comes in from outside may not undo what was asked: feeds and imports (COR-04, DEL-13)."""

from collections.abc import Collection, Iterable


def overwrites(*, pinned: bool, differs: bool, from_consumer: bool = False) -> bool:
    """Tell whether an incoming value replaces the one that is held (COR-04).

    A corrected field is pinned against feeds; only the consumer's own later word changes it.
    """
    return differs and (from_consumer or not pinned)


def admitted(people: Iterable[str], suppressed: Collection[str]) -> list[str]:
    """Return whom an import may bring in: nobody who asked to stay deleted (DEL-13)."""
    return [person for person in people if person not in suppressed]
