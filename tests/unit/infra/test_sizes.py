"""A Worker that grows or is too large is refused."""

from infra.manifest import load
from infra.sizes import LIMIT_KIB, problems, recorded


def of(kib: float) -> dict[str, dict[str, float]]:
    return {"api": {"gzip_kib": kib, "total_kib": kib * 3}}


def test_two_per_cent_are_not_growth() -> None:
    assert problems(of(100), of(102)) == []
    assert problems(of(100), of(50)) == []


def test_more_than_two_per_cent_are_refused_with_both_sizes() -> None:
    (problem,) = problems(of(100), of(103))
    assert problem.startswith("api grew from 100 to 103 KiB gzipped.")


def test_more_than_three_mebibytes_are_refused_even_when_recorded() -> None:
    (problem,) = problems(of(LIMIT_KIB + 1), of(LIMIT_KIB + 1))
    assert problem.startswith("api is 3073 KiB gzipped, more than 3072")


def test_a_worker_without_a_recorded_size_is_refused() -> None:
    assert problems({}, of(1)) == ["api has no size in infra/sizes.json: run `python -m infra.sizes`."]


def test_every_worker_has_a_recorded_size() -> None:
    assert recorded().keys() == load().workers.keys()
