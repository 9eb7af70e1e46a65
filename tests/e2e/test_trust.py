"""What an operator and an auditor do with a running installation."""

import json
import re
from pathlib import Path

import pytest

from tests.e2e.office import Office
from tools.verify_evidence import verify

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


async def test_the_doctor_finds_a_fresh_installation_well(office: Office) -> None:
    """Every part is looked at, and nothing is wrong with any."""
    code, said = await office.privacy("doctor", "--json")
    findings = json.loads(said)
    assert [each for each in findings if each["standing"] == "wrong"] == []
    assert code == 0
    assert {each["part"] for each in findings} >= {
        "settings",
        "keys",
        "database",
        "record",
        "temporal",
        "mail",
        "gateway",
        "web ui",
        "policies",
        "data map",
        "providers",
        "disk",
        "clock",
    }


async def test_the_doctor_says_what_to_fix(office: Office) -> None:
    """With the mail server away and a schedule paused, both are named with their remedies."""
    schedule = office.client.get_schedule_handle("retention")
    await schedule.pause()
    await office.stack.stop("mail_sink")
    try:
        code, said = await office.privacy("doctor", "--quiet")
    finally:
        await office.stack.start("mail_sink")
        await schedule.unpause()
    assert code == 1
    assert "does not take us" in said
    assert "the schedule retention is paused" in said
    assert "temporal schedule toggle --unpause --schedule-id retention" in said
    assert "2 wrong" in said


async def test_a_closed_request_is_proved_to_an_auditor(office: Office, tmp_path: Path) -> None:
    """Ledger, checkpoint and workflows agree; the exported file verifies by itself (REC-01)."""
    case = await office.verified()
    await case.approve()
    await case.closed()
    assert (await office.privacy("ledger", "checkpoint"))[0] == 0
    code, said = await office.privacy("ledger", "verify", case.request_id)
    assert (code, "Held against" in said) == (0, True), said
    file = tmp_path / "evidence.zip"
    code, said = await office.privacy("evidence", case.request_id, "-o", str(file), "--by", "s.lee")
    assert code == 0, said
    archive = file.read_bytes()
    assert verify(archive).problems == []
    assert case.customer.name.encode() not in archive
    assert case.customer.email.encode() not in archive
    assert b"acknowledgements/" in archive
    secrets = tmp_path / "secrets"
    secrets.write_text(office.stack.configuration.secrets.text("sample_webhook_secret"))
    asked = ("evidence", "verify", str(file), "--answers", "--secrets", str(secrets))
    code, said = await office.privacy(*asked)
    assert (code, "Nothing was altered" in said) == (0, True), said
    assert re.search(r"acme-analytics: done, .*: signed with a secret .* checked", said)
    assert re.search(r"postbird: done, .*: without a signature", said)
