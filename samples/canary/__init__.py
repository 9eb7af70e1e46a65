"""The planted consumer of the sample business."""

from pathlib import Path

PLANTED = Path(__file__).parent / "canary.yaml"
