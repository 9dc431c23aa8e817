"""Record the size of each Worker's upload in infra/sizes.json.

    python -m infra.sizes           measure and write
    python -m infra.sizes --check   measure; fail when a size grew by more than 2 % or is above 3 MiB

Cloudflare allows 64 MiB; what is loaded at a cold start and kept in 128 MB of memory must stay far below that.
"""

import argparse
import json
import sys

from infra import package
from infra.manifest import load
from infra.tools import ROOT, Refused, report

FILE = ROOT / "infra/sizes.json"
LIMIT_KIB = 3 * 1024
GROWTH = 1.02
Sizes = dict[str, dict[str, float]]


def measure(env: str = "prod") -> Sizes:
    """The size of each Worker in KiB. Environments differ in their configuration only, which is not counted."""
    found: Sizes = {}
    for worker in load().workers:
        packed = package.dry_run(package.stage(worker), env)
        found[worker] = {"gzip_kib": packed.gzip_kib, "total_kib": packed.total_kib}
    return found


def recorded() -> Sizes:
    """The sizes that were committed."""
    return dict(json.loads(FILE.read_text())) if FILE.exists() else {}


def problems(before: Sizes, now: Sizes) -> list[str]:
    """What grew too much, is too large or was never recorded."""
    found: list[str] = []
    for worker, sizes in now.items():
        size, known = sizes["gzip_kib"], before.get(worker)
        if size > LIMIT_KIB:
            found.append(
                f"{worker} is {size:.0f} KiB gzipped, more than {LIMIT_KIB}: find out what it carries and why."
            )
        if known is None:
            found.append(f"{worker} has no size in infra/sizes.json: run `python -m infra.sizes`.")
        elif size > known["gzip_kib"] * GROWTH:
            found.append(
                f"{worker} grew from {known['gzip_kib']:.0f} to {size:.0f} KiB gzipped. "
                "If that is meant, run `python -m infra.sizes` and commit infra/sizes.json."
            )
    return found


def main(arguments: list[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing and fail when a size grew")
    check = parser.parse_args(arguments).check
    try:
        now = measure()
    except Refused as error:
        return report([str(error)])
    for worker, sizes in now.items():
        print(f"{worker:8} {sizes['gzip_kib']:8.1f} KiB gzip {sizes['total_kib']:9.1f} KiB")
    if check:
        return report(problems(recorded(), now))
    FILE.write_text(json.dumps(now, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
