"""Gathering for a package: every row of the person, judged and put away piece by piece (KNO-02).

Nothing of it stays in memory but a batch of rows, or one file, and the numbers of the pieces.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from datamap.connectors.base import Connector
from datamap.connectors.readers import Readers
from datamap.disclosure.own import person_of
from datamap.disclosure.reading import Values, live_table
from datamap.disclosure.report import Tally
from datamap.disclosure.returned import Returned, outlines
from datamap.disclosure.rows import RowJudge
from datamap.disclosure.said import Said
from datamap.disclosure.scope import Scope
from datamap.disclosure.scrubbing import MOST_HIDDEN, Cleaner
from datamap.disclosure.section import Hoard, Keep, Section, Source
from datamap.disclosure.treatments import Plan, Treatment, plan_of
from datamap.finding import Finding
from datamap.graph import Graph, Node
from datamap.schema import DataMap
from domain.package import GatheringOutline
from domain.redaction import HeldField


async def gather(
    connectors: Mapping[str, Connector],
    datamap: DataMap,
    finding: Finding,
    scope: Scope,
    keep: Keep,
    returned: Sequence[Returned] = (),
) -> GatheringOutline:
    """Gather everything about the person that lies in the scope, and say what was put where.

    Behind our own collections stands what service providers ``returned``.

    Systems are read one after the other, each in one snapshot where it has any. Raises
    ``SystemFailed`` and ``LabelUnknown``.
    """
    said = Said(datamap)
    async with Readers(connectors) as readers:
        hoard = Hoard(keep, Tally(said))
        search = _Search(readers, Graph(datamap), finding, scope)
        cleaner, own = await search.sections(hoard)
        sections = [await section.outline(said) for section in own]
        sections += await outlines(returned, cleaner, hoard)
    return GatheringOutline(
        sections=tuple(one for one in sections if one.rows),
        files=tuple(hoard.files),
        period_from=scope.first,
        period_to=scope.last,
        report=hoard.tally.report(scope),
        doubts=tuple(hoard.doubts),
        doubts_in_all=hoard.doubts_in_all,
    )


class _Search:
    """What is known of the person before the first row is gathered."""

    def __init__(self, readers: Readers, graph: Graph, finding: Finding, scope: Scope) -> None:
        self._readers = readers
        self._graph = graph
        self._finding = finding
        self._scope = scope

    async def sections(self, hoard: Hoard) -> tuple[Cleaner, list[Section]]:
        """Return what cleans, and the collections that hold rows of the person, in map order."""
        nodes = [node for node in self._graph.nodes if node in self._finding.rows]
        plans = [await self._plan(node) for node in nodes]
        person = await person_of(self._readers, self._graph, self._finding, self._scope.company)
        hidden = await self._hidden(plans, Treatment.NEVER)
        cleaner = Cleaner(person.own, hidden, await self._hidden(plans, Treatment.COUNSEL))
        return cleaner, [
            Section(
                source=Source(self._readers, plan, self._finding.rows[plan.node]),
                judge=RowJudge(plan, person, cleaner),
                cleaner=cleaner,
                scope=self._scope,
                hoard=hoard,
            )
            for plan in plans
        ]

    async def _plan(self, node: Node) -> Plan:
        live = await live_table(self._readers, node)
        return plan_of(node, self._graph.nodes[node], live, self._scope)

    async def _hidden(self, plans: list[Plan], how: Treatment) -> list[HeldField]:
        """Return what is withheld as a field, for it may be repeated in some text."""
        hidden: dict[tuple[str, str], None] = {}
        for plan in plans:
            if columns := plan.of(how):
                source = Source(self._readers, plan, self._finding.rows[plan.node])
                async for rows in source.rows(columns):
                    hidden |= dict.fromkeys(_typed(plan, columns, rows))
                    if len(hidden) >= MOST_HIDDEN:
                        break
        return [HeldField(name="", field_type=kind, value=text) for kind, text in hidden]


def _typed(
    plan: Plan, columns: tuple[str, ...], rows: Iterable[tuple[str, Values]]
) -> Iterator[tuple[str, str]]:
    for column in columns:
        kind = plan.field(column).privacy.never_disclose
        for _, values in rows:
            if kind and (text := values[column]):
                yield kind, text
