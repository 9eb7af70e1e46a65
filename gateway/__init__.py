"""The doors: HTTP for intake systems, consumers, service providers and the Temporal Web UI."""
