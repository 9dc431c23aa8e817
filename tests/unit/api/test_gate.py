"""The gate repeats a refusal until it is over, and forgets the oldest names first."""

from hypothesis import given
from hypothesis import strategies as st

from api.access import rate_headers
from api.access.bucket import Bucket, Level
from api.access.gate import Closed, Gate, Recent

LIMIT = Bucket(name="reads", capacity=10, window_ms=60_000)


def test_a_name_is_refused_until_its_instant_and_no_longer() -> None:
    gate = Gate()
    gate.close("a", Closed(LIMIT, 100))
    assert gate.closed("a", 99) == Closed(LIMIT, 100)
    assert gate.closed("b", 99) is None
    assert gate.closed("a", 100) is None
    assert len(gate) == 0


def test_the_name_that_was_not_asked_for_longest_goes_first() -> None:
    gate = Gate(size=2)
    gate.close("a", Closed(LIMIT, 100))
    gate.close("b", Closed(LIMIT, 100))
    assert gate.closed("a", 0) is not None
    gate.close("c", Closed(LIMIT, 100))
    assert [name for name in "abc" if gate.closed(name, 0)] == ["a", "c"]


@given(st.lists(st.tuples(st.text(max_size=3), st.integers(0, 50)), max_size=300), st.integers(1, 20))
def test_it_never_grows_beyond_its_size_and_never_refuses_what_it_was_not_told(
    told: list[tuple[str, int]], size: int
) -> None:
    gate, recent = Gate(size), Recent(size)
    until: dict[str, int] = {}
    for now, (name, pause) in enumerate(told):
        gate.close(name, Closed(LIMIT, now + pause))
        recent.note(name)
        until[name] = now + pause
        assert len(gate) <= size
        assert name in recent
        for known in until:
            if gate.closed(known, now) is not None:
                assert until[known] > now


def test_the_headers_are_lists_of_strings_with_parameters() -> None:
    levels = [
        Level(limit=LIMIT, remaining=9, reset_ms=59_001),
        Level(limit=Bucket(name="key:key_01", capacity=600, window_ms=60_000), remaining=599, reset_ms=60_000),
    ]
    assert rate_headers.render(levels) == {
        "RateLimit-Policy": '"reads";q=10;w=60, "key";q=600;w=60',
        "RateLimit": '"reads";r=9;t=60, "key";r=599;t=60',
    }
    assert rate_headers.render([]) == {}
