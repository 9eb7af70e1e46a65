"""Logs of this process, configured as in production and read by tests."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from tests.workers.loglines import Lines
from workers.logging import configure_logging


@pytest.fixture
def lines() -> Iterator[Lines]:
    """Configure JSON logs into memory and give a function that reads them."""
    root = logging.getLogger()
    before = (root.handlers, root.level)
    written = io.StringIO()
    configure_logging("json", stream=written)
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    root.handlers, level = before
    root.setLevel(level)
    structlog.reset_defaults()
