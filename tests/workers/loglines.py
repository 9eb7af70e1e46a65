"""The type of the log lines that tests read."""

from collections.abc import Callable
from typing import Any

Lines = Callable[[], list[dict[str, Any]]]
