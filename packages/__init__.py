"""Packages: what was gathered about a person, as one file that people and programs can read."""

from packages.build import build
from packages.cover import Cover
from packages.decisions import ReviewRefused
from packages.gathering import Gathering
from packages.reviewing import ReviewedField, ReviewedRow, file_text, reviewed_rows

__all__ = [
    "Cover",
    "Gathering",
    "ReviewRefused",
    "ReviewedField",
    "ReviewedRow",
    "build",
    "file_text",
    "reviewed_rows",
]
