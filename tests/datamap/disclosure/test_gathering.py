"""Gathering: everything of the person, nothing that is never disclosed, others held back."""

import json
import zlib
from datetime import date

import asyncpg
import pytest

from datamap import DataMap, PersonKeys, RowRef, find
from datamap.connectors import Connector
from datamap.disclosure import LabelUnknown, Scope, compile_report
from domain.notice_words import WithheldReason
from domain.notices import DisclosedCategory
from tests.datamap.disclosure import planted
from tests.datamap.disclosure.gatherings import Gathered, gathered

ANA = RowRef(system="shop", collection="customers", key="1")


def clear(gathering: Gathered) -> str:
    """Return every byte of a gathering, decompressed, but for originals that wait for staff."""
    packed = [chunk for chunk in gathering.chunks if chunk[:1] == b"\x78"]
    return "\n".join(json.loads(zlib.decompress(chunk)).__repr__() for chunk in packed)


async def test_never_disclosed_values_are_not_gathered(ada: Gathered) -> None:
    """RED-01 to RED-07, RED-09: not from their own fields, nor texts, documents, files, names."""
    text = clear(ada) + ada.outline.model_dump_json()
    assert [name for name, value in planted.NEVER.items() if value in text] == []
    assert not [file for file in ada.files() if file.never and file.original_size]


async def test_every_withheld_type_is_told(ada: Gathered) -> None:
    """RED-01 to RED-08: each type that is held is named, health as what counsel may release."""
    [row] = ada.rows("planted.secrets")
    assert set(row.never) == {
        "ssn",
        "driver_license",
        "state_id",
        "passport",
        "other_government_id",
        "financial_account_number",
        "health_insurance_id",
        "medical_id",
        "account_password",
        "password_hint",
        "security_question_answer",
        "unique_biometric",
    }
    assert row.held == {"health": ("health_information", WithheldReason.POLICY_HEALTH)}
    assert row.values == {
        "person": "1",
        "health": planted.HEALTH,
        "extra": {"color": "blue", "note": "number MRN[WITHHELD:medical_id]"},
    }


async def test_free_text_loses_its_numbers_and_marks_others(ada: Gathered) -> None:
    """RED-09, KNO-08: the rest of a text stays; what speaks of others is marked, to be undone."""
    notes = {row.values["reference"]: row for row in ada.rows("planted.notes")}
    assert notes["R-1"].values["body"] == (
        "My SSN is [WITHHELD:ssn], card [WITHHELD:financial_account_number]."
    )
    assert notes["R-2"].values["body"] == (
        "Same as [WITHHELD:driver_license] and [WITHHELD:password_hint]!"
    )
    marked = notes["R-3"]
    others = [marked.values["body"][start:end] for start, end in marked.others["body"]]
    assert others == ["Paul Stern", "paul.stern@example.net"]


async def test_rows_of_other_authors_are_held_back(ada: Gathered) -> None:
    """KNO-08: what others wrote, or nobody known, waits; by name, address or word it is hers."""
    notes = {row.values["reference"]: row.held_row for row in ada.rows("planted.notes")}
    other = WithheldReason.OTHER_PERSON
    assert notes == {
        "R-1": None, "R-2": None, "R-3": None, "R-4": other, "R-5": other, "R-7": None,
    }  # fmt: skip


async def test_a_field_that_leads_to_another_is_left_out(ada: Gathered) -> None:
    """KNO-08, KNO-10: the friend is not in the package, the inference about her is."""
    [row] = ada.rows("planted.people")
    assert "friend" not in row.values
    assert row.leads_on
    assert row.values["likely_to_buy"] == "yes"


async def test_files_are_shown_as_text_or_kept_for_staff(ada: Gathered) -> None:
    """RED-12: the picture waits, as it is; a clean file is read and kept; a bad one only read."""
    rows = {row.values["file_name"]: row for row in ada.rows("planted.documents")}
    assert "scan [WITHHELD:ssn].csv" in rows
    files = {name: ada.files()[row.files["content"] - 1] for name, row in rows.items()}
    photo, clean, bad = files["photo.png"], files["clean.pdf"], files["report.pdf"]
    assert (photo.text, photo.whole) == (None, False)
    assert ada.original(photo) == planted.PICTURE
    assert (clean.text, clean.whole) == ("Ada Abbott likes gardening.", True)
    assert ada.original(clean) == planted.FILES["clean.pdf"]
    assert bad.never == ("financial_account_number", "medical_id")
    assert files["cv.txt"].text == (
        "Ada Abbott. Passport [WITHHELD:passport], answer [WITHHELD:security_question_answer]."
    )


