"""A dataset in the way that Fides' own examples are written."""

import asyncpg
import pytest

from datamap import (
    DataMap,
    PersonKeys,
    RowRef,
    erase,
    find,
    load,
    plan_erasure,
    prove_absence,
)
from datamap.checking import check, is_red
from datamap.connectors import Connector, PostgresConnector

DATASET = """\
dataset:
  - fides_key: store
    organization_fides_key: default_organization
    name: Store
    data_categories: []
    collections:
      - name: address
        fields:
          - name: id
            data_categories: [system.operations]
            fides_meta: {primary_key: True}
          - name: street
            data_categories: [user.contact.address.street]
      - name: customer
        fides_meta: {privacy: {role: person}}
        fields:
          - name: address_id
            data_categories: [system.operations]
            fides_meta:
              references: [{dataset: store, field: address.id, direction: to}]
          - name: email
            data_categories: [user.contact.email]
            fides_meta: {identity: email, data_type: string}
          - name: id
            data_categories: [user.unique_id]
            fides_meta: {primary_key: True}
      - name: payment
        fields:
          - name: number
            data_categories: [user.financial]
            fidesops_meta: {primary_key: True}
          - name: owner
            fides_meta:
              references: [{dataset: store, field: customer.id, direction: from}]
          - name: bank
            fides_meta: {references: [{dataset: store, field: branch.place, direction: to}]}
          - name: sort
            fides_meta: {references: [{dataset: store, field: branch.code, direction: to}]}
      - name: branch
        fields:
          - {name: place, fides_meta: {primary_key: True}}
          - {name: code, fides_meta: {primary_key: True}}
          - {name: note}
"""
TABLES = """
CREATE TABLE address (id int PRIMARY KEY, street text);
CREATE TABLE customer (id int PRIMARY KEY, email text, address_id int REFERENCES address);
CREATE TABLE branch (place text, code int, note text, PRIMARY KEY (place, code));
CREATE TABLE payment (number text PRIMARY KEY, owner int NOT NULL REFERENCES customer,
                      bank text, sort int, FOREIGN KEY (bank, sort) REFERENCES branch);
INSERT INTO address VALUES (1, 'shared by two'), (2, 'Ada alone');
INSERT INTO customer VALUES (1, 'ada@example.org', 2), (2, 'ben@example.org', 1),
                            (3, 'cleo@example.org', 1);
INSERT INTO branch VALUES ('a', 1, 'everybody''s'), ('a', 2, 'of Ben alone'), ('b', 1, '');
INSERT INTO payment VALUES ('p1', 1, 'a', 1), ('p2', 2, 'a', 1), ('p3', 2, 'a', 2);
"""


@pytest.fixture
async def store(empty_database: str) -> dict[str, Connector]:
    """Make the store."""
    connection = await asyncpg.connect(empty_database)
    await connection.execute(TABLES)
    await connection.close()
    return {"store": PostgresConnector("store", empty_database)}


@pytest.fixture
def dataset() -> DataMap:
    """Give the dataset, one line of ours in it."""
    return load(DATASET, "store.yaml")


async def test_a_dataset_of_fides_fits_after_one_line(
    store: dict[str, Connector], dataset: DataMap
) -> None:
    """Old key names, directions and composite references are understood."""
    remarks = await check(store, dataset)
    assert not is_red(remarks), [str(one) for one in remarks]


@pytest.mark.parametrize(
    ("who", "erased", "shared"),
    [
        ("1", {"customer": 1, "address": 1, "payment": 1}, {"branch": 1}),
        ("2", {"customer": 1, "payment": 2, "branch": 1}, {"address": 1, "branch": 1}),
    ],
)
async def test_what_others_refer_to_as_well_stays(
    who: str,
    erased: dict[str, int],
    shared: dict[str, int],
    store: dict[str, Connector],
    dataset: DataMap,
) -> None:
    """A row that a person's row refers to goes only if nobody else's row refers to it."""
    person = PersonKeys(rows=(RowRef(system="store", collection="customer", key=who),))
    plan = await plan_erasure(store, dataset, await find(store, dataset, person))
    assert plan.rows_per_collection == {f"store.{name}": n for name, n in erased.items()}
    assert {rows.collection: len(rows.keys) for rows in plan.doubtful} == shared
    await erase(plan, store["store"])
    proof = await prove_absence(store, dataset, plan)
    assert proof.holds, proof
