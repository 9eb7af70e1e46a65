"""From what was found to a plan: what goes, what stays and why, and in which order."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from datamap.checking import drift
from datamap.connectors.base import Catalogue, Connector, Equal, ForeignKey, Table
from datamap.connectors.readers import Readers
from datamap.errors import CatalogueDrifted, PlanBlocked
from datamap.finding import Finding
from datamap.foreign_keys import loosened
from datamap.graph import Graph, Node
from datamap.holds import Hold, stop_if_held
from datamap.keys import KeyBag, Keys
from datamap.ordering import deletion_groups
from datamap.pages import PublishedPage, pages_of
from datamap.people import joined, table_of
from datamap.plan import DeleteStep, ErasurePlan, Kept, Link, Rows, WriteStep
from datamap.schema import Collection, DataMap, Erasure
from datamap.tombstones import written_over

Steps = list[DeleteStep | WriteStep]


async def plan_erasure(
    connectors: Mapping[str, Connector],
    datamap: DataMap,
    finding: Finding,
    *,
    holds: Sequence[Hold] = (),
) -> ErasurePlan:
    """Plan the erasure of what was found; nothing is changed yet.

    Raises ``PlanBlocked`` when rows that stay refer to rows that go and the map says nothing about
    it, ``HeldByLaw`` when a hold covers a row, ``CatalogueDrifted`` when a live system has tables
    or columns that the map does not know, and ``SystemFailed``.
    """
    drafts: list[_System] = []
    pseudonym = f"pseudonym-{secrets.token_hex(8)}"
    async with Readers(connectors) as readers:
        for system in _dependents_first(datamap):
            one = _System(system, datamap, finding, readers, pseudonym)
            await one.plan()
            drafts.append(one)
    if obstacles := [obstacle for one in drafts for obstacle in one.obstacles]:
        raise PlanBlocked(obstacles)
    plan = _plan(datamap, finding, drafts)
    stop_if_held(holds, plan.touched)
    return plan


def _dependents_first(datamap: DataMap) -> list[str]:
    """Order systems so that the way from a person's row to the rest is the last to go."""
    leads_from: dict[str, set[str]] = {}
    for edge in Graph(datamap).edges:
        leads_from.setdefault(edge.target.system, set()).add(edge.source.system)
    groups = deletion_groups(datamap.systems, leads_from)
    return [system for group in groups for system in group]


def _plan(datamap: DataMap, finding: Finding, drafts: "Sequence[_System]") -> ErasurePlan:
    rows = {node: _rows(node, datamap, keys) for node, keys in finding.rows.items()}
    return ErasurePlan(
        map_hash=datamap.content_hash(),
        fingerprints={one.system: one.fingerprint for one in drafts},
        steps=tuple(step for one in drafts for step in one.steps),
        pages=tuple(page for one in drafts for page in one.pages),
        kept=tuple(
            kept
            for node, found in rows.items()
            if (kept := _kept(found, _collection(datamap, node))) is not None
        ),
        doubtful=tuple(_rows(node, datamap, keys) for node, keys in finding.doubtful.items()),
        links=tuple(
            Link(system=node.system, collection=node.collection, columns=columns, values=values)
            for (node, columns), values in finding.links.items()
        ),
        identities=finding.identities,
    )


def _kept(rows: Rows, collection: Collection) -> Kept | None:
    ground = collection.privacy.retention
    if collection.erasure is not Erasure.KEEP or ground is None:
        return None
    return Kept(
        rows=rows,
        code=ground.code,
        reason=ground.reason,
        reviewer=ground.reviewer,
        review_on=ground.review_on,
    )


def _rows(node: Node, datamap: DataMap, keys: Keys) -> Rows:
    key = _collection(datamap, node).key
    return Rows(system=node.system, collection=node.collection, key_columns=key, keys=keys)


def _collection(datamap: DataMap, node: Node) -> Collection:
    collection = datamap.system(node.system).collection(node.collection)
    if collection is None:
        raise KeyError(str(node))
    return collection


