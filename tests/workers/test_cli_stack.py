"""`privacy up` says how to use the stack; `privacy down` stops and removes it."""

import json
import re
from pathlib import Path

import pytest

from domain.submission import Submission
from workers.cli_stack import greeting, wanted
from workers.stack.configuration import DSNS, Configuration
from workers.stack.services import SERVICES
from workers.stack.supervisor import EmbeddedStack


@pytest.fixture
def described(tmp_path: Path) -> EmbeddedStack:
    """Describe a stack that is not started, with its keys."""
    stack = EmbeddedStack(tmp_path)
    stack.configuration = Configuration(stack.folder, {"gateway": 18080, "inbox": 18025}, {})
    for name in DSNS:
        stack.configuration.secrets.write(name, "postgresql://")
    return stack


def test_the_greeting_names_every_page(described: EmbeddedStack) -> None:
    """Web UI, API page and inbox are told with their addresses."""
    told = greeting(described)
    assert "/namespaces/default/workflows" in told
    assert "http://127.0.0.1:18080/docs" in told
    assert "http://127.0.0.1:18080/staff" in told
    assert "http://127.0.0.1:18025" in told


def test_the_curl_can_be_pasted(described: EmbeddedStack) -> None:
    """Its body is a valid submission and its key stays in its file."""
    told = greeting(described)
    body = re.search(r"-d '(.*)'", told)
    assert body
    assert Submission.model_validate(json.loads(body[1])).consumer.email
    assert described.intake_api_key not in told
    assert str(described.intake_key_file) in told


def test_figures_are_served_where_their_ports_are_set(tmp_path: Path) -> None:
    """The worker gets the ports and the greeting names the address; nothing else is taken over."""
    around = {
        "PRIVACY_METRICS_PORT": "19464",
        "PRIVACY_SDK_METRICS_PORT": "19465",
        "PRIVACY_WORKER_DSN": "postgresql://elsewhere",
    }
    stack = EmbeddedStack(tmp_path)
    stack.configuration = Configuration(stack.folder, {}, wanted(around))
    for name in DSNS:
        stack.configuration.secrets.write(name, "postgresql://")
    environment = stack.configuration.environment_of(SERVICES[0])
    assert {name: environment.get(name) for name in around} == around | {"PRIVACY_WORKER_DSN": None}
    assert "http://127.0.0.1:19464/metrics" in greeting(stack)
