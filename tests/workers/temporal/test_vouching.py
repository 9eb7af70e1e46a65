"""What one of our processes vouches for: believed as it stands, and made by nobody else."""

import json

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.common import RawValue
from temporalio.converter import DataConverter

from domain.undecodable import Undecodable
from domain.vouched import Vouched
from tests.workers.temporal.conftest import key_set
from workers.temporal.codec import ENCODING, VOUCHED, VOUCHED_JSON, EncryptionCodec
from workers.temporal.converter import data_converter, vouch

SAID = {"row": 17, "item": {"kind": "address_confirmed"}}


def converter(*key_ids: str) -> DataConverter:
    """Return what a process with these keys converts with."""
    return data_converter(key_set(*(key_ids or ("a",))))


async def sent(sending: DataConverter) -> Payload:
    """Return what a vouched signal stores."""
    return (await sending.encode([vouch(sending, "PR-1", SAID)]))[0]


async def received(payload: Payload, receiving: DataConverter) -> object:
    """Return what a handler without types gets."""
    return (await receiving.decode([payload]))[0]


async def test_what_is_vouched_for_arrives_as_such() -> None:
    """Whom it is for comes with it."""
    assert await received(await sent(converter()), converter()) == Vouched("PR-1", SAID)


async def test_it_is_stored_encrypted() -> None:
    """Like every other payload."""
    assert b"address_confirmed" not in (await sent(converter())).SerializeToString()


async def test_a_new_key_reads_what_an_old_one_sealed() -> None:
    """So a history replays after a rotation."""
    stored = await sent(converter("old"))
    assert await received(stored, converter("new", "old")) == Vouched("PR-1", SAID)


async def test_the_codec_endpoint_cannot_vouch() -> None:
    """Whatever it is given to encrypt, and however that is named, nobody vouches for it."""
    document = json.dumps({"to": "PR-1", "said": SAID}).encode()
    forged = Payload(metadata={"encoding": VOUCHED_JSON}, data=document)
    stored = (await EncryptionCodec(key_set("a")).encode([forged]))[0]
    assert isinstance(await received(stored, converter()), Undecodable)


@pytest.mark.parametrize("claimed", [VOUCHED, VOUCHED_JSON])
async def test_a_claim_is_no_seal(claimed: bytes) -> None:
    """A payload that merely says so is nobody's."""
    document = json.dumps({"to": "PR-1", "said": SAID}).encode()
    forged = Payload(metadata={"encoding": claimed}, data=document)
    assert isinstance(await received(forged, converter()), Undecodable)


async def test_an_encrypted_payload_renamed_is_no_seal() -> None:
    """The seal covers which of the two kinds a payload is."""
    plain = Payload(metadata={"encoding": VOUCHED_JSON}, data=b'{"to": "PR-1", "said": {}}')
    stored = (await EncryptionCodec(key_set("a")).encode([plain]))[0]
    assert stored.metadata["encoding"] == ENCODING
    stored.metadata["encoding"] = VOUCHED
    assert isinstance(await received(stored, converter()), Undecodable)


async def test_an_altered_seal_is_nobodys() -> None:
    """One changed byte suffices."""
    stored = await sent(converter())
    stored.data = stored.data[:-1] + bytes([stored.data[-1] ^ 1])
    assert isinstance(await received(stored, converter()), Undecodable)


async def test_without_our_codec_nothing_is_vouched_for() -> None:
    """A note that cannot be sealed goes out as any other."""
    assert vouch(DataConverter.default, "PR-1", SAID) == SAID
    assert isinstance(vouch(converter(), "PR-1", SAID), RawValue)
