"""Settings come from the environment; a bad value names key and value."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from backend.settings import Settings, SettingsError, read_secret, read_settings


def test_nothing_set_gives_the_defaults() -> None:
    assert read_settings({"PATH": "/bin"}) == Settings(host="127.0.0.1", port=8321)


def test_values_are_read() -> None:
    assert read_settings({"KEYLIGHT_HOST": "::1", "KEYLIGHT_PORT": "0"}) == Settings(host="::1", port=0)


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("KEYLIGHT_PORT", "many", "Expected `int`, got `str`"),
        ("KEYLIGHT_PORT", "65536", "Expected `int` <= 65535"),
        ("KEYLIGHT_PORT", "-1", "Expected `int` >= 0"),
        ("KEYLIGHT_HOST", "", "Expected `str` of length >= 1"),
        ("KEYLIGHT_KEEP_HOURS", "0", "Expected `float` > 0.0"),
        ("KEYLIGHT_SLOTS", "0", "Expected `int` >= 1"),
    ],
)
def test_a_bad_value_names_key_and_value(key: str, value: str, reason: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings({key: value})
    assert str(caught.value) == f"{key} is {value!r}: {reason}"


def test_a_misspelt_key_is_told() -> None:
    with pytest.raises(SettingsError, match="KEYLIGHT_PROT is not a setting; expected one of KEYLIGHT_HOST"):
        read_settings({"KEYLIGHT_PROT": "9000"})


def test_what_may_hold_a_password_is_not_shown() -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings({"KEYLIGHT_DATABASE": "mysql://ann:secret@here/jobs"})
    assert "KEYLIGHT_DATABASE is that: Expected `str` matching regex" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_one_machine_is_the_default_and_a_database_makes_a_cluster(tmp_path: Path) -> None:
    alone = Settings(data=str(tmp_path))
    assert (alone.embedded, alone.database_url) == (True, f"sqlite:///{tmp_path}/jobs.sqlite")
    assert (alone.devices, alone.models_folder, alone.token_list) == (("auto",), None, ())
    many = read_settings(
        {"KEYLIGHT_DATABASE": "postgresql://db/jobs", "KEYLIGHT_WORKERS": "none", "KEYLIGHT_TOKENS": "a1, b2,"}
    )
    assert (many.embedded, many.database_url, many.devices) == (False, "postgresql://db/jobs", ())
    assert many.token_list == ("a1", "b2")
    assert Settings(workers="cuda:0, cuda:1").devices == ("cuda:0", "cuda:1")
    assert Settings(upload_mb=1, audio_hours=0.5).limits.upload_bytes == 1_000_000
    assert Settings(upload_mb=1, audio_hours=0.5).limits.audio_seconds == 1800


def test_the_secret_is_made_once_by_whoever_is_first(tmp_path: Path) -> None:
    settings = Settings(data=str(tmp_path / "data"))
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda _: read_secret(settings), range(32)))
    assert len(made) == 1
    assert len(made.pop()) == 32
    assert (tmp_path / "data" / "secret").stat().st_mode & 0o077 == 0
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["secret"]
    assert read_secret(Settings(secret="known")) == b"known"
