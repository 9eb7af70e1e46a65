"""What the identity provider's claims mean here: a staff id, a name, roles."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from gateway.staff.provider_settings import ProviderSettings
from records.staff_sessions import Member


class SignInRefused(Exception):
    """Nobody is signed in; the text is a sentence for the person, ``code`` a word for the log."""

    def __init__(self, code: str, text: str, status: int = 403) -> None:
        self.code = code
        self.text = text
        self.status = status
        super().__init__(code)


def member_of(claims: Mapping[str, Any], settings: ProviderSettings) -> Member:
    """Return whom the claims of a judged ID token name.

    Raises:
        SignInRefused: they give no staff id, or no role.
    """
    staff_id = _staff_id(claims, settings)
    words = _words(_claim(claims, settings.role_claim))
    roles = frozenset(role for word, role in settings.roles if word in words)
    if not roles:
        raise SignInRefused(
            "no_role",
            "Your account has no role here. Ask whoever gives out your company's accounts for "
            "the group of handlers, approvers, counsel or auditors of privacy requests.",
        )
    name = str(_claim(claims, settings.name_claim) or staff_id)[:200]
    try:
        return Member(staff_id=staff_id, name=name, roles=roles)
    except ValidationError:
        raise _no_id(settings) from None


def _staff_id(claims: Mapping[str, Any], settings: ProviderSettings) -> str:
    """Return the id, in lower case: one person must not count as two."""
    said = str(_claim(claims, settings.id_claim) or "").lower()
    if settings.id_claim == "email" and claims.get("email_verified") is not True:
        raise _no_id(settings)
    local, at, domain = said.rpartition("@")
    if not at:
        return said
    if domain != settings.domain.lower():
        raise _no_id(settings)
    return local


def _no_id(settings: ProviderSettings) -> SignInRefused:
    return SignInRefused(
        "no_staff_id",
        f"Your account's {settings.id_claim} cannot serve as a staff id here. Tell whoever runs "
        "this system; PRIVACY_SIGN_IN_ID_CLAIM and PRIVACY_SIGN_IN_DOMAIN choose another.",
    )


def _claim(claims: Mapping[str, Any], name: str) -> Any:
    """Return a claim by its name, or by the way to it through objects: ``realm_access.roles``."""
    if name in claims:
        return claims[name]
    found: Any = claims
    for step in name.split("."):
        found = found.get(step) if isinstance(found, Mapping) else None
    return found


def _words(claim: Any) -> frozenset[str]:
    if isinstance(claim, str):
        return frozenset({claim})
    return frozenset(str(word) for word in claim) if isinstance(claim, list) else frozenset()
