"""A provider's verified word as the facts of an inbox row: codes and hashes, nothing personal."""

from providers.protocol import Acknowledgement

LINK = "link"
"""How a pressed button was verified: by the token of its letter's link."""


def facts_of(word: Acknowledgement) -> dict[str, object]:
    """Return what the workflow of a direction may know of a word and its evidence."""
    evidence = word.evidence
    return {
        "standing": word.standing.value,
        "at": word.at.isoformat(),
        "reason": word.reason.value if word.reason else "",
        "sub_processors": list(word.sub_processors),
        "results": word.results,
        "body_hash": evidence.body_hash if evidence else "",
        "scheme": evidence.scheme if evidence else LINK,
        "key_fingerprint": evidence.key_fingerprint if evidence else "",
    }
