"""What is the person's own, by which others are told: names, addresses and numbers on file."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from datamap.connectors.readers import Readers
from datamap.disclosure.reading import in_order
from datamap.finding import Finding
from datamap.graph import Graph, Node
from datamap.keys import Keys
from datamap.normalise import MAILS, PHONES
from datamap.people import points_of, profile, profile_columns
from datamap.schema import MapField
from domain.other_people import Own, folded
from domain.vocabulary import PointOfIdentity


@dataclass(frozen=True)
class Person:
    """Who the package is about."""

    own: Own = field(repr=False)
    known_as: frozenset[str] = field(repr=False)
    """Names, addresses and identities, folded."""
    keys: frozenset[tuple[Node, str]] = field(repr=False)
    """Their own rows."""

    def wrote(self, author: str | None, by: MapField, also: tuple[str, ...]) -> bool:
        """Whether the author named in field ``by`` is this person; in doubt it is not (KNO-08).

        A key counts only where the field refers to the rows that it is a key of.
        """
        said = (author or "").strip()
        if not said:
            return False
        tied = [Node(one.dataset, one.collection) for one in by.meta.references]
        if any((node, said) in self.keys for node in tied):
            return True
        return folded(said) in self.known_as | {folded(word) for word in also}


async def person_of(readers: Readers, graph: Graph, finding: Finding, company: Own) -> Person:
    """Read what stands on the person's own rows. Raises ``SystemFailed``."""
    facts: dict[PointOfIdentity, set[str]] = {}
    for node, keys in finding.rows.items():
        if node in graph.nodes and graph.is_person(node):
            for kind, values in (await _facts(readers, graph, node, keys)).items():
                facts.setdefault(kind, set()).update(values)
    names = facts.get(PointOfIdentity.FULL_NAME, set())
    emails = {value for kind in MAILS for value in facts.get(kind, ())}
    emails |= {value for identity, value in finding.identities if "@" in value}
    phones = {value for kind in PHONES for value in facts.get(kind, ())}
    own = Own.of(names=names, emails=emails, phones=phones)
    return Person(
        own=Own(own.names, own.emails | company.emails, own.phones | company.phones),
        known_as=frozenset(map(folded, {*names, *emails, *(v for _, v in finding.identities)})),
        keys=frozenset(
            (node, key)
            for node, keys in finding.rows.items()
            if node in graph.nodes and graph.is_person(node)
            for key in keys
        ),
    )


async def _facts(
    readers: Readers, graph: Graph, node: Node, keys: Keys
) -> Mapping[PointOfIdentity, set[str]]:
    collection = graph.nodes[node]
    points = points_of(node, collection)
    facts: dict[PointOfIdentity, set[str]] = {}
    async for rows in in_order(readers, node, collection, keys, profile_columns(points)):
        for _, values in rows:
            for kind, held in profile(points, values).facts.items():
                facts.setdefault(kind, set()).update(held)
    return facts
