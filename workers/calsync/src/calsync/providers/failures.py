"""Why something could not be brought to another service. The texts are for the manager and never hold an address."""


class PushFailed(Exception):
    """It did not arrive. `retry_after` is in seconds; `final` says that no attempt will ever succeed."""

    def __init__(self, detail: str, *, retry_after: int | None = None, final: bool = False) -> None:
        super().__init__(detail)
        self.detail = detail
        self.retry_after = retry_after
        self.final = final
