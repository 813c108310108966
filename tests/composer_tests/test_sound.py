"""The synthesiser plays what is written: at the time, at the pitch, and the same each time."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from tests.composer.catalogue import catalogue
from tests.composer.compose import compose
from tests.composer.kit import DRUM_NOTES, drum
from tests.composer.midi import detuned, write_midi
from tests.composer.mix import render, render_part
from tests.composer.score import Note, Part, Score
from tests.composer.synth import PATCHES, RATE, play
from tests.composer.truth import Truth


def _score(part: Part, *, seconds: float = 8.0, cents: float = 0.0) -> Score:
    return Score("test", 7, seconds, cents, False, "acoustic", (part,), Truth())


def test_onsets_are_where_the_notes_are() -> None:
    beats = 0.25 + np.arange(16) * 60.0 / 133.7
    part = Part("drums", "acoustic", 1.0, [Note(float(beat), 0.1, "rim", 0.9) for beat in beats])
    sound = np.abs(render_part(_score(part), part))
    for beat in beats:
        window = sound[round((beat - 0.05) * RATE) : round((beat + 0.05) * RATE)]
        onset = beat - 0.05 + int(np.argmax(window > 0.1 * window.max())) / RATE
        assert onset == pytest.approx(beat, abs=0.001)


def test_a_mixed_piece_keeps_its_kicks_in_time() -> None:
    """Through ducking, room and compression: the mix of a house piece rises at its beats, not between them."""
    spec = catalogue("short")[0]
    score = compose(spec)
    sound = render(score)
    power = np.add.reduceat(np.square(sound), np.arange(0, sound.size, 441))
    rise = np.maximum(0.0, np.diff(np.log10(power + 1e-6), prepend=-6.0))
    kicks = np.array([n.start for part in score.parts for n in part.notes if n.what == "kick" and n.start > 0.1])
    at = np.array([rise[max(0, round(kick * 100) - 1) : round(kick * 100) + 3].max() for kick in kicks])
    assert np.median(at) > 3.0 * np.median(rise[rise > 0.0])


@pytest.mark.parametrize("name", sorted(PATCHES))
@pytest.mark.parametrize("cents", [0.0, -30.0])
def test_every_patch_plays_its_pitch(name: str, cents: float) -> None:
    patch = PATCHES[name]
    sound = play(patch, [Note(0.2, 1.6, 57, 0.9)], seconds=2.0, cents=cents, seed=1)[
        round(0.5 * RATE) : round(1.5 * RATE)
    ]
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(sound.size), 1 << 19))
    hz = np.fft.rfftfreq(1 << 19, 1.0 / RATE)
    wanted = 220.0 * 2.0 ** (patch.shift / 12.0 + cents / 1200.0)
    near = (hz > wanted * 0.94) & (hz < wanted * 1.06)
    found = float(np.sum(hz[near] * spectrum[near] ** 4) / np.sum(spectrum[near] ** 4))
    assert abs(1200.0 * np.log2(found / wanted)) < 8.0


@pytest.mark.parametrize("kit", ["acoustic", "909", "808"])
def test_every_drum_starts_at_once_and_ends(kit: str) -> None:
    for name in DRUM_NOTES:
        sound = np.abs(drum(name, kit, np.random.default_rng(2)))
        assert sound.max() == pytest.approx(1.0)
        assert np.argmax(sound > 0.2) < 0.02 * RATE, name
        assert sound[-50:].max() < 0.25, name


def test_the_same_seed_gives_the_same_bytes() -> None:
    score = compose(catalogue("short")[5])
    assert render(score).tobytes() == render(score).tobytes()


def test_a_recording_is_float32_within_full_scale() -> None:
    for spec in catalogue("short")[:4]:
        score = compose(spec)
        sound = render(score)
        assert sound.dtype == np.float32
        assert sound.size == round(score.seconds * RATE)
        assert 0.3 < np.abs(sound).max() < 1.0
        assert 15.0 < score.seconds < 35.0


def test_midi_has_the_notes_at_their_times() -> None:
    part = Part("lead", "flute", 1.0, [Note(0.5, 0.25, 60, 0.5), Note(0.75, 0.25, 60, 1.0)])
    data = write_midi(_score(part, cents=-30.0))
    assert data[:14] == b"MThd" + struct.pack(">IHHH", 6, 1, 2, 960)
    body = data[data.index(b"MTrk", 20) + 8 :]
    shift = PATCHES["flute"].shift
    first = bytes([0x87, 0x40, 0x90, 60 + shift, 64])  # after 960 ticks of 1/1920 s
    assert first in body
    again = bytes([0x83, 0x60, 0x80, 60 + shift, 0, 0x00, 0x90, 60 + shift, 127])  # ends before it begins again
    assert again in body
    assert bytes([0xB0, 6, (8192 - 2458) >> 7]) in body  # fine tuning, -30 cents


def test_detuning_a_file_adds_one_track_behind_the_first() -> None:
    data = write_midi(_score(Part("lead", "piano", 1.0, [Note(0.0, 1.0, 60, 0.5)])))
    changed = detuned(data, 30.0)
    assert struct.unpack(">H", changed[10:12])[0] == struct.unpack(">H", data[10:12])[0] + 1
    assert changed.endswith(data[data.index(b"MTrk", 20) :])
    assert changed.count(b"MTrk") == 3
