"""The lock of the image holds what the product needs, in the versions that the tests ran with."""

import re
import tomllib

from workers.settings import PROJECT

_PINNED = re.compile(r"^([a-z0-9.-]+)(?:\[[a-z,]+\])?==(\S+)", re.MULTILINE)


def pinned(lock: str) -> dict[str, str]:
    """Return the versions of a lock by the names of its packages."""
    return dict(_PINNED.findall((PROJECT / lock).read_text(encoding="utf-8")))


def test_the_image_gets_every_dependency_in_the_version_that_was_tested() -> None:
    """A dependency that was added to one lock alone would be missed in production first."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = {re.split(r"[\[<>=]", each)[0].replace(".", "-") for each in project["dependencies"]}
    image = pinned("deploy/requirements.lock")
    assert needed <= image.keys()
    assert image.items() <= pinned("requirements.lock").items()
