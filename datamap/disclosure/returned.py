"""Copies that service providers returned: read and cleaned as attached files are (KNO-02)."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from datamap.disclosure.files import Spot
from datamap.disclosure.scrubbing import Cleaner
from datamap.disclosure.section import Hoard, put_file
from domain.gathering import GatheredRow, pack_rows
from domain.package import FieldOutline, SectionOutline
from domain.policy_terms.base import Sentence

COLUMN = "copy"


@dataclass(frozen=True)
class Returned:
    """One provider's copies, in the order in which they came."""

    provider: str
    name: str
    bodies: tuple[bytes, ...] = field(repr=False)


async def outline_of(returned: Returned, cleaner: Cleaner, hoard: Hoard) -> SectionOutline:
    """Put a provider's copies away as a section of their own, and say what it has."""
    place = f"returned.{returned.provider}"
    rows = []
    for n, body in enumerate(returned.bodies, 1):
        number = len(hoard.files) + 1
        await put_file(hoard, cleaner, Spot(number, place, n, COLUMN), body)
        rows.append(GatheredRow(n=n, values={COLUMN: None}, files={COLUMN: number}))
    return SectionOutline(
        place=place,
        label=Sentence(
            en=f"copy that {returned.name} returned", es=f"copia que devolvió {returned.name}"
        ),
        fields=(FieldOutline(name=COLUMN),),
        rows=len(rows),
        chunks=(await hoard.keep.put(pack_rows(rows)),),
    )


async def outlines(
    returned: Sequence[Returned], cleaner: Cleaner, hoard: Hoard
) -> list[SectionOutline]:
    """Put the copies of all providers away."""
    return [await outline_of(one, cleaner, hoard) for one in returned]
