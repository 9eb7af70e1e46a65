"""A plan made again, when rows came in after the first: what that one knew is kept in mind.

Some systems may have carried the first plan out already. Their rows stay planned, so that the
proof looks for them too; to erase them once more changes nothing.
"""

from collections.abc import Hashable, Iterable, Mapping
from typing import TypeVar

from datamap.finding import Finding
from datamap.graph import Node
from datamap.keys import Keys
from datamap.plan import ErasurePlan

Place = TypeVar("Place", bound=Hashable)
"""What keys are kept by."""


def with_known(finding: Finding, plan: ErasurePlan) -> Finding:
    """Return a finding with everything that an earlier plan for the same person knew."""
    rows = [*plan.erased, *(kept.rows for kept in plan.kept)]
    links = [
        ((Node(link.system, link.collection), link.columns), link.values) for link in plan.links
    ]
    return Finding(
        rows=_joined(
            (*finding.rows.items(), *((Node(r.system, r.collection), r.keys) for r in rows))
        ),
        links=_joined((*finding.links.items(), *links)),
        identities=tuple(dict.fromkeys((*finding.identities, *plan.identities))),
        doubtful=finding.doubtful,
    )


def _joined(parts: Iterable[tuple[Place, Keys]]) -> Mapping[Place, Keys]:
    found: dict[Place, list[Keys]] = {}
    for place, keys in parts:
        found.setdefault(place, []).append(keys)
    return {place: Keys.joined(several) for place, several in found.items()}
