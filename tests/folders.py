"""Folders for tests."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def reachable_folder() -> Iterator[Path]:
    """Make a folder that PostgreSQL's account may pass through, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="privacy-tests-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
