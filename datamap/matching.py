"""Who asks: the one person whom the given points match best (VER-01, VER-17 to VER-19)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from pydantic import BaseModel, ConfigDict, Field

from datamap.comparing import ComparedPoint, compared
from datamap.connectors.base import Alike, Connector, Equal, Row
from datamap.connectors.readers import Readers
from datamap.graph import Edge, Graph, Node
from datamap.normalise import MAILS, identity_key, same, variants
from datamap.people import (
    Climber,
    PersonKeys,
    PointColumns,
    Profile,
    RowRef,
    named,
    points_of,
    profile,
    profile_columns,
    table_of,
)
from datamap.schema import DataMap
from domain.vocabulary import PointOfIdentity

MOST_HITS = 500
"""A value that more rows share points to nobody; it is only compared with persons found else."""

MOST_SHOWN = 5
"""Values of one kind, of rows below the person's own, that are set beside an offered one."""

SHARED_BY_CHANCE = frozenset({PointOfIdentity.BIRTH_DATE})
"""Points that strangers share; alone they make nobody a rival."""

Given = Mapping[PointOfIdentity, str]


class Match(BaseModel):
    """What the records say about the given points: counts, never values.

    ``person`` names rows and stays inside: store it in the vault, never hand it to Temporal.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    points_counted: int = Field(description="Reliable points of the one best person (VER-18).")
    mismatches: int = Field(description="Given points that the person's records contradict.")
    rivals: int = Field(description="Others who reach the tier or share what decides it.")
    address_on_file: bool = Field(description="The proved address is the person's (VER-17).")
    address_settled: bool = Field(description="It was so, unchanged, for the policy's days.")
    person: PersonKeys = Field(default=PersonKeys(), repr=False, exclude=True)
    borne_out: frozenset[PointOfIdentity] = Field(
        default=frozenset(), exclude=True, description="Given points that are this person's."
    )
    compared: tuple[ComparedPoint, ...] = Field(default=(), repr=False, exclude=True)


NOBODY = Match(
    points_counted=0, mismatches=0, rivals=0, address_on_file=False, address_settled=False
)


@dataclass
class _Candidate:
    who: RowRef
    kinds: set[PointOfIdentity] = field(default_factory=set)
    mail_rows: list[tuple[PointColumns, str]] = field(default_factory=list)
    profile: Profile = field(default_factory=lambda: Profile({}))


async def match(
    connectors: Mapping[str, Connector],
    datamap: DataMap,
    points: Given,
    proved_email: str | None,
    *,
    reliable: frozenset[PointOfIdentity],
    needed: int,
    received_at: datetime,
    settled_days: int,
    named: Given | None = None,
) -> Match:
    """Find the best single person for the points that the consumer gave.

    ``named`` is by what else the person was named; it counts for nothing and is only borne out.
    ``needed`` is the tier's number of points, ``settled_days`` the policy's days of VER-17. An
    e-mail address counts only as ``proved_email``. Raises ``SystemFailed``.
    """
    async with Readers(connectors) as readers:
        matcher = _Matcher(Graph(datamap), readers, points, proved_email, reliable)
        candidates = await matcher.candidates()
        if not candidates:
            unknown = compared({**(named or {}), **points}, {}, frozenset())
            return NOBODY.model_copy(update={"compared": unknown})
        best = max(candidates, key=lambda one: (matcher.count(one.kinds), _reversed(one.who)))
        settled_before = received_at - timedelta(days=settled_days)
        return Match(
            points_counted=matcher.count(best.kinds),
            mismatches=await matcher.mismatches(best),
            rivals=matcher.rivals(best, candidates, needed),
            address_on_file=bool(best.mail_rows),
            address_settled=await matcher.settled(best, settled_before),
            person=PersonKeys(rows=(best.who,)),
            borne_out=matcher.borne_out(best, named or {}),
            compared=await matcher.compared(best, named or {}),
        )


def _reversed(who: RowRef) -> tuple[int, ...]:
    """Break ties the same way each time."""
    return tuple(-ord(letter) for letter in f"{who.system}.{who.collection}.{who.key}")


class _Matcher:
    """One matching: the points given, the map and the open readers."""

    def __init__(
        self,
        graph: Graph,
        readers: Readers,
        points: Given,
        proved_email: str | None,
        reliable: frozenset[PointOfIdentity],
    ) -> None:
        self._graph = graph
        self._readers = readers
        self._points = points
        self._climber = Climber(graph, readers)
        self._sought = {kind: text for kind, text in points.items() if kind in reliable - MAILS}
        if proved_email is not None:
            self._sought[PointOfIdentity.EMAIL] = proved_email
        owned = graph.owned_by_person()
        self._columns = [
            point for node in sorted(owned) for point in points_of(node, graph.nodes[node])
        ]

    async def candidates(self) -> list[_Candidate]:
        """Return everyone whom at least one counted point matches."""
        found: dict[RowRef, _Candidate] = {}
        common: list[PointOfIdentity] = []
        for kind, text in self._sought.items():
            for columns in self._columns_for(kind):
                keys = await self._look_up(columns, text)
                if len(keys) > MOST_HITS:
                    common.append(kind)
                else:
                    await self._credit(found, kind, columns, keys)
        for candidate in found.values():
            candidate.profile = await self._profile(candidate.who)
            self._compare(candidate, common)
        return list(found.values())

    def count(self, kinds: set[PointOfIdentity]) -> int:
        """Count facts: one that was given under two kinds counts once (VER-01)."""
        return len({identity_key(kind, self._sought[kind]) for kind in kinds})

    def rivals(self, best: _Candidate, candidates: Sequence[_Candidate], needed: int) -> int:
        """Count the others who make it doubtful that ``best`` is the one who asks (VER-18)."""
        if self.count(best.kinds) < needed:
            return 0
        others = [one for one in candidates if one.who != best.who]
        rivals: list[_Candidate] = []
        for other in others:
            known = [best, *rivals]
            if self._rivals(best, other, needed) and not any(
                _alias(one, other, others) for one in known
            ):
                rivals.append(other)
        return len(rivals)

    def borne_out(self, best: _Candidate, named: Given) -> frozenset[PointOfIdentity]:
        """Return what was given of this person that their records hold, reliable or not."""
        held = best.profile.facts
        seen = {
            kind
            for kind, text in {**named, **self._points}.items()
            if any(same(kind, text, value) for value in held.get(kind, ()))
        }
        return frozenset(best.kinds | seen)

    async def compared(self, best: _Candidate, named: Given) -> tuple[ComparedPoint, ...]:
        """Set everything that was given beside what this person's records hold."""
        given = {**named, **self._points}
        held = {kind: await self._held(best, kind) for kind in given}
        return compared(given, held, frozenset(best.kinds))

    async def mismatches(self, best: _Candidate) -> int:
        """Count given points of which the person's records hold other values only (VER-01)."""
        wrong = 0
        for kind, text in self._points.items():
            held = best.profile.facts.get(kind, frozenset())
            if kind in best.kinds or any(same(kind, text, value) for value in held):
                continue
            wrong += bool(held) or bool(await self._held_below(best.who, kind))
        return wrong

    async def settled(self, best: _Candidate, before: datetime) -> bool:
        """Tell whether the proved address was theirs, unchanged, since ``before`` (VER-17)."""
        for columns, key in best.mail_rows:
            dated = self._graph.nodes[columns.node].field(columns.columns[0])
            names = dated.privacy.changed_at if dated else ()
            row = await self._row(columns.node, key, names)
            instants = [_instant(value) for value in (row.values if row else ()) if value]
            if instants and max(instants) <= before:
                return True
        return False

    def _columns_for(self, kind: PointOfIdentity) -> list[PointColumns]:
        kinds = MAILS if kind is PointOfIdentity.EMAIL else {kind}
        return [columns for columns in self._columns if columns.kind in kinds]

    async def _look_up(self, columns: PointColumns, text: str) -> list[str]:
        reader = await self._readers.of(columns.node.system)
        table = table_of(columns.node, self._graph.nodes[columns.node])
        where = Alike(columns.kind, columns.columns, variants(columns.kind, text))
        keys: list[str] = []
        async for batch in reader.rows(table, where):
            keys += [row.key for row in batch]
            if len(keys) > MOST_HITS:
                break
        return keys

    async def _credit(
        self,
        found: dict[RowRef, _Candidate],
        kind: PointOfIdentity,
        columns: PointColumns,
        keys: Sequence[str],
    ) -> None:
        for key, persons in (await self._climber.persons(columns.node, keys)).items():
            for who in persons:
                candidate = found.setdefault(who, _Candidate(who))
                candidate.kinds.add(kind)
                if kind is PointOfIdentity.EMAIL:
                    candidate.mail_rows.append((columns, key))

    def _compare(self, candidate: _Candidate, kinds: Sequence[PointOfIdentity]) -> None:
        for kind in kinds:
            held = candidate.profile.facts.get(kind, frozenset())
            if any(same(kind, self._sought[kind], value) for value in held):
                candidate.kinds.add(kind)

    def _rivals(self, best: _Candidate, other: _Candidate, needed: int) -> bool:
        shared = best.kinds & other.kinds
        decides = bool(shared - SHARED_BY_CHANCE) and self.count(best.kinds - shared) < needed
        return decides or self.count(other.kinds) >= needed

    async def _profile(self, who: RowRef) -> Profile:
        points = [columns for columns in self._columns if columns.node == who.node]
        names = profile_columns(points)
        row = await self._row(who.node, who.key, names)
        return profile(points, named(names, row)) if row else Profile({})

    async def _row(self, node: Node, key: str, columns: Sequence[str]) -> Row | None:
        reader = await self._readers.of(node.system)
        table = table_of(node, self._graph.nodes[node])
        async for batch in reader.rows(table, Equal(table.key, (key,)), columns):
            return batch[0]
        return None

    async def _held(self, best: _Candidate, kind: PointOfIdentity) -> frozenset[str]:
        kinds = MAILS if kind is PointOfIdentity.EMAIL else {kind}
        own = [value for one in kinds for value in best.profile.facts.get(one, ())]
        return frozenset(own) or await self._held_below(best.who, kind)

    async def _held_below(self, who: RowRef, kind: PointOfIdentity) -> frozenset[str]:
        """Return values of the kind that rows which belong to the person hold, some at most."""
        below = [
            (edge, columns)
            for columns in self._columns
            if columns.kind is kind and columns.node != who.node
            for edge in self._graph.out_of(who.node)
            if edge.target == columns.node and edge.source_columns == self._key(who.node)
        ]
        for edge, columns in below:
            if values := await self._written_at(edge, who.key, columns):
                return values
        return frozenset()

    async def _written_at(self, edge: Edge, key: str, columns: PointColumns) -> frozenset[str]:
        reader = await self._readers.of(edge.target.system)
        table = table_of(edge.target, self._graph.nodes[edge.target])
        async for batch in reader.rows(table, Equal(edge.target_columns, (key,)), columns.columns):
            written = (" ".join(filter(None, row.values)) for row in batch)
            if values := [text for text in written if text]:
                return frozenset(values[:MOST_SHOWN])
        return frozenset()

    def _key(self, node: Node) -> tuple[str, ...]:
        return self._graph.nodes[node].key


def _alias(best: _Candidate, other: _Candidate, others: Sequence[_Candidate]) -> bool:
    """Tell whether ``other`` is the same person in another collection.

    The two rows hold one mailbox, no third row of that collection does, and neither name nor birth
    date speaks against it.
    """
    if other.who.node == best.who.node or not best.profile.mails & other.profile.mails:
        return False
    twins = [
        one
        for one in others
        if one.who.node == other.who.node and one.profile.mails & best.profile.mails
    ]
    return len(twins) == 1 and not best.profile.contradicts(other.profile)


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
