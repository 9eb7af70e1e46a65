"""The path of each kind of request: what differs between them is this table, not the procedure."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from domain.notice_words import DirectedAction, OptOutScope
from domain.vocabulary import RequestType


class Fulfilment(StrEnum):
    """Kinds of fulfilment; each has one strategy in the workflow and one event that ends it."""

    ERASE = "erase"
    TREAT_AS_OPT_OUT = "treat_as_opt_out"
    COLLECT = "collect"
    DISCLOSE = "disclose"
    CORRECT = "correct"
    CHOOSE = "choose"
    DEACTIVATE = "deactivate"


class Proof(StrEnum):
    """What is asked of the requester before anything is done."""

    IDENTITY = "identity"
    CONFIRMATION = "confirmation"
    NOTHING = "nothing"


class Path(NamedTuple):
    """How one kind of request goes from receipt to close.

    ``at_once`` is reversible and does not wait for a decision; ``by_rule`` requests are carried
    out without one; ``choice`` is what a ``CHOOSE`` sets, and whether it opts in.
    """

    in_words: str
    proof: Proof
    fulfilment: tuple[Fulfilment, ...]
    at_once: tuple[Fulfilment, ...] = ()
    by_rule: bool = False
    directs: DirectedAction | None = None
    choice: OptOutScope | None = None
    opts_in: bool = False


_KNOW = (Fulfilment.DISCLOSE,)
_COPY = (Fulfilment.COLLECT, Fulfilment.DISCLOSE)
_CHOOSE = (Fulfilment.CHOOSE,)

PATHS: Mapping[RequestType, Path] = {
    RequestType.KNOW_CATEGORIES: Path("to know the categories of data held", Proof.IDENTITY, _KNOW),
    RequestType.KNOW_SPECIFIC: Path(
        "for a copy of the data held",
        Proof.IDENTITY,
        _COPY,
        directs=DirectedAction.RETURN_COPY,
    ),
    RequestType.KNOW_BOTH: Path(
        "to know what is held, with a copy",
        Proof.IDENTITY,
        _COPY,
        directs=DirectedAction.RETURN_COPY,
    ),
    RequestType.PORTABILITY: Path(
        "for a portable copy of the data",
        Proof.IDENTITY,
        _COPY,
        directs=DirectedAction.RETURN_COPY,
    ),
    RequestType.ACCOUNT_REVIEW: Path("to review the account's data", Proof.IDENTITY, _KNOW),
    RequestType.DELETE: Path(
        "to delete personal information",
        Proof.IDENTITY,
        (Fulfilment.ERASE,),
        directs=DirectedAction.DELETE,
    ),
    RequestType.ACCOUNT_TERMINATE: Path(
        "to close the account and delete its data",
        Proof.IDENTITY,
        (Fulfilment.ERASE,),
        at_once=(Fulfilment.DEACTIVATE,),
        directs=DirectedAction.DELETE,
    ),
    RequestType.MINOR_PURGE: Path(
        "to delete the data of a young person",
        Proof.NOTHING,
        (Fulfilment.ERASE,),
        at_once=(Fulfilment.DEACTIVATE,),
        directs=DirectedAction.DELETE,
    ),
    RequestType.CORRECT: Path(
        "to correct personal information",
        Proof.IDENTITY,
        (Fulfilment.CORRECT,),
        directs=DirectedAction.CORRECT,
    ),
    RequestType.ACCOUNT_CHANGE: Path(
        "to change the account's data",
        Proof.IDENTITY,
        (Fulfilment.CORRECT,),
        directs=DirectedAction.CORRECT,
    ),
    RequestType.TESTIMONIAL_CHANGE: Path(
        "to change or remove a testimonial", Proof.IDENTITY, (Fulfilment.DEACTIVATE,)
    ),
    RequestType.OPT_OUT_SALE_SHARING: Path(
        "not to sell or share personal information",
        Proof.NOTHING,
        _CHOOSE,
        by_rule=True,
        directs=DirectedAction.STOP_SALE_SHARING,
        choice=OptOutScope.SALE_SHARING,
    ),
    RequestType.GPC_SIGNAL: Path(
        "not to sell or share, by a browser's signal",
        Proof.NOTHING,
        _CHOOSE,
        by_rule=True,
        directs=DirectedAction.STOP_SALE_SHARING,
        choice=OptOutScope.SALE_SHARING,
    ),
    RequestType.LIMIT_SPI: Path(
        "to limit the use of sensitive data",
        Proof.NOTHING,
        _CHOOSE,
        by_rule=True,
        directs=DirectedAction.LIMIT,
        choice=OptOutScope.SENSITIVE_DATA,
    ),
    RequestType.MARKETING_OPT_OUT: Path(
        "to stop marketing",
        Proof.NOTHING,
        _CHOOSE,
        by_rule=True,
        directs=DirectedAction.SUPPRESS,
        choice=OptOutScope.MARKETING,
    ),
    RequestType.OPT_IN_MINOR: Path(
        "to allow sale or sharing for a young person",
        Proof.CONFIRMATION,
        _CHOOSE,
        by_rule=True,
        choice=OptOutScope.SALE_SHARING,
        opts_in=True,
    ),
    RequestType.OPT_IN_AFTER_OPT_OUT: Path(
        "to allow sale or sharing again",
        Proof.CONFIRMATION,
        _CHOOSE,
        by_rule=True,
        choice=OptOutScope.SALE_SHARING,
        opts_in=True,
    ),
}
"""Every kind that the engine serves. Rights to automated decisions begin in 2027 (REQ-13)."""


def path_of(request_type: RequestType) -> Path:
    """Return the path of a kind of request.

    Raises:
        KeyError: the engine does not serve it.
    """
    return PATHS[request_type]
