"""The report of categories for one consumer, from the map's labels and what is held (KNO-01)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from datamap.connectors.base import Connector
from datamap.connectors.readers import Readers
from datamap.disclosure.reading import Values, in_order
from datamap.disclosure.said import Codes, Said
from datamap.disclosure.scope import Scope
from datamap.errors import DataMapError
from datamap.finding import Finding
from datamap.graph import Graph, Node
from datamap.keys import Keys
from datamap.schema import Collection, DataMap
from domain.notices import DisclosedCategory
from domain.package import CategoriesReport
from domain.policy_terms.disclosure import Label


class LabelUnknown(DataMapError):
    """The map says something of the person's data that the policy has no words for (KNO-12)."""

    def __init__(self, codes: Sequence[str]) -> None:
        self.codes = tuple(codes)
        super().__init__(
            f"The policy has no label {', '.join(self.codes)}. Run `privacy datamap check`, "
            "correct the map, then retry the step."
        )


class Compiled(NamedTuple):
    """The report, and how many rows the collections have that it speaks of."""

    report: CategoriesReport
    rows: dict[str, int]


async def compile_report(
    connectors: Mapping[str, Connector], datamap: DataMap, finding: Finding, scope: Scope
) -> Compiled:
    """Return what is held of the person, in categories; only what there is a value of.

    Rows are read until every category of their collection was seen. Raises ``LabelUnknown`` and
    ``SystemFailed``.
    """
    tally, graph = Tally(Said(datamap)), Graph(datamap)
    async with Readers(connectors) as readers:
        for node, keys in finding.rows.items():
            await _see(tally, readers, node, graph.nodes[node], keys, scope)
    rows = {str(node): len(finding.rows[node]) for node in tally.places}
    return Compiled(tally.report(scope), rows)


async def _see(
    tally: "Tally", readers: Readers, node: Node, collection: Collection, keys: Keys, scope: Scope
) -> None:
    dated = collection.privacy.collected_at
    labelled = [one.name for one in collection.fields if one.privacy.category]
    columns = tuple(dict.fromkeys([*labelled, *([dated] if dated else [])]))
    async for rows in in_order(readers, node, collection, keys, columns):
        for _, values in rows:
            if scope.covers(values.get(dated) if dated else None):
                tally.see(node, collection, values)
        if tally.is_complete(node, collection):
            return


class Tally:
    """Takes in what is held, row by row, and makes the report of it."""

    def __init__(self, said: Said) -> None:
        self._said = said
        self._held: dict[Node, dict[str, None]] = {}

    def see(self, node: Node, collection: Collection, values: Values) -> None:
        """Take in a row of the period; of its categories only those it has a value of."""
        held = self._held.setdefault(node, {})
        for one in collection.fields:
            if (category := one.privacy.category) and values.get(one.name) not in (None, ""):
                held[category] = None

    def is_complete(self, node: Node, collection: Collection) -> bool:
        """Whether no further row of a collection can add anything."""
        labels = {one.privacy.category for one in collection.fields if one.privacy.category}
        return node in self._held and labels <= set(self._held[node])

    @property
    def places(self) -> tuple[Node, ...]:
        """Collections with a row in the period."""
        return tuple(self._held)

    def report(self, scope: Scope) -> CategoriesReport:
        """Return the report, its codes in the policy's order. Raises ``LabelUnknown``."""
        terms, said = scope.policy.disclosure, self._said
        sold, given = self._recipients(said.sold_to), self._recipients(said.given_to)
        return CategoriesReport(
            categories=_known(terms.categories, _flat(self._held.values())),
            sources=_known(terms.sources, _flat(map(said.sources, self._held))),
            purposes=_known(terms.purposes, _flat(map(said.purposes, self._held))),
            third_parties=_known(terms.recipients, _flat([*sold.values(), *given.values()])),
            sold_or_shared=_listed(terms.categories, terms.recipients, sold),
            disclosed=_listed(terms.categories, terms.recipients, given),
        )

    def _recipients(self, of: Callable[[Node], Codes]) -> dict[str, list[str]]:
        """Return who received each category, over all collections that hold it."""
        received: dict[str, list[str]] = {}
        for node, categories in self._held.items():
            for category in categories if of(node) else ():
                received.setdefault(category, []).extend(of(node))
        return received


def _flat(codes: Iterable[Iterable[str]]) -> list[str]:
    return [code for some in codes for code in some]


def _known(labels: Sequence[Label], codes: Iterable[str]) -> Codes:
    """Return the codes once each, in the order of the policy's table."""
    wanted, known = set(codes), [label.code for label in labels]
    if unknown := wanted - set(known):
        raise LabelUnknown(sorted(unknown))
    return tuple(code for code in known if code in wanted)


def _listed(
    categories: Sequence[Label], recipients: Sequence[Label], received: Mapping[str, list[str]]
) -> tuple[DisclosedCategory, ...]:
    return tuple(
        DisclosedCategory(category=category, recipients=_known(recipients, received[category]))
        for category in _known(categories, received)
    )
