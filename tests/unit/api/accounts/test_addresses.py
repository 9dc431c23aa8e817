"""Two mailboxes are never one address."""

import pytest
from pydantic import TypeAdapter, ValidationError

from api.edge.schemas import Email
from api.people.identity.addresses import folded

# Each of these case-folds to an address of somebody else.
OTHERS = ["user@straße.de", "\ufb01ona@example.net", "bo\u017fs@example.net", "\u212aate@example.net", "İ@example.net"]


def test_large_and_small_letters_are_one_address() -> None:
    assert folded("Grace.Hopper+X@Example.NET") == "grace.hopper+x@example.net"


@pytest.mark.parametrize("email", OTHERS)
def test_what_is_not_ascii_is_refused_and_never_folded(email: str) -> None:
    with pytest.raises(ValidationError, match="without accents"):
        TypeAdapter(Email).validate_python(email)
    with pytest.raises(ValueError, match="ASCII"):
        folded(email)
