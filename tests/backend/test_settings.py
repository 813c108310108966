"""Settings come from the environment; a bad value names key and value."""

from __future__ import annotations

import pytest

from backend.settings import Settings, SettingsError, read_settings


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
    ],
)
def test_a_bad_value_names_key_and_value(key: str, value: str, reason: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings({key: value})
    assert str(caught.value) == f"{key} is {value!r}: {reason}"


def test_a_misspelt_key_is_told() -> None:
    with pytest.raises(SettingsError, match="KEYLIGHT_PROT is not a setting; expected one of KEYLIGHT_HOST"):
        read_settings({"KEYLIGHT_PROT": "9000"})
