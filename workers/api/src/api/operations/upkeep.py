"""What the api Worker's cron does each minute: send again what waits, copy audit entries, put away what is over.

A run may come late, twice or at the same time as another. Each job finds what is due in the database, takes a bounded
part of it, and does no harm when somebody else was faster.
"""

from collections.abc import Awaitable, Callable

from api.channels.conflicts import repository as conflicts
from api.channels.entries import repository as feed_events
from api.channels.feeds import repository as feeds
from api.core import idempotency, kept_answers
from api.core.context import Bindings
from api.files.store import sweep as files
from api.operations.integrity import repository as integrity_findings
from api.operations.integrity import service as integrity
from api.operations.operators import alerts, storage
from api.operations.operators import alerts_repository as operator_alerts
from api.operations.operators import repository as operators
from api.operations.operators import upkeep_repository as upkeep_runs
from api.operations.operators.upkeep_repository import UpkeepRow
from api.people.google import repository as google
from api.people.invitations import repository as invitations
from api.people.mail_links import repository as links
from api.people.message_settings import repository as budgets
from api.people.sessions import repository as sessions
from api.plan.usage import archive
from api.stays.quotes import repository as quotes
from propflow import audit, ids, log, outbox
from propflow.bindings.d1 import Statement
from propflow.clock import DAY, HOUR, MINUTE, SECOND, now_ms

CHUNK = 1_000  # rows a statement may remove of each kind
BUDGET = 5 * SECOND  # within which a run repeats what came back full
RUNS_CHUNK = 2_000  # of feed runs, of which there are many
RUNS_KEPT = 200  # of each feed
PAGES = 20  # of usage that a run may archive
FILES = 100  # that a run may delete or remove from R2

Job = tuple[str, Callable[[], Awaitable[int]]]


async def run(bindings: Bindings, now: int) -> None:
    """Each job on its own: one that fails is recorded and starves no other. `now` is the scheduled instant in ms."""
    begun = now_ms()
    jobs: list[Job] = [
        ("audit.copy", lambda: audit.copy_due(bindings.core, bindings.audit, now=now)),
        ("outbox.sweep", lambda: outbox.sweep(bindings.core, bindings.queues, now=now)),
        ("files.sweep", lambda: files.run(bindings, FILES)),
        ("answers.sweep", lambda: kept_answers.sweep(bindings, now, FILES)),
        ("usage.archive", lambda: archive.run(bindings, now, PAGES)),
        ("integrity.check", lambda: integrity.run(bindings.core, now)),
        ("storage.measure", lambda: storage.measure(bindings, now)),
        ("alerts.tell", lambda: alerts.tell(bindings, now)),
    ]
    done = [await _job(name, work) for name, work in jobs]
    done += await _forget(bindings, forgetting(now))
    await _record(bindings, done, begun)


def forgetting(now: int) -> dict[str, Statement]:
    """What removes what is over, by the name of its job."""
    return {
        "sessions.expire": sessions.expire(now, CHUNK),
        "links.expire": links.expire(now, CHUNK),
        "invitations.expire": invitations.expire(now - 30 * DAY, CHUNK),
        "invitations.forget": invitations.forget_closed(now - 365 * DAY, CHUNK),
        "message_budgets.forget": budgets.forget(now, CHUNK),
        "google.expire": google.expire(now, CHUNK),
        "idempotency.expire": idempotency.expire(now, CHUNK),
        "quotes.expire": quotes.expire(now, CHUNK),
        "outbox.forget": outbox.forget(now - 30 * DAY, CHUNK),
        "dead_letters.forget": operators.forget_letters(now - 90 * DAY, CHUNK),
        "feed_runs.forget": feeds.forget_runs(
            now // MINUTE, before=now - 90 * DAY, keep=RUNS_KEPT, limit=RUNS_CHUNK
        ),
        # anybody can name a new host with each look at an address, and no hold lasts longer than six hours
        "calendar_hosts.forget": feeds.forget_hosts(now // MINUTE, before=(now - 7 * HOUR) // MINUTE, limit=CHUNK),
        "calendar_turns.forget": feeds.forget_turns(now // MINUTE, before=now - 7 * HOUR, limit=CHUNK),
        "feed_decisions.forget": feed_events.forget_decisions(now // MINUTE, RUNS_CHUNK),
        # before the entries, which tell where it lives
        "waiting_stays.forget": feed_events.forget_waiting(now // MINUTE, now=now, limit=CHUNK),
        "feed_events.forget": feed_events.forget_events(now // MINUTE, now=now, limit=CHUNK),
        "conflicts.forget": conflicts.forget(now // MINUTE, now - 400 * DAY, CHUNK),
        "integrity_findings.forget": integrity_findings.forget(now - 90 * DAY, CHUNK),
        "operator_alerts.forget": operator_alerts.forget(now - 400 * DAY, CHUNK),
        "upkeep_runs.forget": upkeep_runs.forget(now - 30 * DAY, CHUNK),
    }  # fmt: skip


async def _forget(bindings: Bindings, statements: dict[str, Statement]) -> list[UpkeepRow]:
    """All in one batch, as long as none fails; otherwise each on its own. What came back full is repeated."""
    begun, removed = now_ms(), dict.fromkeys(statements, 0)
    left = dict(statements)
    while left:
        try:
            results = await bindings.core.batch(list(left.values()))
        except Exception as error:
            log.exception("upkeep.split", error)
            rows = [await _job(name, _alone(bindings, statement)) for name, statement in left.items()]
            return [_row(name, number, begun) for name, number in removed.items() if number] + rows
        changed = {name: result.meta.changes for name, result in zip(left, results, strict=True)}
        removed = {name: number + changed.get(name, 0) for name, number in removed.items()}
        if now_ms() - begun >= BUDGET:
            break
        left = {name: left[name] for name, number in changed.items() if number >= CHUNK}
    return [_row(name, number, begun) for name, number in removed.items()]


def _alone(bindings: Bindings, statement: Statement) -> Callable[[], Awaitable[int]]:
    async def work() -> int:
        return (await bindings.core.run(statement)).meta.changes

    return work


async def _job(name: str, work: Callable[[], Awaitable[int]]) -> UpkeepRow:
    begun = now_ms()
    try:
        return _row(name, await work(), begun)
    except Exception as error:
        log.exception("upkeep.failed", error, job=name)
        return _row(name, 0, begun, f"{type(error).__name__}: {error}"[:300])


def _row(name: str, rows: int, begun: int, error: str | None = None) -> UpkeepRow:
    finished = now_ms()
    run_id = ids.new_id("upk", finished)
    return UpkeepRow(id=run_id, job=name, rows=rows, error=error, started_at=begun, finished_at=finished)


async def _record(bindings: Bindings, done: list[UpkeepRow], begun: int) -> None:
    """The jobs that did something or failed, and the run itself, so that a cron that stopped is seen."""
    told = [row for row in done if row.rows or row.error is not None]
    for row in told:
        if row.error is None:
            log.info("upkeep.done", job=row.job, rows=row.rows)
    tick = _row("tick", sum(row.rows for row in told), begun)
    await bindings.core.run(upkeep_runs.insert([*told, tick]))
