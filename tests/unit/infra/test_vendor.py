"""What a Worker carries: nothing that it does not run."""

from pathlib import Path

import pytest

from infra.vendor import UNUSED, trim

ROOT = Path(__file__).resolve().parents[3]
KEPT = ("pydantic/main.py", "anyio/_backends/_asyncio.py", "pydantic-2.14.3.dist-info/METADATA", "fastapi/py.typed")
DROPPED = (
    "pydantic/v1/main.py", "pydantic/v1/deep/er.py", "anyio/_backends/_trio.py", "pydantic-2.14.3.dist-info/RECORD",
    "pydantic-2.14.3.dist-info/licenses/LICENSE", "msgspec/__init__.pyi", "deep/down/__pycache__/a.pyc", "bin/fastapi",
)  # fmt: skip


def test_what_no_worker_runs_is_removed_and_counted(tmp_path: Path) -> None:
    for name in (*KEPT, *DROPPED):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("four")
    assert trim(tmp_path) == 4 * len(DROPPED)
    assert {str(one.relative_to(tmp_path)) for one in tmp_path.rglob("*") if one.is_file()} == set(KEPT)
    assert trim(tmp_path) == 0


@pytest.mark.parametrize("worker", ["api", "billing", "calsync", "notify"])
def test_what_is_installed_is_trimmed(worker: str) -> None:
    modules = ROOT / "workers" / worker / "python_modules"
    assert [one for pattern in UNUSED for one in modules.glob(pattern)] == []
