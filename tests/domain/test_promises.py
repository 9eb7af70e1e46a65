"""What another revision changes, in words."""

from domain.policy import Policy, parse_policy
from domain.promises import changes
from workers.settings import PROJECT

TEXT = (PROJECT / "policies" / "2023-08-15.law-2026.yaml").read_text("utf-8")


def _lines(policy: Policy, old: str, new: str) -> list[str]:
    revised = parse_policy(TEXT.replace(old, new), "revised.yaml")
    return [f"{'*' if each.material else '-'} {each}" for each in changes(policy, revised)]


def test_a_changed_clock_is_one_material_change(policy: Policy) -> None:
    """One number that many types share is one line, which names them by residency."""
    lines = _lines(policy, "value: &general_days 30", "value: &general_days 29")
    changed = [line for line in lines if line.endswith("within: 30 days → 29 days")]
    assert len(changed) == 1
    assert changed[0].startswith("* know_categories, know_specific")
    assert "delete, correct" in changed[0]
    assert "from OTHER" in changed[0]


def test_a_changed_tier_is_material(policy: Policy) -> None:
    """People were told how many points they need."""
    lines = _lines(policy, "points: 1\n", "points: 2\n")
    assert len(lines) == 1
    assert lines[0].endswith("points of identity needed: 1 → 2")


def test_house_choices_are_internal(policy: Policy) -> None:
    """What nobody outside was told is listed, and not marked."""
    lines = _lines(policy, "remind_after: {business_days: 5}", "remind_after: {business_days: 4}")
    assert lines == ["- providers: remind after business days: 5 → 4"]


def test_the_same_policy_changes_nothing(policy: Policy) -> None:
    """No difference, no lines."""
    assert changes(policy, policy) == ()


def test_the_law_of_2026_is_a_material_change(policy: Policy, policy_of_2025: Policy) -> None:
    """The two shipped revisions differ where the law changed (OPT-04, MIN-08)."""
    found = {str(each) for each in changes(policy_of_2025, policy) if each.material}
    assert "opt out: status display required: no → yes" in found
    assert "minors: under16 is sensitive: no → yes" in found
