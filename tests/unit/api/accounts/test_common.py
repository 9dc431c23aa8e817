"""Passwords that everybody tries first are refused, whoever chooses them; long and strange ones are not."""

import gzip
from pathlib import Path

import pytest

from api.people.identity import common
from api.people.identity.common import refuse_common
from propflow.errors import Unprocessable

EMAIL = "grace.hopper@example.net"
LIST = Path(common.__file__).with_name("common_passwords.txt")


@pytest.mark.parametrize(
    "password",
    [
        "password", "PassWord", "12345678", "qwertyuiop", "iloveyou1", "ｐａｓｓｗｏｒｄ",
        EMAIL, EMAIL.upper(), "Grace.Hopper", "PropFlow360", "propflow",
    ],
)  # fmt: skip
def test_refuses_what_is_tried_first(password: str) -> None:
    with pytest.raises(Unprocessable) as refused:
        refuse_common(password, EMAIL)
    assert (refused.value.code, refused.value.param) == ("password_too_common", "password")


@pytest.mark.parametrize(
    "password", ["correct horse battery staple", "🐘🐘🐘🐘🐘🐘🐘🐘", "\0" * 8, "password" * 32, "hopper@example"]
)
def test_accepts_the_rest(password: str) -> None:
    refuse_common(password, EMAIL)


def test_the_list_is_long_and_costs_little() -> None:
    words = LIST.read_text(encoding="utf-8").splitlines()
    assert len(words) >= 3_000 and min(map(len, words)) >= 8
    assert words == sorted({common._fold(word) for word in words})
    assert len(gzip.compress(LIST.read_bytes())) < 40 * 1024
