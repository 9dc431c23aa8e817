"""What the settings of messages can refuse."""

from propflow.errors import Unprocessable


def unknown_country(country: str) -> Unprocessable:
    return Unprocessable(
        "unknown_country", f"{country} is no country with a calling code of its own. Use codes such as CH.",
        param="countries",
    )  # fmt: skip
