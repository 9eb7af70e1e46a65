"""Writes a first map from a live catalogue, for a person to finish.

What looks like personal data, by name or by sampled values, is proposed; the rest is marked
unclassified. References are proposed along foreign keys, away from the table that seems to hold the
people. No sampled value appears in the draft.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from datamap.connectors.base import Catalogue, Column, LiveTable
from datamap.connectors.postgres import PostgresConnector
from datamap.looks import Look, by_name, by_values
from domain.vocabulary import PointOfIdentity

SAMPLED_ROWS = 200
_INDENT = "  "
_YAML_WORDS = frozenset({"yes", "no", "on", "off", "true", "false", "null", "y", "n"})
_TEXTS = frozenset({"text", "character varying", "character", "citext"})


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
    """Return what columns look like, and members of documents under their whole names."""
    found: dict[str, Look] = {}
    for column, live in table.columns.items():
        if live.type == "boolean" or live.generated or _is_made(table, column, live):
            continue
        values = [row[column] for row in rows if column in row]
        if live.type in {"json", "jsonb"}:
            found |= _in_documents(column, values)
        elif look := by_name(column) or by_values(_texts(live.type, values)):
            found[column] = look
    return found


def _is_made(table: LiveTable, column: str, live: Column) -> bool:
    """Whether a column is a key that machines made: its name says nothing about its values."""
    return column in table.key and live.type in {"uuid", "smallint", "integer", "bigint"}


def _texts(kind: str, values: Sequence[str]) -> Sequence[str]:
    """Return the texts to judge by: those of arrays one by one, and none of other types."""
    if kind.endswith("[]"):
        return [str(one) for value in values for one in json.loads(value)]
    return values if kind in _TEXTS else ()


def _in_documents(column: str, values: Sequence[str]) -> dict[str, Look]:
    members: dict[str, list[str]] = {}
    for value in values:
        for path, text in _members(column, json.loads(value)):
            members.setdefault(path, []).append(text)
    looks = {
        path: by_values(texts) or by_name(path.rpartition(".")[2])
        for path, texts in members.items()
    }
    return {path: look for path, look in looks.items() if look is not None}


def _members(path: str, item: object) -> Iterator[tuple[str, str]]:
    if isinstance(item, Mapping):
        for name, inner in item.items():
            yield from _members(f"{path}.{name}", inner)
    elif isinstance(item, list):
        for inner in item:
            yield from _members(path, inner)
    elif isinstance(item, str):
        yield path, item


@dataclass
class _Draft:
    """The tables, what their columns look like, and what follows from it."""

    system: str
    schema: str
    live: Catalogue
    looks: Mapping[str, Mapping[str, Look]]
    ties: Mapping[str, list["_Tie"]] = field(init=False)
    person: str | None = field(init=False)
    owned: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self.ties = {name: _ties(name, self.live) for name in self.live.tables}
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
        yield f"- name: {_plain(name)}"
        if self._is_personal(name):
            yield "  fides_meta:"
            yield "    privacy:"
            if name == self.person:
                yield "      role: person  # each row is one person; correct it if that is not so"
            yield "      erasure: delete  # or null, overwrite, keep (with a `retention`), ..."
            if not self._is_reached(name):
                yield "      # Nothing leads here: add a reference or an identity to a field."
        else:
            yield "  fides_meta: {skip_processing: true}  # seems to hold nothing about people"
        yield "  fields:"
        if self._is_personal(name) and not table.key:
            yield "    # The table has no primary key. Give `primary_key: true` to the columns that"
            yield "    # say whose row it is and which one."
        for column in table.columns:
            yield from _indented(2, self._field(name, table, column))

    def _field(self, name: str, table: LiveTable, column: str) -> Iterator[str]:
        tied = any(tie.column == column for tie in self.ties[name])
        look = None if tied else self.looks[name].get(column)
        meta = [*self._key(table, column), *_said(look), *self._references(name, table, column)]
        inside = self._inside(name, column)
        known = look is not None or column in table.key or bool(meta or inside)
        yield f"- name: {_plain(column)}" + ("" if known else "  # unclassified")
        if look is not None:
            yield f"  data_categories: [{look.data_category}]"
        if meta:
            yield "  fides_meta:"
            yield from _indented(2, meta)
        yield from _indented(1, _nested(inside))

    def _inside(self, name: str, column: str) -> dict[str, Look]:
        """Return the looks of a document's members, by their names below the column."""
        within = f"{column}."
        looks = self.looks[name].items()
        return {at.removeprefix(within): look for at, look in looks if at.startswith(within)}

    def _key(self, table: LiveTable, column: str) -> list[str]:
        return ["primary_key: true"] if column in table.key else []

    def _references(self, name: str, table: LiveTable, column: str) -> list[str]:
        for tie in self.ties[name]:
            if column != tie.column:
                continue
            guess = "" if tie.declared else "  # guessed by its name: no foreign key says so"
            if self._follows(name, tie):
                field = f"{tie.parent}.{tie.parent_column}"
                reference = f"{{dataset: {self.system}, field: {_plain(field)}, direction: from}}"
                return ["references:", f"  - {reference}{guess}"]
            if tie.parent in self.owned and table.columns[column].nullable:
                return ["privacy:", "  when_parent_erased: detach"]
        return []

    def _follows(self, name: str, tie: "_Tie") -> bool:
        """Whether rows of the table belong to whoever the row referred to belongs to."""
        if tie.parent == name or tie.parent not in self.owned or name == self.person:
            return False
        siblings = [one for one in self.ties[name] if one.parent == tie.parent]
        same_key = {one.key for one in siblings}
        if len(same_key) == 1:
            return True
        named = [one for one in siblings if _singular(tie.parent) in one.column]
        return tie.key == (named or siblings)[0].key

    def _is_personal(self, name: str) -> bool:
        return name in self.owned or bool(self.looks[name])

    def _is_reached(self, name: str) -> bool:
        return name in self.owned or any(look.identity for look in self.looks[name].values())

    def _person(self) -> str | None:
        """Choose the table that looks most like people and that most others refer to."""
        referred = Counter(tie.parent for ties in self.ties.values() for tie in ties)
        scores = {
            name: (sum(_weight(look) for look in looks.values()), referred[name])
            for name, looks in self.looks.items()
        }
        best = max(scores, key=lambda name: scores[name], default=None)
        return best if best is not None and scores[best][0] > 0 else None

    def _owned(self) -> frozenset[str]:
        """Return the tables whose references lead to the people's table, near or far."""
        owned = {self.person} if self.person else set()
        while True:
            more = {
                name
                for name in self.live.tables
                if any(tie.parent in owned for tie in self.ties[name])
            }
            if more <= owned:
                return frozenset(name for name in owned if name)
            owned |= more


