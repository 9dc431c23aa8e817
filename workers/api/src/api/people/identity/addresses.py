"""E-mail addresses as accounts are found by them: pure."""


def folded(email: str) -> str:
    """The one spelling of an address, in small letters; raises ValueError for what is not ASCII.

    Folding anything else makes one address of two mailboxes: `straße.de` and `strasse.de` have different owners.
    """
    if not email.isascii():
        raise ValueError("an address is ASCII")
    return email.lower()
