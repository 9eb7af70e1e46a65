"""A small company's own systems, made up and always the same, with the data map of them."""

from pathlib import Path

from samples.business.create import create
from samples.business.people import PEOPLE, SamplePerson

DATAMAP = Path(__file__).parent / "datamap.yaml"
"""The data map of the sample business."""

__all__ = ["DATAMAP", "PEOPLE", "SamplePerson", "create"]
