"""What is sealed to the intake key opens with its private half and nothing else."""

import base64

import pytest

from records.sealing import NotSealed, generate_private_key, public_key_of, seal, unseal


def test_a_sealed_text_opens_with_the_private_key() -> None:
    """The bytes come back, and two seals of the same bytes do not look alike."""
    private = generate_private_key()
    first, second = (seal(public_key_of(private), b"canary") for _ in range(2))
    assert unseal(private, first) == unseal(private, second) == b"canary"
    assert first != second


@pytest.mark.parametrize("make", ["plain", "other", "cut", "flipped", "empty", "unicode"])
def test_anything_else_is_refused_by_name(make: str) -> None:
    """Plain text, another key's box, a cut or altered one are not sealed to us."""
    private = generate_private_key()
    sealed = seal(public_key_of(private), b"canary")
    raw = bytearray(base64.b64decode(sealed))
    raw[-1] ^= 1
    texts = {
        "plain": '{"consumer": {}}',
        "other": seal(public_key_of(generate_private_key()), b"canary"),
        "cut": sealed[:40],
        "flipped": base64.b64encode(raw).decode(),
        "empty": "",
        "unicode": "ñ",
    }
    with pytest.raises(NotSealed):
        unseal(private, texts[make])
