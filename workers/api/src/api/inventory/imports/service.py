"""Import a file: decide on every line, then write all of it in one batch, or none."""

from collections import Counter
from contextlib import suppress

import msgspec

from api.core.commit import commit
from api.core.context import Context
from api.edge.answers import Answer, answer
from api.inventory.imports import rules
from api.inventory.imports.decisions import Checks, Decision, Kind, Overtaken
from api.inventory.imports.errors import MOST_SHOWN, changed_meanwhile, lines_refused
from api.inventory.imports.views import ImportReport
from api.occupancies.service import remembered
from propflow import guards
from propflow.bindings.d1 import ConstraintFailed, GuardFailed, Statement
from propflow.errors import AppError

ATTEMPTS = 3  # somebody else may import the same things between our reading and our writing


async def run(ctx: Context, kind: Kind, text: str, checks: Checks, *, dry_run: bool) -> Answer:
    """Do what the file says, or with `dry_run` only say what that would be; its answer is never replayed.

    Raises Unprocessable with the lines at fault, and what the database refuses: the plan's limits.
    """
    lines = rules.lines_of(text, kind.columns)
    for _ in range(ATTEMPTS):
        try:
            decisions = await kind.decide(ctx, lines, checks)
            made = answer(200, _report(kind, decisions, dry_run))
            if dry_run:
                await _try(ctx, kind, decisions)
                return made
            await _check(ctx, decisions)
            facts = kind.facts(ctx, [one for one in decisions if one.action in ("create", "update")])
            return await commit(ctx, made, _statements(ctx, kind, decisions), facts)
        except (Overtaken, GuardFailed):
            continue
        except ConstraintFailed as refused:
            if refused.name not in kind.races:
                failure = await kind.refusal(ctx, refused)
                if isinstance(failure, AppError) and not dry_run:
                    failure = await remembered(ctx, failure)
                raise failure from None
    raise changed_meanwhile()


async def _check(ctx: Context, decisions: list[Decision]) -> None:
    """Raises Unprocessable, once and for all: a twin of this request that is late must not succeed after a refusal."""
    failed = [msgspec.to_builtins(one.view(dry_run=True)) for one in decisions if one.errors]
    if failed:
        raise await remembered(ctx, lines_refused(failed, len(decisions)))


async def _try(ctx: Context, kind: Kind, decisions: list[Decision]) -> None:
    """Let the database judge what it alone knows, the plan's limit, in a batch that is always rolled back."""
    statements = _statements(ctx, kind, decisions)
    if not statements or any(one.errors for one in decisions):
        return
    with suppress(GuardFailed):
        await ctx.bindings.core.batch([*statements, guards.never()])


def _statements(ctx: Context, kind: Kind, decisions: list[Decision]) -> list[Statement]:
    new = [one.after for one in decisions if one.action == "create"]
    changed = [one.after for one in decisions if one.action == "update"]
    return [*kind.insert(ctx.tenant_id, new), *kind.change(ctx.tenant_id, changed, ctx.now)]


def _report(kind: Kind, decisions: list[Decision], dry_run: bool) -> ImportReport:
    count = Counter(one.action for one in decisions)
    listed = decisions if dry_run else _listed(decisions)
    return ImportReport(
        kind=kind.name, dry_run=dry_run, created=count["create"], updated=count["update"],
        unchanged=count["unchanged"], failed=count["error"], lines=[one.view(dry_run) for one in listed],
        left_out=len(decisions) - len(listed),
    )  # fmt: skip


def _listed(decisions: list[Decision]) -> list[Decision]:
    """What is told of an import, whose answer is kept for its key, while that of a dry run is not."""
    if len(decisions) <= MOST_SHOWN:
        return decisions
    return [one for one in decisions if one.action != "unchanged"][:MOST_SHOWN]


def template(kind: Kind) -> Answer:
    """An empty file with all columns and one example."""
    body = rules.written([list(kind.columns), [kind.example.get(name, "") for name in kind.columns]])
    headers = {
        "content-type": "text/csv; charset=utf-8; header=present",
        "Content-Disposition": f'attachment; filename="{kind.name}.csv"',
    }
    return Answer(status=200, body=body, headers=headers)
