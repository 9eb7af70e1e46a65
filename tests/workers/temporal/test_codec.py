"""The payload codec: what Temporal stores, and which worker may read it."""

import pytest
from temporalio.api.common.v1 import Payload

from tests.workers.temporal.conftest import key_set
from workers.keys import KeySet
from workers.temporal.codec import ENCODING, CodecKeyMissing, CodecKeysInvalid, EncryptionCodec

SECRET = Payload(metadata={"encoding": b"json/plain", "note": b"canary-meta"}, data=b'"canary"')


async def sealed(keys: KeySet) -> Payload:
    """Encrypt the secret."""
    return (await EncryptionCodec(keys).encode([SECRET]))[0]


async def test_content_and_metadata_are_hidden_and_come_back() -> None:
    """A payload is stored without a trace of data or metadata and decodes to what it was."""
    stored = await sealed(key_set("a"))
    assert b"canary" not in stored.SerializeToString()
    assert await EncryptionCodec(key_set("a")).decode([stored]) == [SECRET]


async def test_equal_payloads_are_stored_differently() -> None:
    """Two encryptions of one payload differ, so that equality tells nothing."""
    assert (await sealed(key_set("a"))).data != (await sealed(key_set("a"))).data


async def test_a_new_key_reads_what_the_old_one_wrote() -> None:
    """After a rotation new payloads carry the new key's id and old ones still decode."""
    old = await sealed(key_set("old"))
    rotated = EncryptionCodec(key_set("new", "old"))
    assert await rotated.decode([old]) == [SECRET]
    assert (await rotated.encode([SECRET]))[0].metadata["key-id"] == b"new"


async def test_a_missing_key_is_named() -> None:
    """A key that is not there is asked for by its id; nothing of the payload is told."""
    stored = await sealed(key_set("gone"))
    with pytest.raises(CodecKeyMissing, match=r"'gone'.*Add it to the codec keys"):
        await EncryptionCodec(key_set("other")).decode([stored])


async def test_another_key_under_the_same_id_is_told() -> None:
    """A key with the right id and other bytes is a fault of the installation."""
    stored = await sealed(key_set("k"))
    stored.metadata["key-check"] = b"\x00" * 8
    with pytest.raises(CodecKeyMissing, match="another codec key under the id 'k'"):
        await EncryptionCodec(key_set("k")).decode([stored])


@pytest.mark.parametrize(
    "foreign",
    [
        Payload(metadata={"encoding": b"json/plain"}, data=b"{}"),
        Payload(metadata={"encoding": b"binary/encrypted"}, data=b"who knows"),
        Payload(metadata={"encoding": ENCODING}, data=b"short"),
        Payload(
            metadata={"encoding": ENCODING, "key-id": b"\xff", "key-check": b"8" * 8},
            data=b"x" * 40,
        ),
        Payload(),
    ],
)
async def test_what_is_not_ours_passes_through(foreign: Payload) -> None:
    """Payloads of others, and bad imitations of ours, stay as they are."""
    assert await EncryptionCodec(key_set("a")).decode([foreign]) == [foreign]


async def test_a_changed_payload_is_not_read_and_waits_for_no_key() -> None:
    """One changed byte makes a payload nobody's: it passes through for the converter to mark."""
    stored = await sealed(key_set("a"))
    stored.data = stored.data[:-1] + bytes([stored.data[-1] ^ 1])
    assert await EncryptionCodec(key_set("a")).decode([stored]) == [stored]


def test_a_key_id_that_does_not_fit_is_refused() -> None:
    """A key id that payloads cannot carry is refused when the process starts."""
    with pytest.raises(CodecKeysInvalid, match="Use up to 32 letters"):
        EncryptionCodec(key_set("sp ace"))
