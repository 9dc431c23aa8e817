"""What is wrong with one entry."""


class EventBroken(Exception):
    """One entry cannot be read; the calendar goes on without it."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