@dataclass
class _System:
    """Planning inside one system, where foreign keys are in force."""

    system: str
    datamap: DataMap
    finding: Finding
    readers: Readers
    pseudonym: str
    live: Catalogue = field(default_factory=Catalogue)
    fingerprint: str = ""
    steps: Steps = field(default_factory=list)
    pages: list[PublishedPage] = field(default_factory=list)
    obstacles: list[str] = field(default_factory=list)

    async def plan(self) -> None:
        """Plan detachments, writings and deletions in a lawful order, and note what blocks them."""
        reader = await self.readers.of(self.system)
        self.fingerprint = await reader.fingerprint()
        self.live = await reader.catalogue()
        if remarks := drift(self.datamap.system(self.system), self.live):
            raise CatalogueDrifted(self.system, [str(remark) for remark in remarks])
        doomed = self._with(Erasure.DELETE)
        detachments = await self._detachments(doomed)
        self.steps = [*detachments, *self._writings(), *self._deletions(doomed)]
        for name, keys in self._with(Erasure.UNPUBLISH).items():
            self.pages += await pages_of(reader, self.system, self._mapped(name), keys)

    def _with(self, method: Erasure) -> dict[str, Keys]:
        return {
            node.collection: keys
            for node, keys in self.finding.rows.items()
            if node.system == self.system and _collection(self.datamap, node).erasure is method
        }

    def _deletions(self, doomed: Mapping[str, Keys]) -> Steps:
        parents = {name: {key.parent for key in self._foreign_keys(name)} for name in doomed}
        return [
            DeleteStep(
                system=self.system,
                rows=tuple(self._rows(name, doomed[name]) for name in group),
                together=len(group) > 1 or group[0] in parents[group[0]],
            )
            for group in deletion_groups(doomed, parents)
        ]

    def _writings(self) -> Steps:
        steps: Steps = []
        for method in Erasure:
            if method in {Erasure.DELETE, Erasure.KEEP}:
                continue
            for name, keys in self._with(method).items():
                steps.append(self._write(method, name, keys, self._values(name)))
        for name, keys in self._with(Erasure.KEEP).items():
            privacy = self._mapped(name).privacy
            if privacy.use_lock and privacy.retention:
                lock: dict[str, str | None] = {privacy.use_lock: privacy.retention.code}
                steps.append(self._write("use_lock", name, keys, lock))
        return steps

    def _values(self, name: str) -> dict[str, str | None]:
        collection = self._mapped(name)
        table = self.live.tables.get(name)
        columns = dict(table.columns) if table else {}
        try:
            return written_over(f"{self.system}.{name}", collection, columns, self.pseudonym)
        except PlanBlocked as blocked:
            self.obstacles += blocked.obstacles
            return {}

    async def _detachments(self, doomed: Mapping[str, Keys]) -> Steps:
        steps: Steps = []
        for child in self.live.tables:
            for key in self._foreign_keys(child):
                if key.parent in doomed:
                    steps += await self._detach(child, key, doomed)
        return steps

    async def _detach(self, child: str, key: ForeignKey, doomed: Mapping[str, Keys]) -> Steps:
        """Loosen rows of ``child`` that stay from rows that go, as the map or the key says."""
        staying = await self._staying(child, key, doomed)
        if not staying:
            return []
        mapped = self.datamap.system(self.system).collection(child)
        if not (column := loosened(mapped, self.live, child, key)):
            self.obstacles.append(self._obstacle(child, key, len(staying)))
            return []
        return [self._write("detach", child, Keys(staying), {column: None})]

    async def _staying(self, child: str, key: ForeignKey, doomed: Mapping[str, Keys]) -> set[str]:
        reader = await self.readers.of(self.system)
        going = doomed.get(child, Keys())
        staying: set[str] = set()
        for values in (await self._referred(key, doomed[key.parent])).batches():
            async for batch in reader.rows(self._table(child), Equal(key.columns, values)):
                staying.update(row.key for row in batch if row.key not in going)
        return staying

    async def _referred(self, key: ForeignKey, keys: Keys) -> Keys:
        """Return the values of the columns that a foreign key refers to, of the rows that go."""
        table = self._table(key.parent)
        if key.parent_columns == table.key:
            return keys
        reader = await self.readers.of(self.system)
        values = KeyBag()
        for part in keys.batches():
            where = Equal(table.key, part)
            async for batch in reader.rows(table, where, key.parent_columns):
                found = (joined(row.values) for row in batch)
                values.add(value for value in found if value is not None)
        return values.keys()

    def _obstacle(self, child: str, key: ForeignKey, rows: int) -> str:
        place, columns = f"{self.system}.{child}", ", ".join(key.columns)
        return (
            f"{rows} rows of {place} that stay refer by {columns} to rows of {key.parent} that go. "
            f"Give {place}.{key.columns[0]} `when_parent_erased: detach` (the column must allow "
            "null), add the reference to the map so that they go too, or keep the rows referred to."
        )

    def _foreign_keys(self, name: str) -> Sequence[ForeignKey]:
        table = self.live.tables.get(name)
        return table.foreign_keys if table else ()

    def _mapped(self, name: str) -> Collection:
        return _collection(self.datamap, Node(self.system, name))

    def _table(self, name: str) -> Table:
        collection = self.datamap.system(self.system).collection(name)
        if collection is not None and collection.key:
            return table_of(Node(self.system, name), collection)
        live = self.live.tables[name]
        return Table(name, live.key or tuple(live.columns))

    def _rows(self, name: str, keys: Keys) -> Rows:
        return Rows(
            system=self.system,
            collection=name,
            key_columns=self._table(name).key,
            keys=keys,
        )

    def _write(
        self, method: object, name: str, keys: Keys, values: dict[str, str | None]
    ) -> WriteStep:
        return WriteStep.model_validate(
            {
                "system": self.system,
                "method": method,
                "rows": self._rows(name, keys),
                "values": values,
            }
        )
