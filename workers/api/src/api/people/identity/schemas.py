"""What a password may be."""

from typing import Annotated

from pydantic import StringConstraints

Password = Annotated[str, StringConstraints(min_length=8, max_length=256)]


AnyPassword = Annotated[str, StringConstraints(min_length=1, max_length=256)]  # one that is only compared
