"""The yearly figures, from the ledger alone (MET-02 to MET-05)."""

from collections.abc import Mapping
from datetime import date

import asyncpg

from domain import policies
from domain.metrics import Figures, Group, yearly_figures
from domain.policy import Policy
from records.outcomes import outcomes


async def figures_of(
    conn: asyncpg.Connection, policy: Policy, year: int
) -> Mapping[Group, Figures]:
    """Return the figures of every group for the requests received in ``year``."""
    return yearly_figures(policy, year, await outcomes(conn))


def policy_for(year: int) -> Policy:
    """Return the revision by which the figures of a year are counted: the newest one."""
    return policies.nearest_to(date(year, 12, 31))
