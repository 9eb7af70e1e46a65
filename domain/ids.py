"""Request ids that people can read aloud: ``PR-4106-105S``, random, with a check character."""

import re

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O or U, which are misread or misheard."""

RANDOM_BYTES = 5
_PATTERN = re.compile(rf"PR-[{ALPHABET}]{{4}}-[{ALPHABET}]{{4}}")
_PRIME = 31


def request_id(entropy: bytes) -> str:
    """Form a request id from ``RANDOM_BYTES`` random bytes, which the caller draws."""
    number = int.from_bytes(entropy[:RANDOM_BYTES], "big")
    characters = [ALPHABET[(number >> shift) & 31] for shift in range(30, -5, -5)]
    body = "".join(characters)
    return f"PR-{body[:4]}-{body[4:]}{_check_character(body)}"


def is_request_id(text: str) -> bool:
    """Tell whether ``text`` is a request id whose check character is right."""
    if not _PATTERN.fullmatch(text):
        return False
    body = text[3:7] + text[8:11]
    return text[-1] == _check_character(body)


def direction_stream(request: str, provider: str) -> str:
    """Name the stream, and the workflow, of one provider's direction: ``PR-4106-105S.acme``."""
    return f"{request}.{provider}"


def late_stream(direction: str, message: int) -> str:
    """Name the stream, and the workflow, of an answer that came too late for its direction."""
    return f"{direction}.late-{message}"


def is_late_stream(stream: str) -> bool:
    """Tell whether a stream is that of a late answer; a provider's id has no dot."""
    return stream.count(".") > 1


def outside_stream(request: str) -> str:
    """Name the stream of what happens to a request outside its workflow (a case was viewed)."""
    return f"{request}.outside"


def request_of(stream: str) -> str:
    """Name the request that a stream belongs to."""
    return stream.partition(".")[0]


def _check_character(body: str) -> str:
    weighted = sum((position + 2) * ALPHABET.index(letter) for position, letter in enumerate(body))
    return ALPHABET[weighted % _PRIME]
