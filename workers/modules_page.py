"""docs/modules.md: every module and what it is for, drawn from the modules' own first lines."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

from domain.policy import Policy
from workers.settings import PROJECT

ROOMS: Mapping[str, tuple[str, ...]] = {
    "Floor 4": ("workers",),
    "Floor 3": ("activities", "gateway", "mail_intake", "clients", "samples"),
    "Floor 2": ("workflows", "records", "datamap", "providers", "letters", "packages", "agents"),
    "Floor 1": ("domain",),
    "Beside the house": ("tools",),
}
"""The rooms of each floor, the highest first."""

LEFT_OUT = frozenset({"records/migrations/versions"})
"""A module for each version of the schema: ``records/migrations/sql`` says what each brings."""


def page(_policy: Policy) -> str:
    """Return the whole page; no policy changes it."""
    return "\n".join((*_opening(), *_floors()))


def _opening() -> Iterator[str]:
    yield "# Every module"
    yield ""
    yield (
        "How the rooms stand to each other: [architecture.md](architecture.md). This page is drawn "
        "from the first line of each module by `.venv/bin/python -m workers.pages --write`; a test "
        "keeps it true."
    )
    yield ""


def _floors() -> Iterator[str]:
    for floor, rooms in ROOMS.items():
        yield f"## {floor}"
        yield ""
        for room in rooms:
            for opening in sorted((PROJECT / room).rglob("__init__.py")):
                yield from _package(opening.parent)


def _package(folder: Path) -> Iterator[str]:
    name = folder.relative_to(PROJECT).as_posix()
    if name in LEFT_OUT:
        return
    yield f"### {name}"
    yield ""
    yield _purpose(folder / "__init__.py")
    yield ""
    for module in sorted(folder.glob("*.py")):
        if module.name != "__init__.py":
            yield f"- `{module.stem}`: {_purpose(module)}"
    yield ""


def _purpose(module: Path) -> str:
    told = ast.get_docstring(ast.parse(module.read_text(encoding="utf-8"))) or ""
    return " ".join(told.partition("\n\n")[0].split()).replace("``", "`")
