"""Which types of request are taken on a day, and the values of the law on it (PRN-02, REQ-13)."""

from datetime import date

from domain.policy import Policy
from domain.vocabulary import RequestType

_SWITCHED = frozenset({RequestType.ADMT_ACCESS, RequestType.ADMT_OPT_OUT})


def accepts(
    policy: Policy, request_type: RequestType, received_on: date, *, enabled: bool | None = None
) -> bool:
    """Tell whether a request of this type is taken when it was received on ``received_on``.

    For automated decisions ``enabled`` is the company's own switch, where it has set one (REQ-13).
    """
    if enabled is not None and request_type in _SWITCHED:
        return enabled
    for right in policy.rights:
        if right.request_type is request_type:
            return right.since <= received_on <= (right.last_day or date.max)
    return False
