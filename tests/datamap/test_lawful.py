"""Grounds of the data map, as the law has them for one request."""

from datetime import date

import pytest

from datamap.errors import GroundIncomplete
from datamap.lawful import fallen_grounds, under_law
from datamap.loading import load
from datamap.schema import DataMap, Erasure
from domain.policy import Policy
from domain.vocabulary import Residency

TODAY = date(2026, 11, 22)
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
      - name: invoices
        fides_meta: {privacy: {retention: {code: EX8, reason: Tax law asks it., reviewer: tax, review_on: 2027-01-01}}}
        fields: *fields
      - name: bought_leads
        fides_meta: {privacy: {retention: &ncc {code: NCC, reason: Others gave it., reviewer: legal, review_on: 2027-01-01}}}
        fields: *fields
      - name: newsletter
        fides_meta: {privacy: {role: marketing_list, retention: *ncc}}
        fields: *fields
"""  # noqa: E501


def kept(datamap: DataMap) -> set[str]:
    """Name the collections whose rows stay."""
    return {one.name for _, one in datamap.collections() if one.erasure is Erasure.KEEP}


@pytest.mark.parametrize(
    ("residency", "stays"),
    [
        (Residency.CA, {"invoices", "bought_leads"}),
        (Residency.OTHER, {"invoices", "bought_leads"}),
        (Residency.EEA, {"invoices"}),
    ],
)
def test_data_from_others_stays_where_the_law_knows_that_ground(
    policy: Policy, residency: Residency, stays: set[str]
) -> None:
    """Not for Europe, and on a marketing list for nobody (DEL-14, REQ-10, REQ-15)."""
    lawful = under_law(load(MAP, "map"), policy, received_on=TODAY, residency=residency)
    assert kept(lawful) == stays


def test_what_the_map_keeps_in_vain_is_named(policy: Policy) -> None:
    """Staff see what is erased although the map keeps it, with its ground (DEL-16)."""
    fallen = fallen_grounds(load(MAP, "map"), policy, received_on=TODAY, residency=Residency.EEA)
    assert {place: ground.code for place, ground in fallen.items()} == {
        "shop.bought_leads": "NCC",
        "shop.newsletter": "NCC",
    }


def test_a_company_may_delete_what_others_gave_it(policy: Policy) -> None:
    """The policy's choice reaches the plan (DEL-14)."""
    deletion = policy.deletion.model_copy(update={"delete_third_party_sourced": True})
    own = policy.model_copy(update={"deletion": deletion})
    lawful = under_law(load(MAP, "map"), own, received_on=TODAY, residency=Residency.CA)
    assert kept(lawful) == {"invoices"}


def test_a_ground_that_lacks_something_on_paper_blocks(policy: Policy) -> None:
    """Nothing is erased and nothing kept until it is complete (DEL-01)."""
    hold = next(row for row in policy.deletion.exceptions if row.code == "HOLD")
    stricter = hold.model_copy(update={"code": "EX8"})
    deletion = policy.deletion.model_copy(update={"exceptions": (stricter,)})
    own = policy.model_copy(update={"deletion": deletion})
    with pytest.raises(GroundIncomplete, match=r"shop.invoices: hold_id"):
        under_law(load(MAP, "map"), own, received_on=TODAY, residency=Residency.CA)
