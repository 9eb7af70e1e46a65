"""docs/intake.md: its programs are run as they stand there, against a whole installation."""

import asyncio
import importlib.util
import json
import os
import re
import signal
import sys
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from domain.state import Stage
from gateway.webhook_docs import WEBHOOK_EXAMPLE
from providers.standard_webhooks import key_of, signed_headers
from tests.e2e.office import Office
from workers.settings import PROJECT

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

SECRET = "whsec_" + "QUJD" * 11
PAGE = (PROJECT / "docs" / "intake.md").read_text(encoding="utf-8")
EXAMPLES = dict(re.findall(r"```\w+ ([\w.]+)\n(.*?)```", PAGE, flags=re.DOTALL))


def environment(office: Office) -> dict[str, str]:
    """Return what an operator tells an engineer."""
    return {
        "GATEWAY": office.stack.addresses.gateway,
        "API_KEY": office.stack.intake_api_key,
        "TEMPORAL": office.settings.temporal_address,
        "NAMESPACE": office.settings.temporal_namespace,
        "PYTHONPATH": str(PROJECT),
        "PATH": os.environ["PATH"],
    }


async def printed_by(name: str, folder: Path, variables: Mapping[str, str]) -> str:
    """Run an example to its end and return what it printed."""
    path = folder / name
    path.write_text(EXAMPLES[name])
    program = sys.executable if name.endswith(".py") else "bash"
    child = await asyncio.create_subprocess_exec(
        program, str(path), env=dict(variables), stdout=asyncio.subprocess.PIPE
    )
    printed, _ = await asyncio.wait_for(child.communicate(), 30)
    # Temporal's core now and then aborts a process that has done its work and is ending.
    assert child.returncode in (0, -signal.SIGABRT)
    return printed.decode()


@pytest.fixture
def form_backend(office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Load the form's backend, which reads its settings from the environment."""
    for name in ("GATEWAY", "API_KEY"):
        monkeypatch.setenv(name, environment(office)[name])
    return loaded("form_backend.py", tmp_path)


def loaded(name: str, folder: Path) -> Any:
    """Load an example as a module."""
    path = folder / name
    path.write_text(EXAMPLES[name])
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def test_the_forms_backend_files_once_and_tells_what_is_wrong(form_backend: Any) -> None:
    """Sent twice it is one request; a wrong address is named; the form has thirty lines."""
    assert len([line for line in EXAMPLES["form_backend.py"].splitlines() if line]) <= 30
    typed = {"key": str(uuid.uuid4()), "name": "Ana Ruiz", "email": "ana.ruiz@example.com"}
    transport = httpx.ASGITransport(app=form_backend.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://form") as browser:
        assert 'name="key"' in (await browser.get("/privacy")).text
        first, again = [await browser.post("/privacy", data=typed) for _ in range(2)]
        wrong = await browser.post("/privacy", data=typed | {"email": "nobody"})
    assert re.fullmatch(r"Your request PR-\S+ will be answered by 20\d\d-\d\d-\d\d\.", first.text)
    assert again.text == first.text
    assert wrong.text.startswith("/consumer/email: ")


async def test_the_curl_files_a_request(office: Office, tmp_path: Path) -> None:
    """The answer has the id, the promised day, and where to ask."""
    filed = json.loads(await printed_by("file.sh", tmp_path, environment(office)))
    assert filed["dates"]["answer_by"] > filed["dates"]["receipt_date"]
    async with httpx.AsyncClient(trust_env=False) as client:
        headers = {"X-API-Key": office.stack.intake_api_key}
        asked = await client.get(filed["status_url"], headers=headers)
        etag = {"If-None-Match": asked.headers["ETag"]}
        unmoved = await client.get(filed["status_url"], headers=headers | etag)
    assert asked.json()["stage"] in ("received", "verifying")
    assert unmoved.status_code in (200, 304)


async def test_a_signal_opts_the_browser_out(office: Office, tmp_path: Path) -> None:
    """The same browser is known again, and its request is carried out without anybody (OPT-05)."""
    said = [json.loads(await printed_by("signal.sh", tmp_path, environment(office)))]
    said.append(json.loads(await printed_by("signal.sh", tmp_path, environment(office))))
    assert said[0]["honoured"]
    assert said[0] == said[1]
    await office.people.until(said[0]["request_id"], "the opt-out", lambda state: state.choice)


async def test_the_typed_client_files_and_asks(office: Office, tmp_path: Path) -> None:
    """The program prints the id, the stage and the promised day."""
    said = await printed_by("follow.py", tmp_path, environment(office))
    assert re.fullmatch(r"PR-\S+ (received|verifying) 20\d\d-\d\d-\d\d\n", said)


async def test_the_receiver_believes_what_is_signed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A signed change is printed once, however often it comes; anything else is refused."""
    monkeypatch.setenv("WEBHOOK_SECRETS", f"{SECRET},{'whsec_' + 'A' * 44}")
    receiver = loaded("receive.py", tmp_path)
    body = json.dumps(WEBHOOK_EXAMPLE).encode()
    good = signed_headers([key_of(SECRET)], "msg_1", datetime.now(UTC), body)
    transport = httpx.ASGITransport(app=receiver.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://form") as sender:
        answers = [
            await sender.post("/privacy-hook", content=content, headers=good)
            for content in (body, body, body + b" ")
        ]
    assert [answer.status_code for answer in answers] == [204, 204, 401]
    assert capsys.readouterr().out.count(WEBHOOK_EXAMPLE["data"]["request_id"]) == 1


async def test_a_sealed_start_needs_no_codec_and_becomes_a_request(
    office: Office, tmp_path: Path
) -> None:
    """A plain Temporal client starts it; the workflow opens the box and confirms receipt."""
    request_id = (await printed_by("direct_start.py", tmp_path, environment(office))).strip()
    await office.people.until(request_id, "receipt", lambda state: state.letters)


async def test_the_page_names_every_stage() -> None:
    """The table of statuses lists what a request can answer."""

    listed = re.findall(r"^\| `([a-z ]+)` \|", PAGE, re.MULTILINE)
    assert [name for name in listed if name != "stage"] == list(Stage)
