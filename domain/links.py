"""Links in letters: what each is for. Its token is stored as a hash, under this purpose."""

from enum import StrEnum


class LinkPurpose(StrEnum):
    """What a reader can do behind a link of a letter."""

    CONFIRM = "confirm"
    RESPOND = "respond"
    DISOWN = "disown"
    STATUS = "status"
    ACKNOWLEDGE = "acknowledge"
    PACKAGE = "package"
    ACCEPT_FEE = "accept_fee"
