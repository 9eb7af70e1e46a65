"""Removes what a stack keeps, also where PostgreSQL's files had to stand outside its folder."""

import shutil

from workers.stack.errors import StackError
from workers.stack.folder import StackFolder
from workers.stack.pids import PidBook
from workers.stack.postgres_files import homes


def remove(folder: StackFolder) -> None:
    """End what an earlier run left over and remove the stack's data.

    Raises:
        StackError: something could not be removed.
    """
    if folder.root.is_dir():
        PidBook(folder.pids).end_leftovers()
    for place in (*homes(folder.root), folder.root):
        shutil.rmtree(place, ignore_errors=True)
        if place.exists():
            raise StackError("stack", f"{place} could not be removed", "remove it by hand")
