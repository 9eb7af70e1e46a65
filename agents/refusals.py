"""Why a call of an agent is not taken, in the protocol's own form (section 3.06)."""


class Refused(Exception):
    """A call is not taken. ``message`` says what to do next and quotes nothing that was sent.

    ``fatal`` means that the same message is refused for ever; one that is not may be sent again.
    """

    def __init__(self, status: int, message: str, *, fatal: bool = True) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.fatal = fatal
