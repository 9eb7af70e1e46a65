"""Passwords, their hints and security answers, by the words that lead up to them."""

import re
from collections.abc import Iterator

from domain.free_text._spans import PASSWORD, PASSWORD_HINT, SECURITY_ANSWER, Span

_QUOTED = r"\"[^\"\n]*\"|'[^'\n]*'|“[^”\n]*”|«[^»\n]*»|`[^`\n]*`"
_PASSWORD = re.compile(
    r"\b(?:(?:pass\s?-?words?|passwd|pwd|pass\s?code|pass\s?phrase|contrase[ñn]a|clave|pin)\b"
    r"(?:\s+(?:for|to|of|on)\s+[\w.@-]{1,40}(?:\s+\w{1,20})?)?(?:\s*\([^)\n]{0,40}\))?[\"'”]?"
    r"(?P<link>\s*(?:[:=]+|->|→|\b(?:is|was|es|era)\b\s*:?)\s*)"
    rf"(?P<secret>{_QUOTED}|\S+)"
    r"|(?:pw|pass)[\"'”]?\s*[:=]\s*"
    rf"(?P<short>{_QUOTED}|\S+))"
    r"|://[^/\s:@]+:(?P<url>[^/\s@]+)@",
    re.IGNORECASE,
)
_PASSWORD_HINT = re.compile(
    r"\b(?:password|pass\s?phrase)\s+hint[\"'”]?\s*(?:[:=]|\bis\b)\s*(?P<secret>[^\n.;]+)",
    re.IGNORECASE,
)
_NOT_A_SECRET = re.compile(
    r"an?|the|not|no|wrong|incorrect|invalid|expired|too|being|been|required|needed|missing|lost|"
    r"forgotten|reset|changed|working|weak|strong|case|still|never|always|now|also|in|on|at|to|for|"
    r"unknown|safe|secure|compromised|blank|empty",
    re.IGNORECASE,
)
"""How talk about a password goes on, where no secret follows."""

_SECURITY_ANSWER = re.compile(
    r"\b(?:security\s+(?:question\s+)?answer|secret\s+answer|mother[’']?s\s+maiden\s+name|"
    r"respuesta\s+(?:de\s+seguridad|secreta))\s*(?:[:=]|\bis\b|\bes\b)\s*"
    rf"(?P<secret>{_QUOTED}|[^\n.;]+)",
    re.IGNORECASE,
)


def secrets(text: str) -> Iterator[Span]:
    """Find what follows the words for a password, its hint or a security answer."""
    for match in _PASSWORD.finditer(text):
        if not _is_talk(match):
            yield _secret_span(match, PASSWORD)
    for field_type, pattern in (
        (PASSWORD_HINT, _PASSWORD_HINT),
        (SECURITY_ANSWER, _SECURITY_ANSWER),
    ):
        for match in pattern.finditer(text):
            yield _secret_span(match, field_type)


def _is_talk(match: re.Match[str]) -> bool:
    """Tell whether "password is ..." goes on in words, such as "not working"."""
    if match["link"] is None or re.search(r"[:=>→]", match["link"]):
        return False
    return _NOT_A_SECRET.fullmatch(match["secret"].strip(".,;!?")) is not None


def _secret_span(match: re.Match[str], field_type: str) -> Span:
    groups = ("secret", "short", "url")
    group = next(name for name in groups if match.groupdict().get(name) is not None)
    secret = match[group]
    kept = len(secret) - len(secret.rstrip(".,;)")) if len(secret) > 1 else 0
    return Span(start=match.start(group), end=match.end(group) - kept, field_type=field_type)
