"""Which addresses may be fetched (rule 13): every spelling of a private or own host is refused and never echoed."""

from __future__ import annotations

import pytest

from calsync.addresses import AddressRefused, Places, check, redirected
from tests.unit.calsync.addresses import REFUSED, SECRET

PLACES = Places(own=frozenset({"propflow360.com"}))


@pytest.mark.parametrize(
    ("url", "fetched", "host"),
    [
        ("https://www.airbnb.com/calendar/ical/1.ics?s=s3cr3t", None, "www.airbnb.com"),
        ("webcal://www.airbnb.com/1.ics?s=s3cr3t", "https://www.airbnb.com/1.ics?s=s3cr3t", "www.airbnb.com"),
        ("  HTTPS://WWW.Airbnb.com:443/A?b=C#part ", "https://www.airbnb.com/A?b=C", "www.airbnb.com"),
        ("https://ical.booking.com/v1/export?t=s3cr3t", None, "ical.booking.com"),
        ("https://xn--mller-kva.example.ch/a.ics", None, "xn--mller-kva.example.ch"),
        ("https://calendar.example.com", "https://calendar.example.com/", "calendar.example.com"),
        ("https://calendar.example.com?t=a@b", "https://calendar.example.com/?t=a@b", "calendar.example.com"),
        ("https://notpropflow360.com/a", None, "notpropflow360.com"),
        ("https://10.example.com/a", None, "10.example.com"),
        ("https://test.example.com/onion/fuf.me", None, "test.example.com"),
        ("https://notlocaltest.me/a", None, "notlocaltest.me"),
    ],
)  # fmt: skip
def test_admitted(url: str, fetched: str | None, host: str) -> None:
    address = check(url, PLACES)
    assert (address.url, address.host) == (fetched or url, host)
    assert SECRET not in repr(address)


@pytest.mark.parametrize("url", REFUSED)
def test_refused(url: str) -> None:
    separator = "&" if "?" in url else "?"
    with pytest.raises(AddressRefused) as refused:
        check(f"{url}{separator}s={SECRET}" if "://" in url and "#" not in url else url, PLACES)
    assert SECRET not in str(refused.value)
    assert refused.value.code.startswith("url_")


@pytest.mark.parametrize(
    "url", [one for one in REFUSED if one.startswith(("http", "file", "gopher", "ftp", "//", "data"))]
)
def test_a_redirect_is_judged_like_an_address(url: str) -> None:
    if url.startswith(("https:/example", "https:example")):
        return  # relative to the first host for a reader of RFC 3986, so harmless
    with pytest.raises(AddressRefused):
        redirected("http://127.0.0.1:8788/a.ics", url, PLACES)


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("/b.ics", "https://example.com/b.ics"),
        ("b.ics?t=1", "https://example.com/x/b.ics?t=1"),
        ("//other.example.org/b", "https://other.example.org/b"),
        ("webcal://other.example.org/b", "https://other.example.org/b"),
    ],
)
def test_redirects_that_are_followed(location: str, expected: str) -> None:
    assert redirected("https://example.com/x/a.ics", location, PLACES).url == expected


def test_loopback_is_admitted_where_it_was_allowed_and_only_there() -> None:
    allowed = Places(local=frozenset({"127.0.0.1:8788"}))
    assert check("http://127.0.0.1:8788/a.ics", allowed).url == "http://127.0.0.1:8788/a.ics"
    assert check("webcal://127.0.0.1:8788/a.ics", allowed).url == "http://127.0.0.1:8788/a.ics"
    assert redirected("http://127.0.0.1:8788/a.ics", "/b.ics", allowed).url == "http://127.0.0.1:8788/b.ics"
    for url in ("http://127.0.0.1:8789/", "http://127.0.0.1/", "https://127.0.0.1:8788/", "http://x@127.0.0.1:8788/"):
        with pytest.raises(AddressRefused):
            check(url, allowed)
