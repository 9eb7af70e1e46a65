"""The business's systems: the map of what they hold, and finding, erasing and proving in them."""

from datamap.erasing import erase
from datamap.errors import (
    CatalogueDrifted,
    DataMapError,
    HeldByLaw,
    MapInvalid,
    PlanBlocked,
    PlanOutdated,
    SystemFailed,
    SystemNotConnected,
)
from datamap.finding import Finding, find
from datamap.holds import Hold
from datamap.loading import load, load_path
from datamap.matching import Match, match
from datamap.people import PersonKeys, RowRef
from datamap.plan import ErasurePlan
from datamap.planning import plan_erasure
from datamap.preferences import OptOutApplied, opt_out
from datamap.proving import Proof, prove_absence
from datamap.schema import DataMap, OptOut
from datamap.surveying import Survey, survey

__all__ = [
    "CatalogueDrifted",
    "DataMap",
    "DataMapError",
    "ErasurePlan",
    "Finding",
    "HeldByLaw",
    "Hold",
    "MapInvalid",
    "Match",
    "OptOut",
    "OptOutApplied",
    "PersonKeys",
    "PlanBlocked",
    "PlanOutdated",
    "Proof",
    "RowRef",
    "Survey",
    "SystemFailed",
    "SystemNotConnected",
    "erase",
    "find",
    "load",
    "load_path",
    "match",
    "opt_out",
    "plan_erasure",
    "prove_absence",
    "survey",
]
