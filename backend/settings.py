"""What a person may set, read once from the environment at start."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import msgspec

from shared.errors import KeylightError

__all__ = ["Settings", "SettingsError", "read_settings"]

_PREFIX = "KEYLIGHT_"


class SettingsError(KeylightError):
    """A setting has a value that it cannot have; the message names both."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the server listens. `KEYLIGHT_HOST` and `KEYLIGHT_PORT`; port 0 takes any free one."""

    host: Annotated[str, msgspec.Meta(min_length=1)] = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 8321


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
            raise SettingsError(f"{known[field]} is {value!r}: {reason}") from error
    return msgspec.convert(values, Settings, strict=False)
