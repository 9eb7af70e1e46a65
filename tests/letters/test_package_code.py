"""The letter with the one-time code: never without its code, which stands nowhere else."""

import pytest

from domain.policy import Policy
from domain.vocabulary import Language, NoticeKind
from letters import MissingItems, render
from letters.samples import samples

SAMPLE = next(one for one in samples() if one.kind is NoticeKind.PACKAGE_CODE)


def test_the_code_stands_in_the_letter_and_not_in_its_subject(policy: Policy) -> None:
    """KNO-07: the code is in both forms; a subject is shown on locked screens, so it has none."""
    letter = render(SAMPLE.kind, SAMPLE.facts, SAMPLE.addressee(Language.ENGLISH), policy)
    assert "2718 2818" in letter.text
    assert "2718 2818" in letter.html
    assert "2718" not in letter.subject
    assert "30 minutes" in letter.text
    assert "2718" not in repr(SAMPLE.addressee(Language.ENGLISH))


def test_a_letter_without_its_code_is_not_sent(policy: Policy) -> None:
    """NOT-01: a code's letter that lost its code is refused by the name of what is missing."""
    nobody = SAMPLE.addressee(Language.SPANISH).model_copy(update={"code": ""})
    with pytest.raises(MissingItems) as refused:
        render(SAMPLE.kind, SAMPLE.facts, nobody, policy)
    assert refused.value.missing == ["code"]