@dataclass(frozen=True)
class _Tie:
    """A column that refers to another table, by a foreign key or by its name."""

    column: str
    parent: str
    parent_column: str
    key: str
    declared: bool = True


def _ties(name: str, live: Catalogue) -> list[_Tie]:
    table = live.tables[name]
    declared = [
        _Tie(column, key.parent, parent_column, key.name)
        for key in table.foreign_keys
        if key.parent in live.tables
        for column, parent_column in zip(key.columns, key.parent_columns, strict=True)
    ]
    tied = {tie.column for tie in declared}
    guessed = [
        _Tie(column, parent, other.key[0], f"guess {column}", declared=False)
        for column in table.columns
        for parent, other in live.tables.items()
        if column not in tied and parent != name and len(other.key) == 1
        if column == f"{_singular(parent)}_{other.key[0]}"
    ]
    return declared + guessed


def _weight(look: Look) -> int:
    strong = look.identity or look.point in {PointOfIdentity.FULL_NAME, PointOfIdentity.BIRTH_DATE}
    return 3 if strong else int(look.point is not None)


def _nested(looks: Mapping[str, Look]) -> Iterator[str]:
    """Yield the fields of a document's members, member by member."""
    if not looks:
        return
    yield "fields:"
    for name in dict.fromkeys(path.partition(".")[0] for path in looks):
        yield f"  - name: {_plain(name)}"
        if (look := looks.get(name)) is not None:
            yield f"    data_categories: [{look.data_category}]"
            yield "    fides_meta:"
            yield from _indented(3, _said(look))
        within = f"{name}."
        below = {p.removeprefix(within): one for p, one in looks.items() if p.startswith(within)}
        yield from _indented(2, _nested(below))


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


def _plain(name: str) -> str:
    """Return a name as YAML reads it back, in quotes where it needs them."""
    plain = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.]*", name) and name.lower() not in _YAML_WORDS
    return name if plain else json.dumps(name)


def _singular(table: str) -> str:
    return table.removesuffix("ies") + "y" if table.endswith("ies") else table.removesuffix("s")


def _indented(level: int, lines: Sequence[str] | Iterator[str]) -> Iterator[str]:
    for line in lines:
        yield _INDENT * level + line
