"""What may be said aloud: text without personal values, exceptions without what they carried.

Names cannot be recognised, so this is the second line only; the first is that logs take known
fields and exceptions hold no content.
"""

import os
import re

from pydantic import ValidationError

OUR_PACKAGES = frozenset(
    {
        "activities",
        "agents",
        "datamap",
        "domain",
        "gateway",
        "letters",
        "mail_intake",
        "packages",
        "providers",
        "records",
        "samples",
        "temporalio",
        "workers",
        "workflows",
    }
)
"""Packages whose exceptions are written without personal data (our own), or from what we wrote."""

_MOST_FAULTS_NAMED = 5
_FIELD_NAME = re.compile(r"[a-z_][a-z0-9_]{0,63}")

_TELLING = re.compile(
    r"""
      (?P<email>  (?<![\w.+%'\-]) [\w.+%'\-]+ (?:@|%40) [\w.\-]+ )
    | (?P<keep>
          \d{4}-\d\d-\d\d (?: [T\s]\d\d:\d\d (?: :\d\d (?:\.\d+)? )? (?: Z | [+-]\d\d:?\d\d )? )?
        | \b [0-9a-f]{8} (?:-[0-9a-f]{4}){3} -[0-9a-f]{12} \b
        | \b PR-[0-9A-Z]{4}-[0-9A-Z]{4} \b
        | \b (?:\d{1,3}\.){3} \d{1,3} (?: :\d{1,5} )? \b
        | \b [0-9a-f]{64} \b
      )
    | (?P<number> (?<!\w) [+(]{0,3} \d (?: [\s().\-]{0,2} \d ){6,} | \d{7,} )
    | (?P<token>
          (?<![\w\-]) (?=[\w\-]*[A-Z]) (?=[\w\-]*[a-z]) [A-Za-z0-9_\-]{32,}
        | \b [0-9a-f]{32,} \b
      )
    """,
    re.VERBOSE,
)


def scrub(text: str) -> str:
    """Replace what looks like an e-mail address, a phone or card number or a secret token.

    Instants, addresses of machines, request ids, run ids and hashes stay. The time it takes grows
    with the text and no faster.
    """
    return _TELLING.sub(_replacement, text)


def safe_message(error: BaseException) -> str | None:
    """Return what an exception says if its text can hold no personal data, else nothing."""
    if isinstance(error, ValidationError):
        return faults(error)
    if type(error).__module__.partition(".")[0] in OUR_PACKAGES:
        return scrub(str(error))
    if isinstance(error, OSError) and error.errno is not None:
        return os.strerror(error.errno)
    sqlstate = getattr(error, "sqlstate", None)
    return f"SQLSTATE {sqlstate}" if isinstance(sqlstate, str) else None


def faults(error: ValidationError) -> str:
    """Name the fields and the kinds of fault; pydantic's own messages may repeat values."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return ", ".join(f"{_where(f['loc'])} ({f['type']})" for f in found[:_MOST_FAULTS_NAMED])


def _where(location: tuple[int | str, ...]) -> str:
    """Join a location, leaving out keys of mappings that do not look like names of fields."""
    parts = (str(part) for part in location)
    return ".".join(p if p.isdigit() or _FIELD_NAME.fullmatch(p) else "?" for p in parts) or "value"


def _replacement(found: re.Match[str]) -> str:
    kind = found.lastgroup
    return found.group() if kind == "keep" else f"[{kind}]"
