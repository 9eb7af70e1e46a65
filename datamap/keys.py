"""Many row keys in little memory: a person may have a million rows, and a worker 256 MiB."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from datamap.connectors.base import BATCH

_LONGEST = 19
_LEAST, _MOST = -(2**63), 2**63 - 1


class Keys:
    """A sorted set of keys. Whole numbers take eight bytes each; other texts what they take.

    In a plan they are written as runs: ``12+3 40`` means 12, 13, 14, 15 and 40.
    """

    __slots__ = ("_numbers", "_texts")

    def __init__(self, keys: Iterable[str] = ()) -> None:
        numbers: array[int] = array("q")
        texts: list[str] = []
        for key in keys:
            number = _number(key)
            if number is None:
                texts.append(key)
            else:
                numbers.append(number)
        self._numbers = _sorted(numbers)
        self._texts = tuple(sorted(set(texts)))

    @classmethod
    def joined(cls, parts: Sequence["Keys"]) -> "Keys":
        """Return the union of several sets."""
        if len(parts) == 1:
            return parts[0]
        union = cls()
        numbers: array[int] = array("q")
        for part in parts:
            numbers.extend(part._numbers)
        union._numbers = _sorted(numbers)
        union._texts = tuple(sorted({text for part in parts for text in part._texts}))
        return union

    def batches(self, size: int = BATCH) -> Iterator[list[str]]:
        """Yield the keys in lists of at most ``size``."""
        for start in range(0, len(self._numbers), size):
            yield [str(number) for number in self._numbers[start : start + size]]
        for start in range(0, len(self._texts), size):
            yield list(self._texts[start : start + size])

    def __iter__(self) -> Iterator[str]:
        yield from map(str, self._numbers)
        yield from self._texts

    def __len__(self) -> int:
        return len(self._numbers) + len(self._texts)

    def __contains__(self, key: object) -> bool:
        if not isinstance(key, str):
            return False
        number = _number(key)
        return _holds(self._texts, key) if number is None else _holds(self._numbers, number)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Keys):
            return NotImplemented
        return self._numbers == other._numbers and self._texts == other._texts

    def __hash__(self) -> int:
        return hash((bytes(self._numbers), self._texts))

    def __repr__(self) -> str:
        return f"<{len(self)} keys>"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            _read, serialization=core_schema.plain_serializer_function_ser_schema(_written)
        )


def _read(given: Any) -> Keys:
    if isinstance(given, Keys):
        return given
    if isinstance(given, dict) and set(given) == {"runs", "texts"}:
        keys = Keys(given["texts"])
        keys._numbers = array("q", _unrolled(given["runs"]))
        return keys
    if isinstance(given, (list, tuple)):
        return Keys(given)
    raise ValueError("keys are a list of texts, or runs and texts")


def _written(keys: Keys) -> dict[str, Any]:
    return {"runs": " ".join(_runs(keys._numbers)), "texts": list(keys._texts)}


def _runs(numbers: Sequence[int]) -> Iterator[str]:
    start = previous = None
    for number in numbers:
        if start is None or previous is None or number != previous + 1:
            if start is not None and previous is not None:
                yield _run(start, previous)
            start = number
        previous = number
    if start is not None and previous is not None:
        yield _run(start, previous)


def _run(start: int, end: int) -> str:
    return str(start) if start == end else f"{start}+{end - start}"


def _unrolled(runs: str) -> Iterator[int]:
    for run in runs.split():
        start, _, more = run.partition("+")
        yield from range(int(start), int(start) + int(more or 0) + 1)


def _number(key: str) -> int | None:
    """Return the whole number that a key is, if its text can be had back from it."""
    if len(key) > _LONGEST or not key.lstrip("-").isdecimal():
        return None
    try:
        number = int(key)
    except ValueError:
        return None
    return number if _LEAST <= number <= _MOST and str(number) == key else None


def _sorted(numbers: "array[int]") -> "array[int]":
    """Return the numbers in order and once each, without copying what is so already."""
    if all(map(int.__lt__, numbers, memoryview(numbers)[1:])):
        return numbers
    return array("q", sorted(set(numbers)))


def _holds(values: Sequence[Any], value: Any) -> bool:
    place = bisect_left(values, value)
    return place < len(values) and values[place] == value


class KeyBag:
    """Collects keys as they are found, some of them twice."""

    def __init__(self) -> None:
        self._parts: list[Keys] = []
        self._fresh: list[str] = []

    def add(self, keys: Iterable[str]) -> None:
        """Take keys in."""
        self._fresh += keys
        if len(self._fresh) >= BATCH:
            self._parts.append(Keys(self._fresh))
            self._fresh = []

    def keys(self) -> Keys:
        """Return what was taken in, in order and once each."""
        return Keys.joined([*self._parts, Keys(self._fresh)])


class Seen:
    """Values that were met before."""

    def __init__(self) -> None:
        self._seen: set[int | str] = set()

    def fresh(self, values: Iterable[str]) -> list[str]:
        """Return those that are new, and remember them."""
        new: list[str] = []
        for value in values:
            number = _number(value)
            kept = value if number is None else number
            if kept not in self._seen:
                self._seen.add(kept)
                new.append(value)
        return new

    def keys(self) -> Keys:
        """Return everything that was met."""
        return Keys(str(value) for value in self._seen)
