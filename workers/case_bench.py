"""The test bench of the rules: reads a file of cases, asks the doors, and says what differs."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node

from domain.casebook import AREAS

_IN_ORDER = "order"
_NOWHERE = "must_not_contain"
_ERROR = "error"
_WHOLE_MAPS = frozenset({"retained"})
"""Answers whose keys are data, so that a surplus key is a wrong answer and not a surplus field."""

_GENERATED = ("_id", "_at", "_utc", "_on", "_due", "_date")


class CasesUnreadable(Exception):
    """The file is not a list of cases; the text says what to do."""


class Case(BaseModel):
    """One case of a lawyer: what is asked, what the rulebook says, and why."""

    model_config = ConfigDict(frozen=True)

    id: str
    area: str
    rule: str = ""
    input: dict[str, Any]
    expect: dict[str, Any] = Field(min_length=1)
    why: str = ""


class Row(NamedTuple):
    """What stands in a file as one case, unchecked, and the line on which it begins."""

    line: int
    content: Any


class Failure(BaseModel):
    """One case whose answer differs, or that could not be asked."""

    model_config = ConfigDict(frozen=True)

    id: str
    line: int
    area: str = ""
    rule: str = ""
    why: str = ""
    differences: tuple[str, ...]
    asked: bool = True
    """``False`` where the case got no answer, so that nothing is known of the rules."""


def read_cases(path: Path) -> list[Row]:
    """Return the rows of a file of cases; raises :class:`CasesUnreadable`."""
    try:
        text = path.read_text(encoding="utf-8")
        rows, tree = YAML(typ="safe").load(text), YAML(typ="safe", pure=True).compose(text)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise CasesUnreadable(
            f"{path}: cannot be read: {reason}; name a text file of cases."
        ) from None
    except YAMLError as error:
        raise CasesUnreadable(_not_yaml(path, error)) from None
    if isinstance(rows, dict) and isinstance(rows.get("cases"), list):
        rows, tree = rows["cases"], _member(tree, "cases")
    if not isinstance(rows, list):
        raise CasesUnreadable(
            f"{path}:1: holds no list of cases; begin each with `- id:`, then area, rule, input, "
            "expect, why."
        )
    lines = [node.start_mark.line + 1 for node in tree.value]
    return [Row(line, row) for line, row in zip(lines, rows, strict=True)]


def failures(rows: Sequence[Row]) -> Iterator[Failure]:
    """Ask every case and yield those that fail; nothing that a row holds can stop the bench."""
    for row in rows:
        failure = _failure(row)
        if failure is not None:
            yield failure


def evaluate(area: str, case: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answer of one area; raises ``LookupError`` for an unknown one."""
    if area not in AREAS:
        raise LookupError(f"there is no area `{area}`; choose one of {', '.join(AREAS)}")
    return dict(AREAS[area](case))


def differences(expected: Mapping[str, Any], answer: Mapping[str, Any]) -> list[str]:
    """Return what differs, in words; surplus keys of the answer are ignored."""
    found = []
    for key, value in expected.items():
        if key == _NOWHERE:
            found += [f"the answer contains {text!r}" for text in _leaks(value, answer)]
        elif key not in answer:
            found.append(f"{key}: expected {value!r}, the answer lacks it")
        elif not _agrees(key, value, answer[key]):
            found.append(f"{key}: expected {value!r}, the rules say {answer[key]!r}")
    return found


def _not_yaml(path: Path, error: YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    where = f"{path}:{mark.line + 1}" if mark else str(path)
    problem = getattr(error, "problem", None) or error
    return f"{where}: is no YAML: {problem}; correct what stands there or just before it."


def _member(tree: MappingNode, name: str) -> Node:
    nodes: dict[str, Node] = {key.value: value for key, value in tree.value}
    return nodes[name]


def _failure(row: Row) -> Failure | None:
    try:
        case = Case.model_validate(_plain(row.content))
    except ValidationError as error:
        return _no_case(row, error)
    asked, found = _asked(case)
    if not found:
        return None
    about = case.model_dump(include={"id", "area", "rule", "why"})
    return Failure(line=row.line, differences=tuple(found), asked=asked, **about)


def _no_case(row: Row, error: ValidationError) -> Failure:
    given = row.content if isinstance(row.content, dict) else {}
    return Failure(
        id=str(given.get("id") or f"the row of line {row.line}"),
        line=row.line,
        area=str(given.get("area") or ""),
        differences=tuple(_shape(error)),
        asked=False,
    )


def _asked(case: Case) -> tuple[bool, list[str]]:
    """Return whether there was an answer, and what differs or why there was none."""
    try:
        answer = evaluate(case.area, case.input)
    except Exception as error:  # a case may hold anything, and one must not hide the others
        if _is_expected(error, case.expect.get(_ERROR)):
            return True, []
        return False, [f"no answer: {type(error).__name__}: {error}"]
    return True, differences(case.expect, answer)


def _is_expected(error: Exception, expected: object) -> bool:
    return expected is True or (bool(expected) and expected == type(error).__name__)


def _shape(error: ValidationError) -> Iterator[str]:
    for details in error.errors(include_url=False):
        where = ".".join(str(step) for step in details["loc"]) or "the row"
        yield f"{where}: {details['msg']}; a case is id, area, rule, input, expect, why"


def _agrees(key: str, expected: Any, actual: Any) -> bool:
    if isinstance(expected, dict):
        return isinstance(actual, dict) and _maps_agree(key, expected, actual)
    if isinstance(expected, list):
        return isinstance(actual, list | tuple) and _lists_agree(key, expected, list(actual))
    if isinstance(expected, bool) or isinstance(actual, bool):
        return expected is actual
    return bool(expected == _plain(actual))


def _maps_agree(key: str, expected: dict[str, Any], actual: dict[str, Any]) -> bool:
    whole = key in _WHOLE_MAPS or not expected
    if whole and set(expected) != set(actual):
        return False
    return not differences(expected, actual)


def _lists_agree(key: str, expected: list[Any], actual: list[Any]) -> bool:
    if key == _IN_ORDER:
        return len(expected) == len(actual) and all(map(_items_agree, expected, actual))
    return all(any(_items_agree(one, other) for other in actual) for one in expected) and all(
        any(_items_agree(one, other) for one in expected) for other in actual
    )


def _items_agree(expected: Any, actual: Any) -> bool:
    return _agrees("", expected, actual)


def _leaks(forbidden: Any, answer: Any) -> list[str]:
    texts = list(_texts(answer))
    wanted = forbidden if isinstance(forbidden, list) else [forbidden]
    return [str(each) for each in wanted if any(str(each) in text for text in texts)]


def _texts(answer: Any) -> Iterator[str]:
    """Yield values, names and lines, but no generated ids, dates or instants."""
    if isinstance(answer, Mapping):
        for key, value in answer.items():
            yield str(key)
            if key != "id" and not str(key).endswith(_GENERATED):
                yield from _texts(value)
    elif isinstance(answer, list | tuple):
        for item in answer:
            yield from _texts(item)
    elif answer is not None:
        yield str(answer)


def _plain(value: Any) -> Any:
    """Return dates and instants that YAML has read as such in the text they stand for."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date | datetime) else value
