"""One line as a person types it, in any script, by whatever door it came."""

import unicodedata
from collections.abc import Iterator

_JOINERS = "\u200c\u200d"
_BLANK = "\u034f\u115f\u1160\u2800\u3164\uffa0"
_NEVER_JOINED = {"LATIN", "GREEK", "CYRILLIC"}


def without_unseen(text: str) -> str:
    """Return ``text`` without the characters that nobody sees.

    They come along unnoticed when a number is copied from a telephone's contacts, and with them
    one name can be made to look like another. The two joiners stay between letters of scripts that
    are written with them, such as Arabic's and India's.
    """
    return "".join(_seen(text))


def is_one_line(text: str) -> bool:
    """Tell whether ``text`` holds no control character, no break and nothing undecodable."""
    return not any(one == "\ufffd" or _breaks(one) for one in text)


def _seen(text: str) -> Iterator[str]:
    before = ""
    for one, after in zip(text, f"{text[1:]} ", strict=False):
        if not _is_unseen(one) or (one in _JOINERS and _is_joined(before) and _is_joined(after)):
            before = one
            yield one


def _is_unseen(one: str) -> bool:
    return unicodedata.category(one) == "Cf" or one in _BLANK


def _is_joined(one: str) -> bool:
    if not one or one in _BLANK or unicodedata.category(one)[0] not in "LM":
        return False
    return unicodedata.name(one, "").partition(" ")[0] not in _NEVER_JOINED


def _breaks(one: str) -> bool:
    return unicodedata.category(one) in {"Cc", "Cs", "Zl", "Zp"}
