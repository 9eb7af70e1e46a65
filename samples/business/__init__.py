"""A small company's own systems, made up and always the same, with the data map of them."""

from pathlib import Path

from samples.business.backoffice import create_backoffice, create_drop
from samples.business.create import create
from samples.business.people import PEOPLE, SamplePerson

DATAMAP = Path(__file__).parent / "datamap.yaml"
"""The map of the shop alone."""

ALL_SYSTEMS = Path(__file__).parent
"""The folder of the whole map: the shop, the back office and the drop folder."""

__all__ = [
    "ALL_SYSTEMS",
    "DATAMAP",
    "PEOPLE",
    "SamplePerson",
    "create",
    "create_backoffice",
    "create_drop",
]
