"""`python -m workers.pages --write`: draws the pages of docs/ that follow from the code."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from domain.policy import Policy
from workers import actions_page, modules_page, paths_page
from workers.policy_files import load_policies
from workers.settings import PROJECT

DOCS = PROJECT / "docs"
PAGES: Mapping[Path, Callable[[Policy], str]] = {
    DOCS / "requests.md": paths_page.page,
    DOCS / "actions.md": actions_page.page,
    DOCS / "modules.md": modules_page.page,
}
"""Each page and what draws it."""


def main() -> None:
    """Print every page, or write them with `--write`."""
    policy = load_policies(PROJECT / "policies")[-1]
    for path, draw in PAGES.items():
        if "--write" in sys.argv[1:]:
            path.write_text(draw(policy), encoding="utf-8")
        else:
            sys.stdout.write(draw(policy))


if __name__ == "__main__":
    main()
