"""The declaration: the right person declares the right thing under penalty of perjury (VER-14)."""

import pytest

from domain.vocabulary import Language, Requester
from letters.declaration import NoDeclaration, Signer, declaration, signer_for


@pytest.mark.parametrize("signer", Signer)
@pytest.mark.parametrize(
    ("language", "words"),
    [
        (Language.ENGLISH, "under penalty of perjury under the laws of the State of California"),
        (Language.SPANISH, "bajo pena de perjurio, conforme a las leyes del Estado de California"),
    ],
)
def test_declaration_names_signer_request_and_perjury(
    signer: Signer, language: Language, words: str
) -> None:
    """Each wording carries who declares, for which request, and the perjury clause."""
    text = declaration(signer, language, "Ana Ruiz", "PR-4106-105S")
    assert words in text
    assert "Ana Ruiz" in text
    assert "PR-4106-105S" in text


def test_each_signer_declares_something_else() -> None:
    """Parent and conservator do not sign to be the consumer."""
    texts = {declaration(signer, Language.ENGLISH, "A", "B") for signer in Signer}
    assert len(texts) == len(Signer)


def test_for_an_agent_the_consumer_signs() -> None:
    """With a signed permission it is the consumer who declares to be the consumer."""
    assert signer_for(Requester.AGENT_SIGNED) is Signer.CONSUMER


def test_power_of_attorney_needs_none() -> None:
    """An agent with a power of attorney is asked for no declaration."""
    with pytest.raises(NoDeclaration, match="go on without one"):
        signer_for(Requester.AGENT_POA)
