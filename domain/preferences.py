"""Opting out, limiting, signals, opting in again: what is recorded and who is told (OPT)."""

from collections.abc import Iterable, Mapping

from domain.fraud import Belief, allows_denial
from domain.policy import Policy
from domain.vocabulary import Decision, NoticeKind, RequestType

CHOICES = frozenset(
    {
        RequestType.OPT_OUT_SALE_SHARING,
        RequestType.LIMIT_SPI,
        RequestType.GPC_SIGNAL,
        RequestType.MARKETING_OPT_OUT,
    }
)
"""Choices that are applied without proof of identity and stand until revoked (REQ-09, OPT-09)."""

OPT_INS = frozenset({RequestType.OPT_IN_MINOR, RequestType.OPT_IN_AFTER_OPT_OUT})

_SIGNAL = "sec-gpc"
_ON = "1"
_DENIABLE = frozenset({RequestType.OPT_OUT_SALE_SHARING, RequestType.LIMIT_SPI})


def decide(request_type: RequestType, belief: Belief | None = None) -> Decision:
    """Decide a choice: granted, unless fraud is believed on documented grounds (OPT-02, OPT-03)."""
    denied = request_type in _DENIABLE and allows_denial(belief)
    return Decision.DENY if denied else Decision.GRANT


def signals_opt_out(policy: Policy, headers: Mapping[str, str]) -> bool:
    """Tell whether a browser's headers opt out; `DNT` alone changes nothing (OPT-05)."""
    sent = {name.strip().casefold(): value.strip() for name, value in headers.items()}
    return policy.opt_out.honour_signal and sent.get(_SIGNAL) == _ON


def opt_in_complete(policy: Policy, steps_done: int) -> bool:
    """Tell whether opting in again was requested and separately confirmed (OPT-07)."""
    return steps_done >= policy.opt_out.opt_in_steps


def records(signals: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Return one record for each device and person, however often they signal (OPT-10)."""
    return tuple(dict.fromkeys(signals))


def confirmation(policy: Policy, request_type: RequestType) -> NoticeKind | None:
    """Return the letter by which a choice is confirmed, where the law demands one (OPT-04)."""
    shown = policy.opt_out.status_display_required and request_type in CHOICES
    return NoticeKind.OPT_OUT_DONE if shown else None
