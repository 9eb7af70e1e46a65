"""The published policies and the hashes that guard them (PRN-02)."""

import shutil
from pathlib import Path

import pytest

from domain.policy import PolicyInvalid
from workers.policy_files import (
    PUBLISHED,
    PublishedPolicyChanged,
    load_policies,
    policy_files,
    publish,
)
from workers.settings import PROJECT

POLICIES = PROJECT / "policies"
NEWEST = "2023-08-15.law-2026.yaml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a copy of the published policies."""
    for path in [*policy_files(POLICIES), POLICIES / PUBLISHED]:
        shutil.copy(path, tmp_path)
    return tmp_path


def test_the_shipped_policies_are_as_published() -> None:
    """Both shipped revisions load, oldest first, and follow each other without a gap."""
    older, newer = load_policies(POLICIES)
    assert older.version == "2023-08-15.law-2025"
    assert newer.version == "2023-08-15.law-2026"
    assert older.effective_to is not None
    assert (newer.effective_from - older.effective_to).days == 1


def test_a_changed_published_file_is_refused(folder: Path) -> None:
    """The refusal names the file and says what to do."""
    path = folder / NEWEST
    path.write_text(
        path.read_text("utf-8").replace("contact_unchanged_days: 60", "contact_unchanged_days: 1")
    )
    with pytest.raises(PublishedPolicyChanged, match=r"law-2026\.yaml was changed after.*new file"):
        load_policies(folder)
    with pytest.raises(PublishedPolicyChanged):
        publish(path)


def test_a_comment_is_no_change(folder: Path) -> None:
    """What a file says is guarded, not how it looks."""
    path = folder / NEWEST
    path.write_text("# a note\n" + path.read_text("utf-8"))
    assert len(load_policies(folder)) == 2


def test_an_unpublished_file_is_refused(folder: Path) -> None:
    """No worker runs on a draft."""
    (folder / "draft.yaml").write_text((folder / NEWEST).read_text("utf-8"))
    with pytest.raises(PublishedPolicyChanged, match="privacy policy publish"):
        load_policies(folder)


def test_a_missing_published_file_is_refused(folder: Path) -> None:
    """Open requests may be pinned to it."""
    (folder / NEWEST).unlink()
    with pytest.raises(PublishedPolicyChanged, match="bring the file back"):
        load_policies(folder)


def test_a_new_file_is_published_once(folder: Path) -> None:
    """Publishing records the content, and a second time changes nothing."""
    path = folder / "2027.yaml"
    path.write_text((folder / NEWEST).read_text("utf-8").replace("law-2026", "law-2027"))
    assert publish(path) == publish(path)
    assert "2027.yaml" in (folder / PUBLISHED).read_text("utf-8")


def test_a_wrong_file_names_itself(folder: Path) -> None:
    """The error carries the path of the file."""
    path = folder / NEWEST
    path.write_text("version: 1\n")
    with pytest.raises(PolicyInvalid, match=str(path)):
        load_policies(folder)
