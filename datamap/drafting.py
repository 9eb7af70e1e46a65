"""Writes a first map from a live catalogue, for a person to finish.

What looks like personal data, by name or by sampled values, is proposed; the rest is marked
unclassified. References are proposed along foreign keys, away from the table that seems to hold the
people. No sampled value appears in the draft.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from datamap.connectors.base import Catalogue, ForeignKey, LiveTable
from datamap.connectors.postgres import PostgresConnector
from datamap.looks import Look, by_name, by_values
from domain.vocabulary import PointOfIdentity

SAMPLED_ROWS = 200
_INDENT = "  "


async def draft(dsn: str, system: str = "main", schema: str = "public") -> str:
    """Return the YAML of a first map of the schema. Raises ``SystemFailed``."""
    async with PostgresConnector(system, dsn, schema).reading() as reader:
        live = await reader.catalogue()
        tables = {name: table for name, table in live.tables.items() if "." not in name}
        looks: dict[str, dict[str, Look]] = {}
        for name, table in tables.items():
            looks[name] = _looks(table, await reader.sample(name, SAMPLED_ROWS))
    return "\n".join(_Draft(system, schema, Catalogue(tables), looks).lines()) + "\n"


def _looks(table: LiveTable, rows: Sequence[Mapping[str, str]]) -> dict[str, Look]:
    found: dict[str, Look] = {}
    for column, live in table.columns.items():
        look = by_name(column)
        if (
            look is None
            and "char" in live.type + "character"
            and live.type.startswith(("text", "c"))
        ):
            look = by_values([row[column] for row in rows if column in row])
        if look is not None and live.type not in {"boolean"}:
            found[column] = look
    return found


@dataclass
class _Draft:
    """The tables, what their columns look like, and what follows from it."""

    system: str
    schema: str
    live: Catalogue
    looks: Mapping[str, Mapping[str, Look]]
    person: str | None = field(init=False)
    owned: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self.person = self._person()
        self.owned = self._owned()

    def lines(self) -> Iterator[str]:
        """Yield the lines of the map."""
        yield "# A first map, drafted from the live catalogue. Go through it column by column, then"
        yield "# run `privacy datamap check`. docs/data-map.md explains every key."
        yield "dataset:"
        yield f"  - fides_key: {self.system}"
        if self.schema != "public":
            yield f"    fides_meta: {{namespace: {{schema: {self.schema}}}}}"
        yield "    meta:"
        yield "      privacy:"
        yield "        connector: postgres"
        yield "        sources: []  # where the data comes from, by the policy's codes"
        yield "        purposes: []"
        yield "        recipients: []"
        yield "    collections:"
        for name, table in sorted(self.live.tables.items(), key=self._rank):
            yield from _indented(3, self._collection(name, table))

    def _rank(self, item: tuple[str, LiveTable]) -> tuple[bool, bool, str]:
        name = item[0]
        return (name != self.person, name not in self.owned, name)

    def _collection(self, name: str, table: LiveTable) -> Iterator[str]:
        yield f"- name: {name}"
        if self._is_personal(name):
            yield "  fides_meta:"
            yield "    privacy:"
            if name == self.person:
                yield "      role: person  # each row is one person; correct it if that is not so"
            yield "      erasure: delete  # or null, overwrite, keep (with a `retention`), ..."
            if not self._is_reached(name):
                yield "      # Nothing leads here: add a reference, or an identity, to one of the fields."
        else:
            yield "  fides_meta: {skip_processing: true}  # seems to hold nothing about people"
        yield "  fields:"
        for column in table.columns:
            yield from _indented(2, self._field(name, table, column))

    def _field(self, name: str, table: LiveTable, column: str) -> Iterator[str]:
        look = self.looks[name].get(column)
        meta = [*self._key(table, column), *_said(look), *self._references(name, table, column)]
        known = look is not None or column in table.key or len(meta) > 0
        yield f"- name: {column}" + ("" if known else "  # unclassified")
        if look is not None:
            yield f"  data_categories: [{look.data_category}]"
        if meta:
            yield "  fides_meta:"
            yield from _indented(2, meta)

    def _key(self, table: LiveTable, column: str) -> list[str]:
        return ["primary_key: true"] if column in table.key else []

    def _references(self, name: str, table: LiveTable, column: str) -> list[str]:
        for key in table.foreign_keys:
            if column not in key.columns:
                continue
            parent = f"{key.parent}.{key.parent_columns[key.columns.index(column)]}"
            if self._follows(name, key):
                return [
                    "references:",
                    f"  - {{dataset: {self.system}, field: {parent}, direction: from}}",
                ]
            if key.parent in self.owned and table.columns[column].nullable:
                return ["privacy:", "  when_parent_erased: detach"]
            return [f"# refers to {parent}, which is not followed"]
        return []

    def _follows(self, name: str, key: ForeignKey) -> bool:
        """Whether rows of the table belong to whoever the row referred to belongs to."""
        if key.parent == name or key.parent not in self.owned or name == self.person:
            return False
        siblings = [one for one in self.live.tables[name].foreign_keys if one.parent == key.parent]
        named = [one for one in siblings if _singular(key.parent) in one.columns[0]]
        return key in (named or siblings)[:1]

    def _is_personal(self, name: str) -> bool:
        return name in self.owned or bool(self.looks[name])

    def _is_reached(self, name: str) -> bool:
        return name in self.owned or any(look.identity for look in self.looks[name].values())

    def _person(self) -> str | None:
        """Choose the table that looks most like people and that most others refer to."""
        referred = Counter(
            key.parent for table in self.live.tables.values() for key in table.foreign_keys
        )
        scores = {
            name: (sum(_weight(look) for look in looks.values()), referred[name])
            for name, looks in self.looks.items()
        }
        best = max(scores, key=lambda name: scores[name], default=None)
        return best if best is not None and scores[best][0] > 0 else None

    def _owned(self) -> frozenset[str]:
        """Return the tables that foreign keys lead to from the people's table, against their aim."""
        owned = {self.person} if self.person else set()
        while True:
            more = {
                name
                for name, table in self.live.tables.items()
                if any(key.parent in owned for key in table.foreign_keys)
            }
            if more <= owned:
                return frozenset(name for name in owned if name)
            owned |= more


def _weight(look: Look) -> int:
    strong = look.identity or look.point in {PointOfIdentity.FULL_NAME, PointOfIdentity.BIRTH_DATE}
    return 3 if strong else int(look.point is not None)


def _said(look: Look | None) -> list[str]:
    if look is None:
        return []
    said = [f"category: {look.category}"]
    if look.point is not None:
        said.append(f"point: {look.point}")
    if look.never_disclose:
        said.append(f"never_disclose: {look.never_disclose}")
    if look.free_text:
        said.append("free_text: true")
    lines = [f"identity: {look.identity}"] if look.identity else []
    return [*lines, f"privacy: {{{', '.join(said)}}}"]


def _singular(table: str) -> str:
    return table.removesuffix("s").removesuffix("ie")


def _indented(level: int, lines: Sequence[str] | Iterator[str]) -> Iterator[str]:
    for line in lines:
        yield _INDENT * level + line
