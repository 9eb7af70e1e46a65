"""Which law a denial rests on, as staff cite it: the same words in every language (DEL-04, COR-09).

A citation names a law and its section, and nobody: it stands in the ledger as the denial's basis.
"""

import re
from typing import Annotated

from pydantic import AfterValidator, StringConstraints
from pydantic_core import PydanticCustomError

EXAMPLE = "Internal Revenue Code, section 6001"

BY_LAW = frozenset({"legal_obligation", "conflict_with_law", "outside_the_act"})
"""The policy's reasons for a denial whose sentence speaks of a law without naming it."""

_NUMBER_OF_SOMEBODY = re.compile(r"\d{6}|\d[\d ()./–-]{7,}\d")


def _cites(citation: str) -> str:
    cites_section = any(sign.isdigit() for sign in citation)
    if not cites_section or _NUMBER_OF_SOMEBODY.search(citation):
        raise PydanticCustomError(
            "citation", "name a law and its section, and nobody's number: {example}", _SHOWN
        )
    return citation


_SHOWN = {"example": EXAMPLE}

Citation = Annotated[
    str,
    StringConstraints(min_length=5, max_length=160, pattern=r"^[\w§][\w .,;:()§&/'’–-]+[\w)]$"),
    AfterValidator(_cites),
]
"""A law and its section, such as ``Internal Revenue Code, section 6001``; no address fits in."""


def is_empty(citation: str) -> bool:
    """Tell whether nothing is cited: then the field is left out wherever it would be written.

    So what was written before there was such a field keeps its bytes, and its hash.
    """
    return not citation
