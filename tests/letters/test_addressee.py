"""Names in letters: what anybody may type, and what may be printed (NOT-05)."""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from domain.policy import Policy
from domain.vocabulary import Language, NoticeKind
from letters import render
from letters.addressee import NAME_LIMIT, greeting_name
from letters.samples import samples
from tests.letters.reading import Read

HOSTILE = st.lists(
    st.one_of(
        st.text(max_size=40),
        st.sampled_from(
            [
                "https://evil.example/x",
                "evil.example",
                "www.evil.example",
                "mailto:a@evil.example",
                "<a href='//evil.example'>",
                "</p><script>alert(1)</script>",
                "{{ 7*7 }}",
                "{% include 'x' %}",
                "\x01https://evil.example\x02click\x04",
                "\u2028## Heading",
                "\n\n- point",
                "\u202egro.live",
                "[click](https://evil.example)",
                "call +1 900 555 0100",
                "ｅｖｉｌ．ｅｘａｍｐｌｅ",
            ]
        ),
    ),
    min_size=1,
    max_size=6,
).map(" ".join)


@settings(deadline=None)
@given(HOSTILE)
@example("A .A")
def test_greeting_holds_names_only(name: str) -> None:
    """Whatever is typed: no digit, no address, no markup, no control, and a bounded length."""
    printed = greeting_name(name)
    assert len(printed) <= NAME_LIMIT
    assert not re.search(r"[\d<>@:/\\{}\[\]()#_\x00-\x1f\u2028\u2029\u202e]|\.\S", printed)


@settings(max_examples=60, deadline=None)
@given(HOSTILE)
def test_name_adds_no_link_and_no_markup(policy: Policy, name: str) -> None:
    """A hostile name changes neither the tags nor the addresses of a letter."""
    sample = next(s for s in samples() if s.kind is NoticeKind.ACKNOWLEDGEMENT)
    plain = sample.addressee(Language.ENGLISH)
    hostile = plain.model_copy(update={"name": name})
    usual, odd = (render(sample.kind, sample.facts, who, policy) for who in (plain, hostile))
    assert Read(odd.html).tags == Read(usual.html).tags
    assert Read(odd.html).addresses == Read(usual.html).addresses
    assert len(odd.text.splitlines()) <= len(usual.text.splitlines()) + 1


@settings(max_examples=60, deadline=None)
@given(HOSTILE)
def test_locator_adds_no_link_and_no_structure(policy: Policy, value: str) -> None:
    """What finds the person stands in one point of a list, whatever it is."""
    sample = next(s for s in samples() if s.kind is NoticeKind.PROVIDER_DIRECTION)
    plain = sample.addressee(Language.ENGLISH).model_copy(update={"locators": {"email": "a"}})
    hostile = plain.model_copy(update={"locators": {"email": value}})
    usual, odd = (render(sample.kind, sample.facts, who, policy) for who in (plain, hostile))
    assert Read(odd.html).tags == Read(usual.html).tags
    assert Read(odd.html).addresses == Read(usual.html).addresses


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("Ana María Ruiz-O’Brien", "Ana María Ruiz-O’Brien"),
        ("J. R. Smith Jr.", "J. R. Smith Jr"),
        ("李小龍", "李小龍"),
        ("Ana Ruiz https://evil.example", "Ana Ruiz"),
        ("Ana evil.example", "Ana evil example"),
        ("+1 900 555 0100", ""),
        ("Ana  \t Ruiz", "Ana Ruiz"),
    ],
)
def test_greeting_keeps_real_names(typed: str, printed: str) -> None:
    """Names of many kinds survive; links, numbers and addresses do not."""
    assert greeting_name(typed) == printed


def test_long_name_ends_at_a_word() -> None:
    """A name longer than the limit is cut between words."""
    assert greeting_name("Ana " * 40) == ("Ana " * 15).strip()


def test_nameless_reader_is_greeted_all_the_same(policy: Policy) -> None:
    """When nothing of a name is left, the letter greets without one."""
    sample = next(s for s in samples() if s.kind is NoticeKind.ACKNOWLEDGEMENT)
    for language, greeting in ((Language.ENGLISH, "Hello,"), (Language.SPANISH, "Hola:")):
        nobody = sample.addressee(language).model_copy(update={"name": "<<<>>>"})
        assert greeting in render(sample.kind, sample.facts, nobody, policy).text.splitlines()
