"""The 24 keys against the published wheels, and how they relate."""

from __future__ import annotations

import math

import pytest

from shared.errors import KeylightError
from shared.theory.keys import KEYS, compatible, key_at, parse_key, relation, tonic_triad

#: The Camelot wheel as Mixed In Key prints it, and Open Key as Traktor does.
WHEEL = {
    "1A": "Ab minor", "2A": "Eb minor", "3A": "Bb minor", "4A": "F minor", "5A": "C minor", "6A": "G minor",
    "7A": "D minor", "8A": "A minor", "9A": "E minor", "10A": "B minor", "11A": "F# minor", "12A": "Db minor",
    "1B": "B major", "2B": "F# major", "3B": "Db major", "4B": "Ab major", "5B": "Eb major", "6B": "Bb major",
    "7B": "F major", "8B": "C major", "9B": "G major", "10B": "D major", "11B": "A major", "12B": "E major",
}  # fmt: skip
OPEN_KEY = {
    "1d": "C major", "2d": "G major", "3d": "D major", "8d": "Db major", "12d": "F major",
    "1m": "A minor", "2m": "E minor", "6m": "Ab minor", "12m": "D minor",
}  # fmt: skip


@pytest.mark.parametrize(("code", "name"), [*WHEEL.items(), *OPEN_KEY.items()])
def test_codes_are_the_published_ones(code, name):
    assert parse_key(code) == parse_key(name)
    assert code in (parse_key(name).camelot, parse_key(name).open_key)


def test_every_notation_reads_back():
    assert len({key.camelot for key in KEYS} | {key.open_key for key in KEYS}) == 48
    for index, key in enumerate(KEYS):
        assert key_at(key.tonic, key.mode) is KEYS[index]
        for text in (
            key.name,
            key.short,
            key.symbol,
            key.camelot,
            key.open_key,
            f" {key.camelot.lower()} ",
            "0" + key.camelot,
        ):
            assert parse_key(text) == key


@pytest.mark.parametrize("text", ["", "H minor", "13A", "0A", "8C", "A mixolydian", "1x", "#", "minor"])
def test_what_is_no_key_is_refused_in_words(text):
    with pytest.raises(KeylightError, match="Expected a key such as A minor, Am, 8A or 1m"):
        parse_key(text)


@pytest.mark.parametrize(
    ("of", "to", "words"),
    [
        ("C", "C", "same key"), ("A minor", "C", "relative"), ("C minor", "C", "parallel"), ("G", "C", "fifth above"),
        ("F", "C", "fifth below"), ("Db", "C", "semitone above"), ("B", "C", "semitone below"),
        ("E minor", "C", "relative of the fifth above"), ("D minor", "C", "relative of the fifth below"),
        ("F#", "C", "distant"),
    ],
)  # fmt: skip
def test_relations_are_named_from_the_second_key(of, to, words):
    assert relation(parse_key(of), parse_key(to)) == words


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.short)
def test_compatible_keys_are_neighbours_on_the_wheel_and_it_is_mutual(key):
    around = compatible(key)
    assert around[0] == key
    number = int(key.camelot[:-1])
    assert [int(other.camelot[:-1]) for other in around] == [number, number % 12 + 1, (number - 2) % 12 + 1, number]
    assert all(key in compatible(other) for other in around)


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.short)
def test_the_triad_is_the_keys_own(key):
    bass, root, third, fifth = tonic_triad(key)
    assert root == pytest.approx(2 * bass)
    assert fifth / root == pytest.approx(2 ** (7 / 12))
    assert third / root == pytest.approx(2 ** ((3 if key.mode == "minor" else 4) / 12))
    # The upper root as a MIDI note: the tonic's pitch class, F#3 (54) to F4 (65).
    midi = 69 + 12 * math.log2(root)
    assert round(midi) % 12 == key.tonic
    assert 53.99 < midi < 65.01
