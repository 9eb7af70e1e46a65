"""Schemas, rows and maps that hypothesis makes up, and a plain answer to whose row is whose."""

from dataclasses import dataclass, field

from hypothesis import strategies as st

PERSON = "t0"
ROWS = 4


@dataclass(frozen=True)
class Key:
    """A foreign key ``column`` of ``child`` to ``parent``, and what the map says about it."""

    child: str
    column: str
    parent: str
    nullable: bool
    mapped: str
    on_delete: str


@dataclass(frozen=True)
class World:
    """Tables, foreign keys, which tables are kept, and the rows' references by row id."""

    tables: tuple[str, ...]
    keys: tuple[Key, ...]
    kept: frozenset[str]
    composite: frozenset[str]
    values: dict[tuple[str, int, str], int | None] = field(repr=False)

    def ddl(self, schema: str) -> list[str]:
        """Return the statements that make tables, rows and, last, the foreign keys."""
        made = [f"CREATE SCHEMA {schema}"]
        for table in self.tables:
            columns = "".join(f", {key.column} integer" for key in self.of(table))
            primary = "PRIMARY KEY (id, twin), UNIQUE (id)" if table in self.composite else None
            made.append(
                f"CREATE TABLE {schema}.{table} (id integer, twin text DEFAULT 'x', mail text"
                f"{columns}, {primary or 'PRIMARY KEY (id)'})"
            )
            for row in range(ROWS):
                made.append(self._insert(schema, table, row))
        return made + [self._constraint(schema, key) for key in self.keys]

    def of(self, table: str) -> list[Key]:
        """Return the foreign keys of a table."""
        return [key for key in self.keys if key.child == table]

    def yaml(self, schema: str) -> str:
        """Return the map of this world."""
        lines = [
            "dataset:",
            "  - fides_key: w",
            f"    fides_meta: {{namespace: {{schema: {schema}}}}}",
        ]
        lines.append("    collections:")
        for table in self.tables:
            lines += [f"      - name: {table}", "        fides_meta:", "          privacy:"]
            lines.append(
                "            role: person" if table == PERSON else "            purposes: []"
            )
            if table in self.kept:
                lines.append(
                    "            retention: {code: EX8, reason: law, reviewer: me,"
                    " review_on: 2030-01-01}"
                )
            lines += ["        fields:", "          - name: id"]
            lines.append("            fides_meta: {primary_key: true}")
            lines.append("          - name: twin")
            if table in self.composite:
                lines.append("            fides_meta: {primary_key: true}")
            # Whatever nothing leads to still has an identity, so that the map is complete.
            lines += ["          - name: mail", "            fides_meta: {identity: email}"]
            for key in self.of(table):
                lines += [f"          - name: {key.column}", "            fides_meta:"]
                lines.append("              data_type: integer")
                if key.mapped == "reference":
                    reference = f"{{dataset: w, field: {key.parent}.id, direction: from}}"
                    lines.append(f"              references: [{reference}]")
                if key.mapped == "detach":
                    lines.append("              privacy: {when_parent_erased: detach}")
        return "\n".join(lines) + "\n"

    def owned(self, person: int) -> set[tuple[str, int]]:
        """Return the rows that follow a person's row, by going round until nothing changes."""
        rows = {(PERSON, person)}
        while True:
            more = {
                (key.child, row)
                for key in self.keys
                if key.mapped == "reference"
                for row in range(ROWS)
                if (key.parent, self.values[key.child, row, key.column]) in rows
            }
            if more <= rows:
                return rows
            rows |= more

    def _insert(self, schema: str, table: str, row: int) -> str:
        columns = ["id", "mail", *(key.column for key in self.of(table))]
        values = [str(row), f"'{table}-{row}@example.org'"]
        for key in self.of(table):
            value = self.values[table, row, key.column]
            values.append("NULL" if value is None else str(value))
        return f"INSERT INTO {schema}.{table} ({', '.join(columns)}) VALUES ({', '.join(values)})"

    def _constraint(self, schema: str, key: Key) -> str:
        table = f"ALTER TABLE {schema}.{key.child}"
        added = (
            f"{table} ADD FOREIGN KEY ({key.column}) REFERENCES {schema}.{key.parent} (id)"
            f" ON DELETE {key.on_delete}"
        )
        return added if key.nullable else f"{added}; {table} ALTER {key.column} SET NOT NULL"


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Make a world of one to five tables with any foreign keys among them, rings included."""
    tables = tuple(f"t{n}" for n in range(draw(st.integers(1, 5))))
    keys = tuple(
        _key(draw, table, n, tables) for table in tables for n in range(draw(st.integers(0, 2)))
    )
    numbers = st.integers(0, ROWS - 1)
    values = {
        (key.child, row, key.column): draw(st.none() | numbers if key.nullable else numbers)
        for key in keys
        for row in range(ROWS)
    }
    kept = (
        st.frozensets(st.sampled_from(tables[1:]), max_size=1)
        if tables[1:]
        else st.just(frozenset[str]())
    )
    return World(
        tables=tables,
        keys=keys,
        kept=draw(kept),
        composite=draw(st.frozensets(st.sampled_from(tables), max_size=2)),
        values=values,
    )


def _key(draw: st.DrawFn, table: str, n: int, tables: tuple[str, ...]) -> Key:
    nullable = draw(st.booleans())
    mapped = ["reference", "reference", "nothing"] + (["detach"] if nullable else [])
    actions = ["NO ACTION", "NO ACTION", "CASCADE"] + (["SET NULL"] if nullable else [])
    return Key(
        child=table,
        column=f"f{n}",
        parent=draw(st.sampled_from(tables)),
        nullable=nullable,
        mapped=draw(st.sampled_from(mapped)),
        on_delete=draw(st.sampled_from(actions)),
    )
