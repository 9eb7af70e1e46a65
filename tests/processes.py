"""Processes that belong together."""

import psutil


def family(pid: int) -> list[psutil.Process]:
    """Return a process and its descendants."""
    first = psutil.Process(pid)
    return [first, *first.children(recursive=True)]
