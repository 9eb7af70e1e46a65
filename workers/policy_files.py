"""The folder of published policies: one YAML file a revision, and the hashes that guard them."""

from collections.abc import Mapping
from pathlib import Path

from ruamel.yaml import YAML

from domain.policies import NoPolicyInForce
from domain.policy import Policy, content_hash, parse_policy

PUBLISHED = "published.yaml"
"""Names, in a policy folder, the file with the content hash of every published revision."""


class PublishedPolicyChanged(Exception):
    """A published file differs from what was published, or was never published, or is gone."""


def load_policies(folder: Path) -> tuple[Policy, ...]:
    """Read every published revision in ``folder``, oldest first.

    Raises ``PolicyInvalid`` for a file that is wrong, :class:`PublishedPolicyChanged` for one
    whose content is not what was published, and ``NoPolicyInForce`` where there is none.
    """
    recorded = published_hashes(folder)
    found = {path.name: read_policy(path) for path in policy_files(folder)}
    for name, policy in found.items():
        _require_unchanged(name, policy, recorded)
    if not found and not recorded:
        raise NoPolicyInForce(
            f"There is no policy file in {folder}. Set PRIVACY_POLICY_DIR to the folder that has "
            "the published ones."
        )
    missing = sorted(set(recorded) - set(found))
    if missing:
        raise PublishedPolicyChanged(
            f"{folder / PUBLISHED} names {', '.join(missing)}, which is not there. Open requests "
            "may be pinned to it: bring the file back from version control."
        )
    return tuple(sorted(found.values(), key=lambda policy: policy.effective_from))


def policy_files(folder: Path) -> list[Path]:
    """Return the policy files in ``folder``, by name."""
    return sorted(path for path in folder.glob("*.yaml") if path.name != PUBLISHED)


def read_policy(path: Path) -> Policy:
    """Read one policy file; raises ``PolicyInvalid`` with every problem, line and remedy."""
    return parse_policy(path.read_text(encoding="utf-8"), str(path))


def published_hashes(folder: Path) -> Mapping[str, str]:
    """Return the recorded content hash of each published file, by file name."""
    path = folder / PUBLISHED
    if not path.exists():
        return {}
    rows = YAML(typ="safe").load(path.read_text(encoding="utf-8")) or {}
    return {str(name): str(digest) for name, digest in rows.items()}


def publish(path: Path) -> str:
    """Record the content of a new revision beside it, for good, and return its hash.

    Raises :class:`PublishedPolicyChanged` for a file that was published with other content.
    """
    policy, recorded = read_policy(path), dict(published_hashes(path.parent))
    if path.name in recorded:
        _require_unchanged(path.name, policy, recorded)
    recorded[path.name] = content_hash(policy)
    lines = [f"{name}: {digest}\n" for name, digest in sorted(recorded.items())]
    (path.parent / PUBLISHED).write_text(_HEADER + "".join(lines), encoding="utf-8")
    return recorded[path.name]


_HEADER = (
    "# The content of every published revision; open requests are pinned to it. Edit no line.\n"
    "# `privacy policy publish FILE` adds one.\n"
)


def _require_unchanged(name: str, policy: Policy, recorded: Mapping[str, str]) -> None:
    if name not in recorded:
        raise PublishedPolicyChanged(
            f"{name} is not published. Check it with `privacy policy check`, then record it with "
            "`privacy policy publish`, or move a draft out of the policy folder."
        )
    if recorded[name] != content_hash(policy):
        raise PublishedPolicyChanged(
            f"{name} was changed after it was published, and open requests are pinned to what it "
            "said. Bring the published file back from version control, and put what shall change "
            "into a new file with a later effective_from."
        )
