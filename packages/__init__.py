"""Packages: what was gathered about a person, as one file that people and programs can read."""

from packages.build import build
from packages.cover import Cover
from packages.decisions import ReviewRefused
from packages.gathering import Gathering

__all__ = ["Cover", "Gathering", "ReviewRefused", "build"]
