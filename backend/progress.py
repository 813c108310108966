"""What the job engine does not keep by itself: how far jobs are, tries of pieces, figures, who is at work.

It lies in a database of its own (`ledger.sqlite`), so that a line of progress never waits behind a checkpoint, or in
the one Postgres. Losing it would lose no job: it says how far work is, the engine says what is done.

All functions block and raise `sqlalchemy.exc.DBAPIError` when the database does not answer: call them in a thread.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from backend.settings import Settings

__all__ = ["ALIVE_SECONDS", "Attempts", "Ledger", "Progress", "WorkerRow"]

#: A worker says every 5 s that it is there; who has not for this long is not counted.
ALIVE_SECONDS: Final = 15.0

_META: Final = sa.MetaData()
_PROGRESS: Final = sa.Table(
    "keylight_progress",
    _META,
    sa.Column("job", sa.String, primary_key=True),
    sa.Column("stage", sa.String, nullable=False),
    sa.Column("progress", sa.Float, nullable=False),
    sa.Column("ends_at", sa.Float),
    sa.Column("seconds", sa.Float),
    sa.Column("note", sa.String),
    sa.Column("expired", sa.Boolean, nullable=False, default=False),
)
_PIECES: Final = sa.Table(
    "keylight_pieces",
    _META,
    sa.Column("job", sa.String, primary_key=True),
    sa.Column("piece", sa.Integer, primary_key=True),
    sa.Column("starts", sa.Integer, nullable=False, default=0),
    sa.Column("deaths", sa.Integer, nullable=False, default=0),
    sa.Column("ends", sa.Integer, nullable=False, default=0),
)
_FIGURES: Final = sa.Table(
    "keylight_figures",
    _META,
    sa.Column("what", sa.String, primary_key=True),
    sa.Column("value", sa.Float, nullable=False),
)
_WORKERS: Final = sa.Table(
    "keylight_workers",
    _META,
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("seen_at", sa.Float, nullable=False),
    sa.Column("info", sa.LargeBinary),
)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is. ends_at: when it will be done; seconds: of audio; note: why it stands still, a sentence."""

    stage: str
    progress: float
    ends_at: float | None = None
    seconds: float | None = None
    note: str | None = None
    expired: bool = False


@dataclass(frozen=True, slots=True)
class Attempts:
    """How often a piece was begun, how often the child died of it, and how often it was finished."""

    starts: int
    deaths: int
    ends: int


@dataclass(frozen=True, slots=True)
class WorkerRow:
    """A worker and what it last told about itself (`backend.flows.WorkerInfo` as JSON), None while it does not know."""

    name: str
    seen_at: float
    info: bytes | None

    @property
    def alive(self) -> bool:
        """Whether it was heard of lately. One of the future was heard of before the clock was put back."""
        return abs(time.time() - self.seen_at) < ALIVE_SECONDS


