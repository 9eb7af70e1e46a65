"""Reading policy files: every mistake with its file, its line and its remedy."""

import pytest

from domain.policy import Policy, PolicyInvalid, content_hash, parse_policy
from workers.settings import PROJECT

SOURCE = "policies/own.yaml"
TEXT = (PROJECT / "policies" / "2023-08-15.law-2026.yaml").read_text("utf-8")


def _line_of(fragment: str, text: str = TEXT) -> int:
    return text[: text.index(fragment)].count("\n") + 1


def _problems(text: str) -> list[str]:
    with pytest.raises(PolicyInvalid) as caught:
        parse_policy(text, SOURCE)
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("old", "new", "at", "advice"),
    [
        ("warn_at:", "warnat:", "warnat", "write `warn_at`"),
        ("  link_life_days: 14\n", "", "disclosure:", "this key is missing; add `link_life_days:`"),
        ("points: 2\n", "points: two\n", "points: two", "valid integer"),
        ("zone: America/Los_Angeles", "zone: Pacific", "zone: Pacific", "America/Los_Angeles"),
        ("target: {business_days: 1}\n", "target: {}\n", "target: {}", "exactly one of days"),
        ("calendar: CA_STATE", "calendar: COURT", "calendar: COURT", "no holidays.COURT"),
        (
            "consumer_confirms_permission: false",
            "consumer_confirms_permission: true",
            "consumer_confirms_permission",
            "one of the two, not both",
        ),
        (
            "response: {days: [30, 38, 43]}",
            "response: {days: [46]}",
            "response: {days: [46]}",
            "[46]",
        ),
        ("code: EX9", "code: EX8", "  exceptions:", "EX8 stands here 2 times; keep one"),
        ("version:", "version: [", "title:", "this is not YAML"),
    ],
)
def test_a_mistake_is_named_with_line_and_remedy(old: str, new: str, at: str, advice: str) -> None:
    """The error names the file, the line and what to write instead."""
    text = TEXT.replace(old, new, 1)
    problems = _problems(text)
    line = _line_of(at, text)
    assert any(each.startswith(f"{SOURCE}:{line}:") and advice in each for each in problems), (
        problems
    )


def test_all_mistakes_are_named_at_once() -> None:
    """Whoever writes a policy sees every mistake in one run, in the order of lines."""
    text = TEXT.replace("warn_at:", "warnat:").replace("points: 2\n", "points: two\n")
    problems = _problems(text)
    lines = [int(problem.split(":")[1]) for problem in problems]
    assert len(problems) > 3
    assert lines == sorted(lines)


def test_each_request_needs_exactly_one_clock() -> None:
    """A type from a residency in no clock, or in two, is named."""
    problems = _problems(TEXT.replace("residencies: [UNKNOWN]", "residencies: [CA]"))
    assert any("delete from CA stands in 2 rows" in problem for problem in problems)
    assert any("delete from UNKNOWN stands in 0 rows" in problem for problem in problems)


@pytest.mark.parametrize("text", ["", "- a list\n", "42\n"])
def test_what_is_no_mapping_is_no_policy(text: str) -> None:
    """The error tells how a policy begins."""
    assert "begin with `version:" in _problems(text)[0]


def test_comments_and_layout_do_not_change_the_hash(policy: Policy) -> None:
    """The hash is of what a policy says, not of how its file looks."""
    text = "# another comment\n" + TEXT.replace("  two_step_confirmation: false\n", "").replace(
        "  delete_third_party_sourced: false\n",
        "  two_step_confirmation:   false\n  delete_third_party_sourced: false\n",
    )
    assert content_hash(parse_policy(text, SOURCE)) == content_hash(policy)
