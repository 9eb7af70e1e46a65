"""A set of keys in little memory is still the set of keys."""

import tracemalloc

from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from datamap.keys import KeyBag, Keys, Seen

KEYS = st.lists(
    st.integers(-(2**70), 2**70).map(str)
    | st.text(max_size=5)
    | st.sampled_from(["007", "-0", "+5", "1.0", "٣", "²", "a b", "1+3", ""])
    | st.integers(0, 30).map(str)
)


class Holder(BaseModel):
    """A model with keys in it, as a plan has."""

    keys: Keys


@given(KEYS)
def test_keys_are_a_sorted_set_of_texts(texts: list[str]) -> None:
    """Every text comes back as it went in, once, whatever numbers it looks like."""
    keys = Keys(texts)
    assert sorted(keys) == sorted(set(texts))
    assert len(keys) == len(set(texts))
    assert all(text in keys for text in texts)
    assert "never put in" not in keys
    assert [key for batch in keys.batches(3) for key in batch] == list(keys)


@given(KEYS)
def test_keys_survive_json(texts: list[str]) -> None:
    """What a plan stores, it reads back."""
    holder = Holder(keys=Keys(texts))
    assert Holder.model_validate_json(holder.model_dump_json()) == holder


@given(KEYS, KEYS)
def test_collecting_in_parts_is_collecting_at_once(some: list[str], more: list[str]) -> None:
    """A bag, a union and a memory of values know the same texts."""
    bag = KeyBag()
    bag.add(some)
    bag.add(more)
    seen = Seen()
    assert set(seen.fresh(some)) == set(some)
    assert set(seen.fresh(more)) == set(more) - set(some)
    whole = Keys(some + more)
    assert bag.keys() == Keys.joined([Keys(some), Keys(more)]) == seen.keys() == whole


def test_many_keys_take_little_memory() -> None:
    """Eight bytes for a number, and a run of numbers takes a few letters in a plan."""
    tracemalloc.start()
    keys = Keys(str(number) for number in range(100_000))
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 2 * 2**20
    assert len(Holder(keys=keys).model_dump_json()) < 100
