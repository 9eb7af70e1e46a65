"""The note that a message waits: a row's number, and content that one of our processes sealed."""

from typing import Any

import pytest

from domain.vouched import Vouched
from domain.waiting_message import LAST_ROW, Waiting, waiting

STREAM = "PR-1"
ITEM = {"kind": "address_confirmed"}


@pytest.mark.parametrize("row", [1, 17, LAST_ROW])
def test_a_row_is_read(row: int) -> None:
    """What the gateway signals is understood."""
    assert waiting(STREAM, [{"row": row}]) == Waiting(row)


@pytest.mark.parametrize(
    "payloads",
    [
        [],
        [None],
        [[{"row": 1}]],
        [{"row": 1}, {"row": 2}],
        [{}],
        *([{"row": row}] for row in ("1", True, 1.0, 0, -1, LAST_ROW + 1, 10**400, None, [1])),
    ],
)
def test_nothing_else_is_a_row(payloads: list[Any]) -> None:
    """A number that no database can hold would stop the reading of every later message."""
    assert waiting(STREAM, payloads) is None


def test_content_counts_where_it_is_vouched_for() -> None:
    """So the row need not be read once more."""
    sealed = Vouched(STREAM, {"row": 17, "item": ITEM})
    assert waiting(STREAM, [sealed]) == Waiting(17, ITEM)


def test_content_that_anybody_sent_is_not_believed() -> None:
    """The row is read instead: whoever reaches Temporal can write any signal."""
    assert waiting(STREAM, [{"row": 17, "item": ITEM}]) == Waiting(17)


def test_content_for_another_workflow_is_no_message() -> None:
    """A sealed signal that was copied from another request says nothing here."""
    assert waiting(STREAM, [Vouched("PR-2", {"row": 17, "item": ITEM})]) is None
