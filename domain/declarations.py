"""Declarations under penalty of perjury: who signs which words, and when one is valid (VER-14)."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from domain.vocabulary import Requester


class Signer(StrEnum):
    """Who declares: to be the consumer, or to be the consumer's parent or conservator."""

    CONSUMER = "consumer"
    PARENT = "parent"
    CONSERVATOR = "conservator"


_SIGNERS = {
    Requester.CONSUMER: Signer.CONSUMER,
    Requester.AGENT_SIGNED: Signer.CONSUMER,
    Requester.PARENT: Signer.PARENT,
    Requester.CONSERVATOR: Signer.CONSERVATOR,
}


class Declaration(BaseModel):
    """A declaration as it came in."""

    model_config = ConfigDict(frozen=True)

    signer: Signer
    signed: bool = True
    dated: bool = True
    perjury_words: bool = True


def signer_for(requester: Requester) -> Signer | None:
    """Return who must sign when ``requester`` asks; ``None`` where nobody is asked (VER-14)."""
    return _SIGNERS.get(requester)


def is_valid(declaration: Declaration | None, requester: Requester) -> bool:
    """Tell whether a declaration counts: whole, and in the words of the right signer (VER-14)."""
    if declaration is None or declaration.signer is not signer_for(requester):
        return False
    return declaration.signed and declaration.dated and declaration.perjury_words
