"""The note that a message waits: a row's number and nothing else counts."""

from typing import Any

import pytest

from domain.waiting_message import LAST_ROW, row_of


@pytest.mark.parametrize("row", [1, 17, LAST_ROW])
def test_a_row_is_read(row: int) -> None:
    """What the gateway signals is understood."""
    assert row_of([{"row": row}]) == row


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
    assert row_of(payloads) is None
