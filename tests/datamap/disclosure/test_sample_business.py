"""The whole sample business, three systems at once: what a package of one of its people holds."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from datamap import DataMap, RowRef, load_path
from datamap.connectors import Connector, CsvFolderConnector, PostgresConnector
from datamap.disclosure import Scope
from domain.gathering import GatheredRow
from samples import business
from tests.datamap.disclosure.gatherings import Gathered, gathered
from workers.stack.postgres import OWNER, EmbeddedPostgres

ANA = RowRef(system="shop", collection="customers", key="1")


@pytest.fixture
def everywhere(
    postgres: EmbeddedPostgres, shop: str, tmp_path: Path
) -> Iterator[dict[str, Connector]]:
    """Fill the second database and the drop folder beside the shop."""
    postgres.create_database("backoffice_of_disclosure", OWNER)
    backoffice = postgres.dsn("backoffice_of_disclosure", OWNER)
    asyncio.run(business.create_backoffice(shop, backoffice))
    asyncio.run(business.create_drop(shop, tmp_path))
    yield {
        "shop": PostgresConnector("shop", shop),
        "backoffice": PostgresConnector("backoffice", backoffice),
        "drop": CsvFolderConnector("drop", tmp_path),
    }
    postgres.drop_database("backoffice_of_disclosure")


@pytest.fixture
def whole_map() -> DataMap:
    """Give the map of all systems."""
    return load_path(business.ALL_SYSTEMS)


def test_a_person_of_three_systems_is_gathered_whole(
    everywhere: dict[str, Connector], whole_map: DataMap, scope: Scope
) -> None:
    """KNO-02, KNO-08, RED: every system is in; numbers, secrets and Paul Stern are not."""
    gathering = asyncio.run(gathered(everywhere, whole_map, ANA, scope))
    places = {section.place for section in gathering.outline.sections}
    assert {place.partition(".")[0] for place in places} == {"shop", "backoffice", "drop"}
    [account] = gathering.rows("backoffice.accounts")
    assert set(account.never) == {"account_password", "security_question_answer"}
    [applicant] = gathering.rows("backoffice.applicants")
    assert applicant.never == ("ssn",)
    [attendee] = gathering.rows("drop.event_attendees")
    assert attendee.held["dietary_note"].kind == "health_information"
    [file] = gathering.files()
    assert file.text is not None
    assert file.text.endswith("Card [WITHHELD:financial_account_number].")
    others = {words for row in gathering.rows("backoffice.crm_activities") for words in spoken(row)}
    assert others == {"Paul Stern"}
    assert all("referred_by" not in row.values for row in gathering.rows("shop.customers"))


def spoken(row: GatheredRow) -> Iterator[str]:
    """Yield what a row says of others."""
    for column, spans in row.others.items():
        for start, end in spans:
            yield row.values[column][start:end]


def test_the_company_and_the_person_are_nobody_else(
    everywhere: dict[str, Connector], whole_map: DataMap, scope: Scope
) -> None:
    """RED-10: in what is written about her, her own name, address and number stay."""
    gathering: Gathered = asyncio.run(gathered(everywhere, whole_map, ANA, scope))
    notes = " ".join(row.values["note"] for row in gathering.rows("backoffice.crm_activities"))
    assert "Called Ana Ruiz" in notes
    assert "ana.ruiz@example.com" in notes
