"""Refusals: what cannot be done is said in a sentence that tells a person what to do instead."""


class Refused(Exception):
    """An action is unlawful, pointless or unreadable; it changed nothing.

    The sentence is meant for staff: it holds no personal data and nothing that was typed.
    """

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
