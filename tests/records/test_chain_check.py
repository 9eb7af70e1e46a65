"""Whatever is done to stored rows is found, and the row is named."""

import asyncpg
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.chain import GENESIS, link
from records import ledger
from records.chain_check import Fault, Head, Problem, StoredEntry, verify
from tests.records.chains import entries, stored
from tests.stored import without_triggers

STREAM = "PR-4106-105S"
LENGTHS = st.integers(min_value=1, max_value=8)


def named(faults: list[Fault]) -> dict[int, Problem]:
    """Say which row has which problem."""
    return {fault.n: fault.problem for fault in faults}


def head_of(rows: list[StoredEntry]) -> Head:
    """Say where the stream stood before anybody touched it."""
    return Head(rows[-1].n, rows[-1].hash)


@st.composite
def chain_and_row(draw: st.DrawFn) -> tuple[list[StoredEntry], int]:
    """Draw a chain and the position of one of its rows."""
    rows = stored(STREAM, draw(LENGTHS))
    return rows, draw(st.integers(0, len(rows) - 1))


@given(LENGTHS)
def test_an_untouched_chain_has_no_fault(length: int) -> None:
    """Nothing is reported of a chain as it was recorded."""
    rows = stored(STREAM, length)
    assert verify(rows, head_of(rows)) == []


@given(chain_and_row(), st.data())
def test_any_changed_byte_of_a_body_names_its_row_alone(
    drawn: tuple[list[StoredEntry], int], data: st.DataObject
) -> None:
    """One other byte anywhere in a body is found in that row and in no other."""
    rows, at = drawn
    body = bytearray(rows[at].body)
    position = data.draw(st.integers(0, len(body) - 1))
    body[position] ^= data.draw(st.integers(1, 255))
    changed = [*rows]
    changed[at] = rows[at].model_copy(update={"body": bytes(body)})
    assert named(verify(changed, head_of(rows))) == {rows[at].n: Problem.CHANGED}


@given(chain_and_row(), st.sampled_from(["hash", "previous_hash"]), st.binary(min_size=32))
def test_a_changed_hash_names_its_row_alone(
    drawn: tuple[list[StoredEntry], int], column: str, other: bytes
) -> None:
    """Another hash in either column is found in that row and in no other."""
    rows, at = drawn
    assume(other.hex()[:64] != getattr(rows[at], column))
    changed = [*rows]
    changed[at] = rows[at].model_copy(update={column: other.hex()[:64]})
    assert named(verify(changed, head_of(rows))) == {rows[at].n: Problem.CHANGED}


@given(chain_and_row())
def test_a_row_replaced_with_its_hash_is_named(drawn: tuple[list[StoredEntry], int]) -> None:
    """A forger who recomputes the row's own hash is betrayed by the next row, or by the head."""
    rows, at = drawn
    body = rows[at].body.replace(b"Noted", b"Forged")
    forged = {"body": body, "hash": link(rows[at].previous_hash, body)}
    changed = [*rows]
    changed[at] = rows[at].model_copy(update=forged)
    assert named(verify(changed, head_of(rows))) == {rows[at].n: Problem.CHANGED}


@given(chain_and_row())
def test_a_missing_row_is_named(drawn: tuple[list[StoredEntry], int]) -> None:
    """A row taken out anywhere, the last one included, is reported missing."""
    rows, at = drawn
    left = rows[:at] + rows[at + 1 :]
    faults = verify(left, head_of(rows))
    if left:
        assert named(faults) == {rows[at].n: Problem.MISSING}


@given(chain_and_row(), st.integers(1, 12))
def test_a_renumbered_row_is_named(drawn: tuple[list[StoredEntry], int], number: int) -> None:
    """A row under another number is reported there as moved, or as one too many."""
    rows, at = drawn
    assume(number != rows[at].n)
    changed = [*rows]
    changed[at] = rows[at].model_copy(update={"n": number})
    faults = verify(changed, head_of(rows))
    assert (rows[at].n, Problem.MISSING) in {(fault.n, fault.problem) for fault in faults}
    assert number in {fault.n for fault in faults}


@given(st.integers(2, 8), st.data())
def test_two_rows_that_changed_places_are_both_named(length: int, data: st.DataObject) -> None:
    """Rows whose contents were swapped are named, and no others."""
    rows = stored(STREAM, length)
    one, other = sorted(data.draw(st.sets(st.integers(0, length - 1), min_size=2, max_size=2)))
    swapped = [*rows]
    swapped[one] = rows[other].model_copy(update={"n": rows[one].n})
    swapped[other] = rows[one].model_copy(update={"n": rows[other].n})
    faults = named(verify(swapped, head_of(rows)))
    assert faults == {rows[one].n: Problem.REORDERED, rows[other].n: Problem.REORDERED}


@given(LENGTHS)
def test_a_row_that_the_head_does_not_know_is_surplus(length: int) -> None:
    """A well-chained row behind the recorded end is one too many; a repeated one as well."""
    rows = stored(STREAM, length + 1)
    assert named(verify(rows, head_of(rows[:-1]))) == {length + 1: Problem.SURPLUS}
    repeated = verify([*rows, rows[-1]], head_of(rows))
    assert named(repeated) == {length + 1: Problem.SURPLUS}


def test_rows_handed_over_in_another_order_are_named() -> None:
    """An archive whose rows stand in another order says so, though each row is whole."""
    rows = stored(STREAM, 3)
    faults = verify([rows[0], rows[2], rows[1]], head_of(rows))
    assert named(faults) == {2: Problem.REORDERED}


@pytest.mark.parametrize(
    ("tamper", "expected"),
    [
        (
            "UPDATE privacy.ledger SET body = replace(convert_from(body, 'UTF8'), 'Noted', 'Moved')"
            "::bytea WHERE n = 2",
            {2: Problem.CHANGED},
        ),
        ("DELETE FROM privacy.ledger WHERE n = 2", {2: Problem.MISSING}),
        ("DELETE FROM privacy.ledger WHERE n >= 2", {2: Problem.MISSING}),
        ("DELETE FROM privacy.ledger", {1: Problem.MISSING}),
        ("DELETE FROM privacy.stream_head", {1: Problem.SURPLUS}),
        ("UPDATE privacy.stream_head SET n = 2", {3: Problem.SURPLUS}),
        (f"UPDATE privacy.stream_head SET hash = '{'0' * 64}'", {3: Problem.CHANGED}),
    ],
)
async def test_tampering_in_the_database_is_named_stream_by_stream(
    conn: asyncpg.Connection, tamper: str, expected: dict[int, Problem]
) -> None:
    """An owner who switches the triggers off is found out, in that stream only."""
    await ledger.append(conn, STREAM, GENESIS, entries(STREAM, [1, 2, 3]))
    assert not [fault async for fault in ledger.verify_all(conn)]
    await without_triggers(conn, tamper)
    await ledger.append(conn, "PR-0000-0000", GENESIS, entries("PR-0000-0000", [1, 2]))
    faults = [fault async for fault in ledger.verify_all(conn)]
    assert named(faults) == expected
    assert {fault.stream for fault in faults} == {STREAM}
    assert await ledger.verify_stream(conn, STREAM) == faults