class Ledger:
    """The tables. One of it in a process; safe in threads."""

    def __init__(self, settings: Settings) -> None:
        self._engine = _engine(settings)
        self._insert: Any = sqlite.insert if self._engine.dialect.name == "sqlite" else postgresql.insert

    def create(self) -> None:
        """Make the tables that are missing."""
        with self._engine.begin() as connection:
            if self._engine.dialect.name == "postgresql":
                # Two processes that start at once would both make them, whatever "if not exists" says.
                connection.execute(sa.text("select pg_advisory_xact_lock(4243)"))
            for table in _META.sorted_tables:
                connection.execute(sa.schema.CreateTable(table, if_not_exists=True))

    def close(self) -> None:
        """Let go of the connections."""
        self._engine.dispose()

    def check(self) -> None:
        """Raise what the database raises when it does not answer."""
        with self._engine.connect() as connection:
            connection.execute(sa.text("select 1"))

    def note(self, rows: dict[str, Progress]) -> None:
        """How far these jobs are now; one transaction."""
        values = [
            {"job": j, "stage": p.stage, "progress": p.progress, "ends_at": p.ends_at, "seconds": p.seconds,
             "note": p.note, "expired": p.expired}
            for j, p in rows.items()
        ]  # fmt: skip
        insert = self._insert(_PROGRESS)
        kept = {key: insert.excluded[key] for key in ("stage", "progress", "ends_at", "seconds", "note", "expired")}
        with self._engine.begin() as connection:
            connection.execute(insert.on_conflict_do_update(index_elements=["job"], set_=kept), values)

    def progress(self, jobs: Iterable[str]) -> dict[str, Progress]:
        """How far jobs are; those that never began are not among them."""
        with self._engine.connect() as connection:
            rows = connection.execute(sa.select(_PROGRESS).where(_PROGRESS.c.job.in_(list(jobs))))
            return {r.job: Progress(r.stage, r.progress, r.ends_at, r.seconds, r.note, r.expired) for r in rows}

    def expire(self, job: str) -> None:
        """Remember that the results of a job are gone."""
        insert = self._insert(_PROGRESS).values(job=job, stage="done", progress=1.0, expired=True)
        with self._engine.begin() as connection:
            connection.execute(insert.on_conflict_do_update(index_elements=["job"], set_={"expired": True}))

    def forget(self, jobs: Sequence[str]) -> None:
        """Remove all about jobs."""
        with self._engine.begin() as connection:
            for table in (_PROGRESS, _PIECES):
                connection.execute(sa.delete(table).where(table.c.job.in_(list(jobs))))

    def begin_piece(self, job: str, piece: int) -> Attempts:
        """Count a try before it starts; what there was before this one."""
        before = self.attempts(job, piece)
        self._count(job, piece, "starts", 1)
        return before

    def excuse_piece(self, job: str, piece: int) -> None:
        """The try that was begun came to nothing and the piece is not to blame: cancelled, no space, a clean stop."""
        self._count(job, piece, "starts", -1)

    def died(self, job: str, piece: int) -> None:
        """The child died while it did this piece."""
        self._count(job, piece, "deaths", 1)

    def end_piece(self, job: str, piece: int) -> None:
        """The child finished this piece."""
        self._count(job, piece, "ends", 1)

    def attempts(self, job: str, piece: int) -> Attempts:
        """Tries of a piece until now."""
        query = sa.select(_PIECES).where(_PIECES.c.job == job, _PIECES.c.piece == piece)
        with self._engine.connect() as connection:
            row = connection.execute(query).first()
        return Attempts(row.starts, row.deaths, row.ends) if row else Attempts(0, 0, 0)

    def pieces(self, job: str) -> dict[int, Attempts]:
        """Tries of all pieces of a job."""
        with self._engine.connect() as connection:
            rows = connection.execute(sa.select(_PIECES).where(_PIECES.c.job == job).order_by(_PIECES.c.piece))
            return {row.piece: Attempts(row.starts, row.deaths, row.ends) for row in rows}

    def learn(self, what: str, value: float) -> None:
        """Mix a measured figure into what is known: half of each, so that the last few jobs count (`backend.pace`)."""
        insert = self._insert(_FIGURES).values(what=what, value=value)
        mixed = {"value": (_FIGURES.c.value + value) / 2}
        with self._engine.begin() as connection:
            connection.execute(insert.on_conflict_do_update(index_elements=["what"], set_=mixed))

    def figures(self) -> dict[str, float]:
        """All measured figures by what they are of."""
        with self._engine.connect() as connection:
            return {row.what: row.value for row in connection.execute(sa.select(_FIGURES))}

    def hello(self, name: str, info: bytes | None = None) -> None:
        """A worker says that it is there, and, when it knows, what it has."""
        values: dict[str, Any] = {"seen_at": time.time(), **({"info": info} if info is not None else {})}
        insert = self._insert(_WORKERS).values(name=name, **values)
        with self._engine.begin() as connection:
            connection.execute(insert.on_conflict_do_update(index_elements=["name"], set_=values))

    def goodbye(self, name: str) -> None:
        """A worker goes; what it told stays, it will come again."""
        with self._engine.begin() as connection:
            connection.execute(sa.update(_WORKERS).where(_WORKERS.c.name == name).values(seen_at=0.0))

    def workers(self) -> list[WorkerRow]:
        """All workers that ever said hello, those heard of last first."""
        with self._engine.connect() as connection:
            rows = connection.execute(sa.select(_WORKERS).order_by(_WORKERS.c.seen_at.desc()))
            return [WorkerRow(row.name, row.seen_at, row.info) for row in rows]

    def _count(self, job: str, piece: int, column: str, by: int) -> None:
        start = {"starts": 0, "deaths": 0, "ends": 0, column: max(by, 0)}
        insert = self._insert(_PIECES).values(job=job, piece=piece, **start)
        grown = {column: _PIECES.c[column] + by}
        with self._engine.begin() as connection:
            connection.execute(insert.on_conflict_do_update(index_elements=["job", "piece"], set_=grown))


def _engine(settings: Settings) -> sa.Engine:
    if not settings.embedded:
        url = sa.make_url(settings.database_url).set(drivername="postgresql+psycopg")
        connect = {"connect_timeout": 5, "application_name": "keylight ledger"}
        return sa.create_engine(url, pool_size=3, max_overflow=2, pool_pre_ping=True, connect_args=connect)
    settings.folder.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(f"sqlite:///{settings.folder / 'ledger.sqlite'}")

    @sa.event.listens_for(engine, "connect")
    def _(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA busy_timeout=10000")
        connection.execute("PRAGMA journal_mode=WAL")
        # With a write-ahead log this keeps the file whole in a power cut, and costs no wait for the disk per line.
        connection.execute("PRAGMA synchronous=NORMAL")

    return engine
