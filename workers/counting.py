"""Numbers of things, as people write them."""


def counted(number: int, thing: str) -> str:
    """Return "1 letter", "2 letters", "1,200 letters"; of a thing whose plural ends in s."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
