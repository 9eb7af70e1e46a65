"""What reports leave unsearched, and what they must search after all."""

import pytest

from datamap.errors import MapInvalid
from datamap.leaving_out import left_out, searched
from datamap.loading import load

MAP = """\
dataset:
  - fides_key: shop
    meta: {privacy: {connector: postgres}}
    collections:
      - name: people
        fides_meta: {privacy: {role: person}}
        fields: &fields
          - {name: id, fides_meta: {primary_key: true}}
          - {name: mail, fides_meta: {identity: email}}
      - name: archive
        fides_meta:
          privacy:
            label: {en: paper files, es: expedientes en papel}
            not_searched: {not_searchable: true, legal_only: true, no_sale_no_commercial_use: true}
        fields: *fields
"""


def test_what_need_not_be_searched_is_named_instead() -> None:
    """The report's search leaves it out; the map of erasures does not (KNO-05)."""
    datamap = load(MAP, "map")
    assert left_out(datamap) == ("shop.archive",)
    assert [one.name for _, one in searched(datamap).collections()] == ["people"]
    assert [one.name for _, one in datamap.collections()] == ["people", "archive"]


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        ("legal_only: true", "legal_only: false"),
        (
            "            label: {en: paper files, es: expedientes en papel}\n",
            "",
        ),
    ],
)
def test_with_one_condition_missing_it_is_searched(written: str, instead: str) -> None:
    """A map that says otherwise is refused: three flags and a name are all needed (KNO-05)."""
    with pytest.raises(MapInvalid, match="all three flags true and a `label`"):
        load(MAP.replace(written, instead), "map")
