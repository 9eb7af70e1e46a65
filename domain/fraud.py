"""Requests believed to be fraudulent: what such a belief must rest on (COR-07, OPT-03)."""

from pydantic import BaseModel, ConfigDict


class Belief(BaseModel):
    """A belief that a request is fraudulent or abusive."""

    model_config = ConfigDict(frozen=True)

    documented: bool
    good_faith: bool = True
    reasonable: bool = True


def allows_denial(belief: Belief | None) -> bool:
    """Tell whether a request may be denied on it: in good faith, reasonable and documented."""
    return belief is not None and belief.documented and belief.good_faith and belief.reasonable
