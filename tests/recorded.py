"""Recorded histories of whole requests, by which every change of a workflow is judged."""

import base64
import json
from pathlib import Path
from typing import Any

from temporalio.client import WorkflowHistory

from workers.keys import KEY_BYTES, KeySet

FOLDER = Path(__file__).parent / "histories"

CODEC_KEYS = (
    "histories:" + base64.b64encode(b"for recorded histories only".ljust(KEY_BYTES)).decode()
)
"""The key of these files, and of nothing else: they hold made-up requests."""


def keys() -> KeySet:
    """Return the key that the histories were recorded with."""
    return KeySet.parse(CODEC_KEYS)


def save(name: str, history: WorkflowHistory) -> None:
    """Write a history down."""
    FOLDER.mkdir(exist_ok=True)
    document = {"workflow_id": history.workflow_id, **_anonymous(json.loads(history.to_json()))}
    (FOLDER / f"{name}.json").write_text(json.dumps(document, separators=(",", ":")) + "\n")


def load(file: Path) -> WorkflowHistory:
    """Read a history."""
    document: dict[str, Any] = json.loads(file.read_text())
    return WorkflowHistory.from_json(document.pop("workflow_id"), document)


def files() -> list[Path]:
    """List the histories."""
    return sorted(FOLDER.glob("*.json"))


def _anonymous(found: Any) -> Any:
    """Leave out the names of the machine and of its processes."""
    if isinstance(found, list):
        return [_anonymous(each) for each in found]
    if isinstance(found, dict):
        return {
            key: "recorder" if key == "identity" else _anonymous(value)
            for key, value in found.items()
        }
    return found
