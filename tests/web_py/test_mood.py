"""Mood scales: planted tags and features move them the right way, and every value is the sum of its reasons."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest

from shared.schema.analysis import KeyEstimate, Loudness, Mood, MoodScale, RhythmEstimate
from shared.spectrum.downmix import downmix
from shared.spectrum.resample import Resampler
from shared.theory.keys import parse_key
from web.py.analysis import ANALYSIS_RATE
from web.py.analysis.dfa import FluctuationMaker
from web.py.analysis.listening import MoodFeatures, measure_features
from web.py.analysis.mel import PatchMaker
from web.py.analysis.mood import estimate_mood
from web.py.analysis.picture import PictureMaker
from web.py.analysis.tagger import EMBEDDING_SIZE, TaggerBridge, TagReading
from web.py.analysis.tags import TAGS

SONGS = Path(__file__).parents[3] / "shared" / "data" / "songs"
#: Features at the centre of what music reads.
MIDDLE = MoodFeatures(
    activity=0.143, onset_rate=4.2, pulse=0.42, brightness_hz=500.0, noisiness_db=-18.0, dynamics_db=12.8,
    pauses=0.07, swell=0.49, syllables=0.3, level_db=-17.0,
)  # fmt: skip
AVERAGE = {
    "energy": 50.0, "danceability": 50.0, "happiness": 50.0, "acousticness": 50.0, "instrumentalness": 27.4,
    "speechiness": 2.3,
}  # fmt: skip
LOUDNESS = Loudness(integrated_lufs=-14.0, range_lu=None, true_peak_db=None)
RHYTHM = RhythmEstimate(
    bpm=118.0, measured_bpm=118.0, snapped=True, steady=True, confidence=0.9, clear=True, meter=4,
    downbeat_confidence=0.5, alternatives=(),
)  # fmt: skip


def reading(*patches: dict[str, float]) -> TagReading:
    """Patches in which the named tags have the given standing and all others that of the average song."""
    logits = np.array([[row.mean + row.spread * patch.get(row.name, 0.0) for row in TAGS] for patch in patches])
    return TagReading(logits.astype(np.float32), np.zeros((len(patches), EMBEDDING_SIZE), np.float32))


def key(name: str, confidence: float) -> KeyEstimate:
    return KeyEstimate(key=parse_key(name), confidence=confidence, clear=True, alternatives=(), compatible=())


def mood(features: MoodFeatures = MIDDLE, *, tags: TagReading | None = None, **given: object) -> Mood:
    facts = {"key": None, "rhythm": None, "loudness": LOUDNESS, "dfa": None, **given}
    return estimate_mood(features, reading=tags, **facts)  # type: ignore[arg-type]


def scales(found: Mood) -> dict[str, MoodScale]:
    return {name: scale for name in AVERAGE if (scale := getattr(found, name)) is not None}


def value(found: Mood, name: str) -> float:
    return scales(found)[name].value


def test_the_average_song_stands_where_the_average_is() -> None:
    found = mood(tags=reading({}))
    for name in ("energy", "happiness", "acousticness", "instrumentalness", "speechiness"):
        assert value(found, name) == pytest.approx(AVERAGE[name], abs=0.2), name
    assert value(found, "danceability") < 50, "without a rhythm there is less to dance to"
    assert value(mood(tags=reading({}), rhythm=RHYTHM), "danceability") > 50


@pytest.mark.parametrize(("tag", "scale", "sign"), [
    ("metal", "energy", 1), ("ambient", "energy", -1), ("House", "danceability", 1), ("folk", "danceability", -1),
    ("happy", "happiness", 1), ("sad", "happiness", -1), ("acoustic", "acousticness", 1), ("House", "acousticness", -1),
    ("instrumental", "instrumentalness", 1), ("female vocalists", "instrumentalness", -1),
    ("Hip-Hop", "speechiness", 1), ("rock", "speechiness", -1),
])  # fmt: skip
def test_a_tag_moves_its_scale_and_is_named_as_the_reason(tag: str, scale: str, sign: int) -> None:
    found, without = (scales(mood(tags=reading({tag: score})))[scale] for score in (3.0, 0.0))
    assert (found.value - without.value) * sign > 0
    reasons = {factor.name: factor.points for factor in found.factors}
    assert reasons.get(f"sounds like “{tag}”", sign * 1e-9) * sign > 0


@pytest.mark.parametrize(("change", "scale", "reason", "sign"), [
    ({"activity": 0.2}, "energy", "much happens", 1), ({"onset_rate": 1.0}, "energy", "few onsets", -1),
    ({"pulse": 0.7}, "danceability", "clear pulse", 1), ({"dynamics_db": 25.0}, "acousticness", "wide dynamics", 1),
    ({"swell": 1.1}, "speechiness", "swells like speech", 1), ({"swell": 1.1}, "instrumentalness", "a voice", -1),
    ({"pauses": 0.35}, "speechiness", "pauses between words", 1), ({"syllables": 0.2}, "speechiness", "syllables", -1),
])  # fmt: skip
@pytest.mark.parametrize("tagged", [True, False])
def test_a_feature_moves_its_scale(change: dict[str, float], scale: str, reason: str, sign: int, tagged: bool) -> None:
    tags = reading({}) if tagged else None
    before, after = scales(mood(tags=tags)), scales(mood(MIDDLE._replace(**change), tags=tags))
    if scale not in after:
        assert (scale, tagged) == ("instrumentalness", False)
        return
    assert (after[scale].value - before[scale].value) * sign > 0
    (points,) = [factor.points for factor in after[scale].factors if reason in factor.name]
    assert points * sign > 0


def test_mode_counts_as_far_as_the_key_is_sure() -> None:
    values = [value(mood(tags=reading({}), key=key(*what)), "happiness")
              for what in (("A minor", 0.9), ("A minor", 0.2), ("A major", 0.2), ("A major", 0.9))]  # fmt: skip
    assert values == sorted(values)
    assert len(set(values)) == 4


def test_half_the_dancing_tempo_is_better_than_between() -> None:
    def dance(bpm: float) -> float:
        return value(mood(tags=reading({}), rhythm=msgspec.structs.replace(RHYTHM, bpm=bpm)), "danceability")

    assert dance(118) > dance(59) > dance(80)
    assert dance(118) > dance(170)


@pytest.mark.parametrize("tagged", [True, False])
def test_the_points_add_up_to_the_value(tagged: bool) -> None:
    chance = np.random.default_rng(2)
    for _ in range(20):
        tags = reading({row.name: chance.normal(0, 1.2) for row in TAGS}) if tagged else None
        features = MoodFeatures(*(np.array(MIDDLE) * chance.uniform(0.5, 1.6, len(MIDDLE))).tolist())
        found = mood(features, tags=tags, key=key("C major", 0.7), rhythm=RHYTHM, dfa=1.4)
        for name, scale in scales(found).items():
            points = [factor.points for factor in scale.factors]
            assert sum(points) == pytest.approx(scale.value - AVERAGE[name], abs=0.05 * len(points) + 0.15), name
            assert sorted(points, key=abs, reverse=True) == points, "strongest first"
            assert len(points) >= 3
            assert len({factor.name for factor in scale.factors}) == len(points)
            assert 0 <= scale.low <= scale.value <= scale.high <= 100


def test_ranges_are_wider_where_less_is_known() -> None:
    def width(found: Mood) -> float:
        return found.energy.high - found.energy.low

    alike = mood(tags=reading({}, {}))
    differing = mood(tags=reading({"metal": 4.0, "ambient": -4.0}, {"metal": -4.0, "ambient": 4.0}))
    assert width(alike) < width(mood()), "without tags"
    assert width(alike) < width(differing), "patches that differ"


def test_without_tags_it_says_so() -> None:
    found = mood(rhythm=RHYTHM)
    assert found.heard_by == "signal"
    assert found.tags == ()
    assert found.instrumentalness is None
    assert found.speechiness is not None
    assert mood(tags=reading({"jazz": 2.0})).tags[0].name == "jazz"


def features_of(audio: np.ndarray) -> MoodFeatures | None:
    maker = PictureMaker()
    maker.feed(audio.astype(np.float32))
    return measure_features(maker.finish(), duration_seconds=audio.size / ANALYSIS_RATE)


def noise(seconds: float) -> np.ndarray:
    return np.random.default_rng(5).normal(0, 0.1, round(seconds * ANALYSIS_RATE))


def seconds_of(audio: np.ndarray) -> np.ndarray:
    return np.arange(audio.size) / ANALYSIS_RATE


def test_clicks_have_onsets_and_a_pulse() -> None:
    audio = noise(12)
    clicks = audio * np.exp(-40 * (seconds_of(audio) % 0.5)) + 0.002 * audio
    heard, steady = features_of(clicks), features_of(audio)
    assert heard is not None
    assert steady is not None
    assert heard.onset_rate == pytest.approx(2.0, abs=0.15)
    assert heard.pulse > 0.7
    assert heard.pulse > steady.pulse + 0.3


def test_syllables_and_pauses_are_heard() -> None:
    """Noise that swells four times a second and pauses every other second, as speech does."""
    audio = noise(20)
    times = seconds_of(audio)
    words = np.maximum(np.sin(2 * np.pi * 4 * times), 0.03) * np.where(times % 2 < 1.3, 1.0, 0.01)
    heard, steady = features_of(audio * words), features_of(audio)
    assert heard is not None
    assert steady is not None
    assert heard.syllables > 0.35
    assert heard.pauses > 0.3
    assert heard.swell > 2 * steady.swell
    assert steady.pauses == 0.0


def test_a_pure_tone_is_bright_as_its_frequency_and_less_noisy_than_noise() -> None:
    tone = 0.2 * np.sin(2 * np.pi * 2000 * seconds_of(noise(5)))
    heard, noisy = features_of(tone), features_of(noise(5))
    assert heard is not None
    assert noisy is not None
    assert heard.brightness_hz == pytest.approx(2000, rel=0.1)
    assert heard.noisiness_db < noisy.noisiness_db - 10


def test_loudness_changes_the_level_alone() -> None:
    audio = noise(10) * (1.2 + np.sin(2 * np.pi * 0.7 * seconds_of(noise(10))))
    loud, soft = features_of(audio), features_of(audio * 0.1)
    assert loud is not None
    assert soft is not None
    assert loud.level_db - soft.level_db == pytest.approx(20, abs=0.1)
    np.testing.assert_allclose(soft[:-1], loud[:-1], rtol=0.05, atol=0.02)


def test_silence_has_no_features_and_a_short_sound_has_finite_ones() -> None:
    assert features_of(np.zeros(ANALYSIS_RATE)) is None
    for seconds in (0.05, 0.5, 1.5, 3.1):
        heard = features_of(noise(seconds))
        assert heard is not None
        assert np.isfinite(heard).all()


SONG_KINDS = {  # scale: least and most of its value, by what a listener hears
    "speech.ogg": {"speechiness": (80, 100), "instrumentalness": (0, 20)},
    "vibe_ace.ogg": {"instrumentalness": (60, 100), "speechiness": (0, 35), "energy": (0, 50)},
    "lets_go_fishin.ogg": {"acousticness": (70, 100), "instrumentalness": (0, 25), "speechiness": (0, 35)},
    "sugar_plum_fairy.ogg": {"energy": (0, 30), "acousticness": (60, 100), "speechiness": (0, 20)},
    "humpback_whales.ogg": {"instrumentalness": (60, 100), "danceability": (0, 50)},
}


@pytest.mark.skipif(sys.platform == "emscripten", reason="decodes by PyAV")
@pytest.mark.parametrize("name", SONG_KINDS)
def test_real_recordings_read_as_they_sound(name: str, tagger: TaggerBridge) -> None:
    if not (SONGS / name).exists():
        pytest.skip(f"{name} is not on this machine")
    from web.py.decode import AudioFile

    with AudioFile(SONGS / name) as song:
        resampler = Resampler(song.sample_rate, ANALYSIS_RATE)
        parts = [resampler.feed(downmix(block)) for block in song.blocks()]
    audio = np.concatenate([*parts, resampler.flush()])
    patches, fluctuation, picture = PatchMaker(), FluctuationMaker(), PictureMaker()
    for maker in (patches, fluctuation, picture):
        maker.feed(audio)
    heard = patches.finish()
    features = measure_features(picture.finish(), duration_seconds=audio.size / ANALYSIS_RATE)
    assert heard is not None
    assert features is not None

    async def hear() -> TagReading:
        return await tagger.tag(heard)

    found = mood(features, tags=asyncio.run(hear()), dfa=fluctuation.finish())
    for scale, (least, most) in SONG_KINDS[name].items():
        assert least <= value(found, scale) <= most, (scale, scales(found)[scale])
