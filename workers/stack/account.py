"""The operating-system account that a server process runs under."""

import os
import pwd
from pathlib import Path
from typing import NamedTuple

from workers.stack.errors import StackError

UNPRIVILEGED = ("postgres", "nobody")


class Account(NamedTuple):
    """An unprivileged user that root drops to."""

    uid: int
    gid: int


def unprivileged() -> Account | None:
    """Return the account to drop to when we are root, None when we are not.

    Raises:
        StackError: root finds no unprivileged account on this machine.
    """
    if os.geteuid() != 0:
        return None
    for name in UNPRIVILEGED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise StackError(
        "postgres",
        "PostgreSQL refuses to run as root and this machine has no account to drop to",
        f"create a user named {UNPRIVILEGED[0]}, or run this command as an ordinary user",
    )


def can_reach(account: Account, path: Path) -> bool:
    """Tell whether the account may enter every existing folder above `path` (by mode bits)."""
    folders = [folder for folder in path.resolve().parents if folder.exists()]
    return all(_may(account, folder, 0o1) for folder in folders)


def can_run(account: Account, program: Path) -> bool:
    """Tell whether the account may reach, read and execute `program`."""
    return can_reach(account, program) and _may(account, program, 0o5)


def _may(account: Account, path: Path, bits: int) -> bool:
    status = path.stat()
    if status.st_uid == account.uid:
        return status.st_mode >> 6 & bits == bits
    if status.st_gid == account.gid:
        return status.st_mode >> 3 & bits == bits
    return status.st_mode & bits == bits
