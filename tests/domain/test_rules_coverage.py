"""Every rule of the rulebook is kept by the software and tested, or named as what it is."""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest
from ruamel.yaml import YAML

from workers.settings import PROJECT

_RULE = re.compile(r"\b([A-Z]{1,3})-(\d{1,2})(?:\s*(?:to|\.\.)\s*(?:([A-Z]{1,3})-)?(\d{1,2}))?\b")
_ROW = re.compile(r"^\| ([A-Z]{1,3}-\d{2}) \| (.+?) \| (.+?) \| (.*?) \| (.*?) \|$", re.MULTILINE)
_FILE = re.compile(r"`([^`]+)`")

KEPT = frozenset({"yes", "decides"})
STATUSES = KEPT | {"staff", "not yet"}


class Row(NamedTuple):
    """One row of docs/rules-coverage.md."""

    rule: str
    status: str
    files: tuple[str, ...]


def _rules() -> frozenset[str]:
    families = YAML(typ="safe").load(Path(__file__).with_name("rule_ids.yaml").read_text("utf-8"))
    return frozenset(
        f"{family}-{number:02d}"
        for family, last in families.items()
        for number in range(1, last + 1)
    )


def _rows() -> Iterator[Row]:
    text = (PROJECT / "docs" / "rules-coverage.md").read_text("utf-8")
    for rule, _, status, files, _ in _ROW.findall(text):
        yield Row(rule, status, tuple(_FILE.findall(files)))


def _named(text: str) -> Iterator[str]:
    """Yield the rules that a text cites, ranges such as ``VER-06 to VER-09`` in full."""
    for family, first, other, last in _RULE.findall(text):
        same = other in ("", family)
        for number in range(int(first), int(last if last and same else first) + 1):
            yield f"{family}-{number:02d}"


def _cited() -> frozenset[str]:
    """Return the rules that docstrings of tests and shipped cases cite."""
    docstrings = (
        ast.get_docstring(node) or ""
        for path in (PROJECT / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
    )
    cases = (
        line
        for path in (PROJECT / "policies" / "cases").glob("*.yaml")
        for line in path.read_text("utf-8").splitlines()
        if line.strip().startswith("rule:")
    )
    return frozenset(rule for text in (*docstrings, *cases) for rule in _named(text))


@pytest.fixture(scope="module")
def rows() -> Mapping[str, Row]:
    """Give the rows of the coverage page by rule."""
    return {row.rule: row for row in _rows()}


def test_every_rule_has_one_row(rows: Mapping[str, Row]) -> None:
    """No rule is left out of the page, none is invented, none stands twice."""
    listed = [row.rule for row in _rows()]
    assert set(listed) == _rules()
    assert len(listed) == len(rows)
    assert {row.status for row in rows.values()} <= STATUSES


def test_every_kept_rule_is_cited_by_a_test(rows: Mapping[str, Row]) -> None:
    """What the software is said to keep is tested, by a docstring or a case that names the rule."""
    kept = {row.rule for row in rows.values() if row.status in KEPT}
    assert sorted(kept - _cited()) == []


def test_every_place_named_is_there(rows: Mapping[str, Row]) -> None:
    """The files of the page exist, at least one for each rule."""
    gone = [
        (row.rule, file)
        for row in rows.values()
        for file in row.files or ("no file",)
        if not (PROJECT / file).is_file()
    ]
    assert gone == []
