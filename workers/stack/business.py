"""The sample business: a database of some thousand consumers, always the same ones."""

from importlib import import_module


def fill_business(dsn: str) -> None:
    """Create the sample business's tables and people in an empty database."""
    import_module("samples.business").create(dsn)
