"""The sample requests can be filed, and speak of people whom the sample business knows."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from domain.vocabulary import PointOfIdentity
from samples.business.people import PEOPLE
from tests.gateway.support import post

REQUESTS = sorted((Path(__file__).parents[2] / "samples" / "requests").glob("*.json"))
STRANGER = "sam-nobody"


def read(path: Path) -> dict[str, Any]:
    """Read one sample."""
    body: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return body


@pytest.mark.parametrize("path", REQUESTS, ids=lambda path: path.stem)
async def test_every_sample_is_accepted(client: httpx.AsyncClient, path: Path) -> None:
    """``privacy request file`` gets 201 for each."""
    assert (await post(client, read(path), key=path.stem)).status_code == 201


@pytest.mark.parametrize("path", REQUESTS, ids=lambda path: path.stem)
def test_what_a_sample_offers_is_on_file(path: Path) -> None:
    """Each names a person of the sample business truthfully; one names nobody."""
    sample = read(path)
    known = {(person.name, person.email): person for person in PEOPLE}
    person = known.get((sample["consumer"]["name"], sample["consumer"]["email"]))
    if person is None:
        assert path.stem == STRANGER
        return
    offered = {PointOfIdentity(kind): text for kind, text in sample.get("points", {}).items()}
    assert offered.items() <= person.points.items()
