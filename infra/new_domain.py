"""Begin a domain of the api: a folder with the files that everybody knows, and tests that fail until it is filled in.

    make new-domain AREA=crm NAME=tasks

What it writes passes `make check`. The domain has no routes and no table yet: CONTRIBUTING.md says what comes next.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from infra.tools import ROOT, Refused, report

API = Path("workers/api/src/api")
NAME = re.compile(r"[a-z]+(_[a-z]+)*s")
NO_DOMAINS = {"access", "core", "edge", "ingress", "objects", "occupancies"}  # areas that are one thing

FILES = {
    "__init__.py": '"""{Things} of a tenant."""\n',
    "errors.py": '''"""What {things} are refused for."""

from propflow.errors import NotFound


def {thing}_not_found() -> NotFound:
    """Also for one that the caller does not see."""
    return NotFound("{thing}_not_found", "There is no {words} with this id.")
''',
    "views.py": '''"""{Things} as the API shows them."""

import msgspec


class {Thing}(msgspec.Struct, frozen=True, kw_only=True):
    """One {words}."""

    id: str
    name: str
    created_at: str
''',
    "repository.py": '''"""Statements about {things}."""

import msgspec

from propflow.bindings.d1 import Statement, sql

COLUMNS = "id, name, version, created_at"
GET = f"SELECT {{COLUMNS}} FROM {name} WHERE tenant_id = ?1 AND id = ?2"
LIST = f"SELECT {{COLUMNS}} FROM {name} WHERE tenant_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3"


class {Thing}Row(msgspec.Struct, frozen=True, kw_only=True):
    """A row; `created_at` is an instant in milliseconds."""

    id: str
    name: str
    version: int
    created_at: int


def get(tenant_id: str, {thing}_id: str) -> Statement:
    """One {words}, as `{Thing}Row`."""
    return sql(GET, tenant_id, {thing}_id)


def list_after(tenant_id: str, after: str, limit: int) -> Statement:
    """{Things} by id, as `{Thing}Row`."""
    return sql(LIST, tenant_id, after, limit)
''',
    "schemas.py": '''"""What {things} accept."""

from api.edge.schemas import Input, Line


class {Thing}Create(Input):
    name: Line
''',
    "service.py": '''"""{Things}: show one, and list them."""

from api.{area}.{name} import repository
from api.{area}.{name}.errors import {thing}_not_found
from api.{area}.{name}.repository import {Thing}Row
from api.{area}.{name}.views import {Thing}
from api.core.context import Context
from api.edge.answers import Answer, answer, instant, page


async def show(ctx: Context, {thing}_id: str) -> Answer:
    """One {words}."""
    row = (await ctx.bindings.core.run(repository.get(ctx.tenant_id, {thing}_id))).one({Thing}Row)
    if row is None:
        raise {thing}_not_found()
    return answer(200, view(row), version=row.version)


async def list_all(ctx: Context, after: str, limit: int) -> Answer:
    """The tenant's {things}."""
    rows = (await ctx.bindings.core.run(repository.list_after(ctx.tenant_id, after, limit + 1))).rows({Thing}Row)
    return page([view(row) for row in rows], limit=limit, cursors=[row.id for row in rows])


def view(row: {Thing}Row) -> {Thing}:
    """A row as the API shows it."""
    return {Thing}(id=row.id, name=row.name, created_at=instant(row.created_at))
''',
    "routes.py": '''"""`/v1/{name}`."""

from fastapi import APIRouter

router = APIRouter(prefix="/v1/{name}", tags=["{area}"])
''',
}
TEST = '''"""What holds of {things}, whoever asks and whatever happens at once."""

import pytest
from support.schema import migrated

from api.{area}.{name} import routes


def test_{name}_have_routes() -> None:
    assert routes.router.routes, "declare them, each with its permission, in routes.py"


def test_{name}_have_a_table_of_their_own() -> None:
    tables = [name for (name,) in migrated("core").execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    assert "{name}" in tables, "write its migration: tenant_id first in the key, a length for every text"


def test_what_{name}_are_for() -> None:
    pytest.fail("say what must hold of {things}, as sentences that fail without the code")
'''


def write(root: Path, area: str, name: str) -> list[Path]:
    """Write the domain below `root`; returns its files, with those that were changed. Raises Refused."""
    areas = sorted(areas_of(root / API))
    if area not in areas:
        known = "|".join(areas)
        raise Refused(f"there is no area {area or '…'}: AREA={known}; a new one needs its step in pyproject.toml")
    if not NAME.fullmatch(name):
        raise Refused(f"name the domain by the noun of its routes, in the plural: NAME=tasks, not {name or 'nothing'}")
    folder, test = root / API / area / name, root / f"tests/unit/api/test_{name}.py"
    if folder.exists() or test.exists():
        raise Refused(f"{name} is there already")
    words = words_of(area, name)
    folder.mkdir()
    made = {folder / file: in_order(text.format(**words)) for file, text in FILES.items()} | {
        test: TEST.format(**words)
    }
    made[root / API / "app.py"] = listed((root / API / "app.py").read_text(), f"api.{area}.{name}")
    for path, text in made.items():
        path.write_text(text)
    return list(made)


def in_order(source: str) -> str:
    """Its imports of the api sorted, wherever the area's name comes among them."""
    imports = re.compile(r"(?:^from api\..*\n)+", re.MULTILINE)
    return imports.sub(lambda found: "".join(sorted(found[0].splitlines(keepends=True))), source)


def areas_of(api: Path) -> Iterator[str]:
    """The folders of domains."""
    return (path.parent.name for path in api.glob("*/__init__.py") if path.parent.name not in NO_DOMAINS)


def words_of(area: str, name: str) -> dict[str, str]:
    """`owner_statements` is about an `OwnerStatement`, an owner statement."""
    thing = name[:-3] + "y" if name.endswith("ies") else name[:-1]
    things = name.replace("_", " ")
    return {
        "area": area, "name": name, "things": things, "Things": things.capitalize(), "thing": thing,
        "words": thing.replace("_", " "), "Thing": "".join(part.capitalize() for part in thing.split("_")),
    }  # fmt: skip


def listed(source: str, domain: str) -> str:
    """The application with one more domain, the last of them."""
    imports = [*re.findall(r"^import api\.[\w.]+$", source, re.MULTILINE), f"import {domain}.routes"]
    begin, end = source.index("import api."), source.index("\nfrom api.")
    source = source[:begin] + "\n".join(sorted(imports)) + source[end:]
    return re.sub(r"(\nDOMAINS = \(.*?)(\n\)  # fmt: skip)", rf"\1\n    {domain},\2", source, count=1, flags=re.DOTALL)


def main(arguments: list[str]) -> int:
    """The command."""
    try:
        made = write(ROOT, *(*arguments, "", "")[:2])
    except Refused as error:
        return report([str(error)])
    print("\n".join(str(path.relative_to(ROOT)) for path in made))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