async def test_doubtful_names_are_told(ada: Gathered) -> None:
    """KNO-08: a text that may name somebody is listed for staff by its place, not its words."""
    assert [doubt.item for doubt in ada.outline.doubts] == ["planted.notes/6/body"]


async def test_the_period_is_kept(ada: Gathered) -> None:
    """KNO-03: rows collected before or after it are not in; a row without a date is."""
    assert "older than the period" not in clear(ada)
    assert len(ada.rows("planted.documents")) == len(planted.FILES)


async def test_a_gathering_is_the_same_again(
    connectors: dict[str, Connector], datamap: DataMap, scope: Scope
) -> None:
    """What is gathered twice is equal byte for byte, rows in the order of their keys."""
    one, two = [await gathered(connectors, datamap, ANA, scope) for _ in range(2)]
    assert (one.chunks, one.outline) == (two.chunks, two.outline)
    keys = [int(row.values["id"]) for row in one.rows("shop.web_visits")]
    assert keys == sorted(keys)


async def test_the_shop_gives_everything_of_a_customer(
    connectors: dict[str, Connector],
    datamap: DataMap,
    scope: Scope,
    shop_connection: asyncpg.Connection,
) -> None:
    """KNO-02: row for row and value for value what stands in the tables."""
    gathering = await gathered(connectors, datamap, ANA, scope)
    orders = await shop_connection.fetch(
        "SELECT id::text, order_number, customer_id::text, ship_to FROM orders"
        " WHERE customer_id = 1 ORDER BY id"
    )
    shown = [{**row.values} for row in gathering.rows("shop.orders")]
    assert [{name: row[name] for name in row if name != "placed_at"} for row in shown] == [
        dict(row) for row in orders
    ]


async def test_the_report_lists_what_is_held(
    connectors: dict[str, Connector], datamap: DataMap, scope: Scope
) -> None:
    """KNO-01, KNO-12: codes of the policy, in its order, two lists with recipients each."""
    gathering = await gathered(connectors, datamap, ANA, scope)
    report = gathering.outline.report
    assert report.categories == (
        "identifiers",
        "customer_records",
        "internet_activity",
        "commercial_information",
    )
    assert report.sources[0] == "consumer"
    assert report.sold_or_shared == ()
    assert (
        DisclosedCategory(category="internet_activity", recipients=("service_providers",))
        in report.disclosed
    )
    assert report.third_parties == ("service_providers", "advertisers")
    finding = await find(connectors, datamap, PersonKeys(rows=(ANA,)))
    compiled = await compile_report(connectors, datamap, finding, scope)
    assert compiled.report == report
    assert compiled.rows["shop.orders"] == len(gathering.rows("shop.orders"))


async def test_an_empty_field_is_no_category(
    connectors: dict[str, Connector],
    datamap: DataMap,
    shop_connection: asyncpg.Connection,
    scope: Scope,
) -> None:
    """KNO-04: a category counts only where there is a value of it, inside the period."""
    await shop_connection.execute(
        "UPDATE marketing_contacts SET company = 'Mission Print', job_title = NULL"
        " WHERE email = (SELECT email FROM customers WHERE id = 1)"
    )
    finding = await find(connectors, datamap, PersonKeys(rows=(ANA,)))
    now = await compile_report(connectors, datamap, finding, scope)
    assert "employment" in now.report.categories
    year = Scope(scope.policy, date(2022, 1, 1), date(2022, 12, 31))
    before = await compile_report(connectors, datamap, finding, year)
    assert "employment" not in before.report.categories
    assert "shop.orders" not in before.rows


async def test_a_label_without_words_stops_the_report(
    connectors: dict[str, Connector], datamap: DataMap, scope: Scope
) -> None:
    """KNO-12: what the policy has no words for is not reported in words of our own."""
    text = datamap.model_dump_json().replace("internet_activity", "browsing")
    strange = DataMap.model_validate_json(text)
    finding = await find(connectors, strange, PersonKeys(rows=(ANA,)))
    with pytest.raises(LabelUnknown) as refused:
        await compile_report(connectors, strange, finding, scope)
    assert refused.value.codes == ("browsing",)
