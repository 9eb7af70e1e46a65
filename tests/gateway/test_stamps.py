"""A note that went through somebody's browser is ours, unaltered and in time, or it is nothing."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.parts import GatewayParts
from gateway.stamps import read_stamped, stamp
from records.keyring import Keyring
from tests.gateway.support import Clock
from tests.stored import KEYRING

LIFE = timedelta(minutes=10)
TEXT = "PR-2F5K-9Q7M PR-8D3T-1N6X"


@pytest.fixture
def note(parts: GatewayParts) -> str:
    """Give a browser a note."""
    return stamp(parts, "filed", TEXT, LIFE)


def test_a_note_is_given_back_until_its_time(parts: GatewayParts, clock: Clock, note: str) -> None:
    """It ends by itself, whatever the browser keeps."""
    clock.move(LIFE - timedelta(seconds=1))
    assert read_stamped(parts, "filed", note) == TEXT
    clock.move(timedelta(seconds=1))
    assert read_stamped(parts, "filed", note) is None


def test_no_character_of_a_note_can_be_changed(parts: GatewayParts, note: str) -> None:
    """Text, time and signature alike are fixed, and nothing is added or cut off."""
    for at, was in enumerate(note):
        other = "A" if was != "A" else "B"
        assert read_stamped(parts, "filed", note[:at] + other + note[at + 1 :]) is None
    for altered in (note[1:], note[:-1], note + "0", "A" + note, note.upper()):
        assert read_stamped(parts, "filed", altered) is None


def test_a_note_serves_the_purpose_that_it_was_written_for(parts: GatewayParts, note: str) -> None:
    """What one page let a browser carry opens no other."""
    assert read_stamped(parts, "visit", note) is None


def test_only_our_keys_write_notes_and_former_ones_are_still_read(
    parts: GatewayParts, note: str
) -> None:
    """A change of keys ends nobody's visit; a stranger's key begins none."""
    former = KEYRING.key(KEYRING.current)
    renewed = replace(parts, hashing=Keyring("new", {"new": bytes(32), KEYRING.current: former}))
    assert read_stamped(renewed, "filed", note) == TEXT
    stranger = replace(parts, hashing=Keyring("new", {"new": bytes(32)}))
    assert read_stamped(stranger, "filed", note) is None


@pytest.mark.parametrize("hostile", ["", ".", "a.b", "." + "0" * 64, "é." + "é" * 64, "\ud800.x"])
def test_what_was_never_a_note_is_nothing(parts: GatewayParts, hostile: str) -> None:
    """Whatever a cookie holds, the page goes on without it."""
    assert read_stamped(parts, "filed", hostile) is None
