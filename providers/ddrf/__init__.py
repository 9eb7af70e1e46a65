"""IAB Tech Lab's Data Deletion Request Framework 1.0. Its acknowledgement proves receipt only."""

from providers.ddrf.client import Ddrf

__all__ = ["Ddrf"]
