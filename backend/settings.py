"""What a person may set, read once from the environment at start.

Every field is a variable with the prefix `KEYLIGHT_` (`data` is `KEYLIGHT_DATA`). Empty text means the default.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final

import msgspec

from shared.errors import KeylightError
from shared.schema.jobs import Limits

__all__ = ["Settings", "SettingsError", "read_secret", "read_settings"]

_PREFIX = "KEYLIGHT_"
_MEGA: Final = 1_000_000

_Count = Annotated[int, msgspec.Meta(ge=1, le=100_000)]
_Positive = Annotated[float, msgspec.Meta(gt=0, le=100_000)]


class SettingsError(KeylightError):
    """A setting has a value that it cannot have; the message names both."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All settings and their defaults.

    host, port: where the server listens; port 0 takes any free one.
    data: folder of everything that is kept. database: `postgresql://...` for several machines; else SQLite in `data`.
    store: folder or `s3://bucket/prefix` for uploads and results; else a folder in `data`.
    models: folder of separation weights; else the hub. workers: devices of the workers that this server starts
    ("auto", or for example "cuda:0,cuda:1", or "none" when workers run elsewhere). slots: jobs at once in a worker.
    upload_mb, audio_hours: largest upload and longest song. stall_seconds: after which an upload that stands still is
    cut off. queue, per_client: jobs that wait and run, in all and of one client. keep_hours: life of results.
    reserve_mb: disk space that stays free. attempts: tries of a piece whose
    process dies. piece_seconds: audio between two checkpoints, 0 leaves it to the worker. idle_minutes: after which
    an unused model is let go.
    tokens: bearer tokens that are let in, separated by commas; empty lets everybody in. rate: submissions a minute of
    one client. origins: pages of other origins that may call the API. secret: key of ids; else made once in `data`.
    """

    host: Annotated[str, msgspec.Meta(min_length=1)] = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 8321
    data: Annotated[str, msgspec.Meta(min_length=1)] = ".keylight"
    database: Annotated[str, msgspec.Meta(pattern="^$|^postgres(ql)?://")] = ""
    store: str = ""
    models: str = ""
    workers: str = "auto"
    slots: Annotated[int, msgspec.Meta(ge=1, le=64)] = 3
    upload_mb: _Count = 500
    audio_hours: _Positive = 2.0
    stall_seconds: _Positive = 30.0
    queue: _Count = 20
    per_client: _Count = 3
    keep_hours: _Positive = 24.0
    reserve_mb: Annotated[int, msgspec.Meta(ge=0)] = 1000
    attempts: Annotated[int, msgspec.Meta(ge=1, le=100)] = 5
    piece_seconds: Annotated[float, msgspec.Meta(ge=0, le=3600)] = 0.0
    idle_minutes: _Positive = 5.0
    tokens: str = ""
    rate: _Count = 30
    origins: str = ""
    secret: str = ""

    @property
    def folder(self) -> Path:
        """Everything that is kept, as an absolute path."""
        return Path(self.data).absolute()

    @property
    def embedded(self) -> bool:
        """One machine and SQLite, rather than Postgres and as many machines as there are."""
        return not self.database

    @property
    def database_url(self) -> str:
        """Where jobs are kept."""
        return self.database or f"sqlite:///{self.folder / 'jobs.sqlite'}"

    @property
    def models_folder(self) -> Path | None:
        """Where weights lie, None for the hub and its cache."""
        return Path(self.models).absolute() if self.models else None

    @property
    def token_list(self) -> tuple[str, ...]:
        """Bearer tokens that are let in; empty lets everybody in."""
        return _parts(self.tokens)

    @property
    def origin_list(self) -> tuple[str, ...]:
        """Other origins that may call the API."""
        return _parts(self.origins)

    @property
    def devices(self) -> tuple[str, ...]:
        """A device for each worker that this server starts."""
        return () if self.workers == "none" else _parts(self.workers)

    @property
    def reserve_bytes(self) -> int:
        """Disk space that stays free."""
        return self.reserve_mb * _MEGA

    @property
    def limits(self) -> Limits:
        """What the server takes, as it tells it."""
        return Limits(
            upload_bytes=self.upload_mb * _MEGA,
            audio_seconds=self.audio_hours * 3600,
            queued_jobs=self.queue,
            jobs_per_client=self.per_client,
            keep_seconds=self.keep_hours * 3600,
        )


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Settings from an environment; raises `SettingsError` that names key and value.

    >>> read_settings({"KEYLIGHT_PORT": "9000"}).port
    9000
    >>> read_settings({"KEYLIGHT_PORT": "many"})
    Traceback (most recent call last):
    backend.settings.SettingsError: KEYLIGHT_PORT is 'many': Expected `int`, got `str`
    """
    known = {field: _PREFIX + field.upper() for field in Settings.__struct_fields__}
    strangers = sorted(key for key in environment if key.startswith(_PREFIX) and key not in known.values())
    if strangers:
        raise SettingsError(f"{strangers[0]} is not a setting; expected one of {', '.join(known.values())}")
    values = {field: environment[key] for field, key in known.items() if key in environment}
    for field, value in values.items():
        try:
            msgspec.convert({field: value}, Settings, strict=False)
        except msgspec.ValidationError as error:
            reason = str(error).partition(" - at ")[0]
            shown = "that" if field in ("secret", "tokens", "database") else repr(value)
            raise SettingsError(f"{known[field]} is {shown}: {reason}") from error
    return msgspec.convert(values, Settings, strict=False)


def read_secret(settings: Settings) -> bytes:
    """The key that makes ids unguessable: the setting, else 32 random bytes made once in the data folder."""
    if settings.secret:
        return settings.secret.encode()
    path = settings.folder / "secret"
    settings.folder.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        made = settings.folder / f"secret.{os.getpid()}.{secrets.token_hex(4)}"
        made.touch(mode=0o600)
        made.write_bytes(secrets.token_bytes(32))
        try:
            os.link(made, path)  # unlike a rename, it fails when another process was first
        except FileExistsError:
            pass
        finally:
            made.unlink()
    return path.read_bytes()


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
