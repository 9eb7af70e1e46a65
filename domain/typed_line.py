"""One line as a person types it, in any script, by whatever door it came."""

import unicodedata
from collections.abc import Iterator

_JOINERS = "\u200c\u200d"
_BLANK_LETTERS = "\u115f\u1160\u2800\u3164\uffa0"


def without_unseen(text: str) -> str:
    """Return ``text`` without the characters that nobody sees.

    They come along unnoticed when a number is copied from a telephone's contacts, and with them
    one name can be made to look like another. The two joiners stay where scripts are written with
    them: between letters.
    """
    return "".join(_seen(text))


def is_one_line(text: str) -> bool:
    """Tell whether ``text`` holds no control character, no break and nothing undecodable."""
    return not any(one == "\ufffd" or _breaks(one) for one in text)


def _seen(text: str) -> Iterator[str]:
    before = ""
    for one, after in zip(text, f"{text[1:]} ", strict=False):
        if not _is_unseen(one) or (one in _JOINERS and _is_letter(before) and _is_letter(after)):
            before = one
            yield one


def _is_unseen(one: str) -> bool:
    return unicodedata.category(one) == "Cf" or one in _BLANK_LETTERS


def _is_letter(one: str) -> bool:
    return bool(one) and unicodedata.category(one)[0] in "LM" and one not in _BLANK_LETTERS


def _breaks(one: str) -> bool:
    return unicodedata.category(one) in {"Cc", "Cs", "Zl", "Zp"}
