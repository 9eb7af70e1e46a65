"""``python -m tests.record_release``: write down the committed code as a released worker.

Done once for each release, at its tag. Later code must then take over from it in the middle of
requests (``tests/e2e/test_upgrade.py``). A release is never recorded anew.
"""

import io
import subprocess
import sys
import tarfile
from importlib.metadata import version

from tests.releases import FOLDER
from workers.settings import PROJECT

NEEDED = (
    "activities",
    "agents",
    "datamap",
    "domain",
    "gateway",
    "letters",
    "packages",
    "policies",
    "providers",
    "records",
    "samples",
    "workers",
    "workflows",
)
"""What a worker's process imports and reads."""


def main() -> None:
    """Write ``tests/releases/VERSION.tar.xz``, the same bytes for the same commit."""
    if changed := _git("status", "--porcelain", "--", *NEEDED).decode():
        sys.exit(f"Commit these first; what is recorded is the commit, not the folder:\n{changed}")
    archived = _git("archive", "--format=tar", "HEAD", *NEEDED)
    path = FOLDER / f"{version('privacy-request-engine')}.tar.xz"
    with (
        tarfile.open(path, "w:xz", preset=9) as bundle,
        tarfile.open(fileobj=io.BytesIO(archived)) as whole,
    ):
        for member in sorted(whole.getmembers(), key=lambda one: one.name):
            content = whole.extractfile(member) if member.isfile() else None
            member.mtime = 0
            bundle.addfile(member, content)
    sys.stdout.write(f"{path.name}: {path.stat().st_size // 1024} KiB\n")


def _git(*arguments: str) -> bytes:
    done = subprocess.run(["git", *arguments], cwd=PROJECT, check=True, capture_output=True)
    return done.stdout


if __name__ == "__main__":
    main()
