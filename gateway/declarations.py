"""The declaration on a consumer's page: its words, its signature, the record of both (VER-14)."""

from collections.abc import Mapping
from datetime import datetime

from domain.chain import canonical
from domain.decisions.inbox import DECLARATION_SIGNED
from domain.typed_line import is_one_line, without_unseen
from domain.vocabulary import Language
from gateway.links import Link
from gateway.points import LONGEST
from gateway.presses import Press
from letters import declaration as wording

SIGNATURE = "signature"
"""Name of the field in which the signer types a name."""


def statement(link: Link, language: Language, name: str) -> str:
    """Return the words to sign, in the wording of whoever must sign for this requester."""
    signer = wording.signer_for(link.request.requester)
    return wording.declaration(signer, language, name, link.request.request_id)


def read_signature(fields: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """Return the typed name, and the fault where it signs nothing."""
    name = " ".join(without_unseen(fields.get(SIGNATURE, "")).split())
    if not any(sign.isalpha() for sign in name):
        return "", {SIGNATURE: "unsigned"}
    if len(name) > LONGEST:
        return "", {SIGNATURE: "too_long"}
    if not is_one_line(name):
        return "", {SIGNATURE: "one_line"}
    return name, {}


def signed(link: Link, language: Language, name: str, now: datetime) -> Press:
    """Return the message that a signature is; its evidence is the signed record itself.

    ``now`` is the wall clock; the date of the signature is the company's, by business time.
    """
    signer = wording.signer_for(link.request.requester).value
    signed_on = link.today.isoformat()
    record = {
        "letter": link.answers,
        "link": link.token.hash,
        "name": name,
        "request_id": link.request.request_id,
        "signed_at": now.isoformat(),
        "signed_on": signed_on,
        "signer": signer,
        "statement": statement(link, language, name),
    }
    facts = {
        "language": language.value,
        "letter": link.answers,
        "signed_on": signed_on,
        "signer": signer,
    }
    return Press(DECLARATION_SIGNED, facts, canonical(record))
