"""The structure behind both forms of a letter."""

from letters.plain import text_of
from letters.structure import blocks, link, printed, strong


def test_template_text_becomes_blocks() -> None:
    """Headings, paragraphs and points of a list are told apart; long points are joined."""
    found = blocks("## Why\nFirst line\nsecond line.\n\n- one\n- two,\n  longer\n")
    assert [block.kind for block in found] == ["heading", "paragraph", "list"]
    assert text_of(found) == "Why\n---\n\nFirst line second line.\n\n- one\n- two, longer"


def test_lone_link_is_a_button() -> None:
    """A link that is all of a paragraph stands out; one inside a sentence does not."""
    alone, within = blocks(
        f"{link('https://a.example', 'Go')}\n\nPlease {strong('now')}: "
        f"{link('https://a.example', 'go')}."
    )
    assert (alone.kind, within.kind) == ("action", "paragraph")
    assert text_of([alone, within]) == (
        "Go:\nhttps://a.example\n\nPlease now: go (https://a.example)."
    )


def test_values_cannot_mark_anything() -> None:
    """A value that holds our marks, or a line break, comes out as plain words on one line."""
    forged = printed("\x01https://evil.example\x02click\x04\n## Heading\u2028- point")
    (block,) = blocks(f"Dear {forged}")
    assert block.kind == "paragraph"
    assert not [piece for piece in block.lines[0] if piece.url]
