"""The lawyer's cases that ship with the rules, and the doors they enter by."""

from pathlib import Path
from typing import Any

import pytest

from workers.case_bench import Failure, Row, differences, failures, read_cases
from workers.settings import PROJECT

pytestmark = pytest.mark.usefixtures("revisions")
FILES = sorted((PROJECT / "policies" / "cases").glob("*.yaml"))


def _failures(*cases: dict[str, Any]) -> list[Failure]:
    return list(failures([Row(line, case) for line, case in enumerate(cases, start=1)]))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_case_is_answered_as_expected(path: Path) -> None:
    """The rules give what the cases, worked out independently of them, expect."""
    assert [failure.model_dump() for failure in failures(read_cases(path))] == []


def test_a_wrong_expectation_is_shown_with_both_values() -> None:
    """A difference names the key, what was expected and what the rules say."""
    (failure,) = _failures(
        {
            "id": "X",
            "area": "optin_wait",
            "input": {"optout_date": "2026-05-10"},
            "expect": {"may_ask_again_from": "2027-05-11"},
        }
    )
    assert failure.differences == (
        "may_ask_again_from: expected '2027-05-11', the rules say '2027-05-10'",
    )


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        ({"id": "X", "area": "astrology", "input": {}, "expect": {"a": 1}}, "no area `astrology`"),
        ({"id": "X", "area": "clock", "input": {}, "expect": {"a": 1}}, "no `received_at`; add it"),
        (
            {"id": "X", "area": "clock", "input": {"received_at": "soon"}, "expect": {"a": 1}},
            "`soon` is no instant",
        ),
        (
            {
                "id": "X",
                "area": "clock",
                "input": {"received_at": "2026-05-04", "request_type": "love"},
                "expect": {"a": 1},
            },
            "`love` is none of know_categories",
        ),
        (
            {
                "id": "X",
                "area": "clock",
                "input": {"received_at": "2026-05-04"},
                "expect": {"a": 1},
            },
            "a: expected 1, the answer lacks it",
        ),
        ({"id": "X", "area": "clock", "input": {}}, "expect: Field required"),
        ({"area": "clock"}, "id: Field required"),
        (
            {"id": "X", "area": "metrics", "input": {"year": "MMXX"}, "expect": {"a": 1}},
            "`year` is no whole number",
        ),
    ],
)
def test_what_cannot_be_answered_fails_with_its_reason(case: dict[str, Any], reason: str) -> None:
    """No case can stop the bench: an unknown area or a bad input is a failure with a reason."""
    (failure,) = _failures(case)
    assert any(reason in difference for difference in failure.differences), failure.differences


def test_rows_that_are_no_cases_fail() -> None:
    """A row that is no mapping is a failure too, named by its line."""
    found = list(failures([Row(3, "a sentence"), Row(4, None)]))
    assert [failure.id for failure in found] == ["the row of line 3", "the row of line 4"]
    assert not any(failure.asked for failure in found)


def test_rows_know_their_lines(tmp_path: Path) -> None:
    """Cases are found again by the line on which they begin, as a list or under `cases`."""
    file = tmp_path / "cases.yaml"
    file.write_text("# words\n\n- id: A\n  area: clock\n- id: B\n")
    assert [row.line for row in read_cases(file)] == [3, 5]
    file.write_text('{"about": 1,\n "cases": [{"id": "A"},\n  {"id": "B"}]}')
    assert [row.line for row in read_cases(file)] == [2, 3]


@pytest.mark.parametrize(
    ("key", "expected", "actual", "agrees"),
    [
        ("deleted", ["a", "b"], ["b", "a"], True),
        ("deleted", ["a"], ["a", "b"], False),
        ("order", ["a", "b"], ["b", "a"], False),
        ("order", ["a", "b"], ["a", "b"], True),
        ("retained", {}, {"a": "EX8"}, False),
        ("retained", {"a": "EX8"}, {"a": "EX8", "b": "NCC"}, False),
        ("delete", {"received": 1}, {"received": 1, "denied": 0}, True),
        ("allowed", True, 1, False),
        ("mean_days", 10, 10.0, True),
        ("withheld", [{"t": "ssn"}], [{"t": "ssn", "line": "…"}], True),
    ],
)
def test_how_values_are_compared(key: str, expected: object, actual: object, agrees: bool) -> None:
    """Lists compare as sets but for `order`; surplus fields are ignored, surplus ids are not."""
    assert (differences({key: expected}, {key: actual, "surplus": 1}) == []) is agrees


@pytest.mark.parametrize(
    ("answer", "leaks"),
    [
        ({"package": "number 123-45-6789"}, True),
        ({"disclosed": ["notes-6789.txt"]}, True),
        ({"withheld": [{"line": "ends in 6789"}]}, True),
        ({"package_id": "6789", "made_at": "2026-01-01T06:78:09Z"}, False),
        ({"count": 6789}, True),
    ],
)
def test_forbidden_text_is_found_wherever_people_could_read_it(
    answer: dict[str, Any], leaks: bool
) -> None:
    """Values, names and lines must not contain it; generated ids and instants may (RED)."""
    assert bool(differences({"must_not_contain": ["6789"]}, answer)) is leaks
