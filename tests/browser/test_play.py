"""Playback: no gap at block borders, clicks on the beat, seeking to the sample, failures in words."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("av")

from tests.browser.decode_support import ASSETS, encode, music, serve

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not (ASSETS / "mediabunny-1.61.0").exists(), reason="no assets: run `nox -s assets`"),
]

# The name of a file, its encoder and bits per second.
SEEKABLE = {
    "s.mp3": ("libmp3lame", 192_000), "s.m4a": ("aac", 192_000), "s.ogg": ("vorbis", 160_000),
    "s.opus": ("libopus", 160_000),
    "s.flac": ("flac", None), "s.wav": ("pcm_s16le", None),
}  # fmt: skip


@pytest.fixture(scope="module")
def media(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("play")
    for name, (codec, bit_rate) in SEEKABLE.items():
        rate = 48000 if codec == "libopus" else 44100
        encode(folder / name, codec, music(16, rate, 2), rate, bit_rate=bit_rate)
    (folder / "broken.mp3").write_bytes(b"\xff\xfb" + bytes(range(250)) * 40)
    return folder


@pytest.fixture
def page(browser, media):
    with serve(media) as url:
        page = browser.new_page()
        page.goto(url)
        yield page
        page.close()


def run(page, script: str):
    """Run an async function body; `t` is play-page.js."""
    return page.evaluate(f"async () => {{ const t = await import('/media/play-page.js'); {script} }}")


def test_blocks_meet_without_a_gap_and_a_seek_lands_on_the_sample(page):
    found = run(
        page,
        """
      const music = t.noise(8);
      const player = await t.tappedPlayer(t.sourceOf(music));
      const states = [];
      player.addEventListener('change', () => states.push(player.state.status));
      player.play();
      await t.sleep(2500);
      const position = player.position();
      player.seek(5.3);
      await t.sleep(2000);
      player.pause();
      const rest = player.position();
      await t.sleep(300);
      const all = t.recording();
      const start = Math.round(5.3 * 44100);
      const begin = t.find(all, music.slice(0, 66150)), sought = t.find(all, music.slice(start, start + 44100));
      return {states, position, rest, begin, sought};
    """,
    )
    assert found["states"] == ["playing", "playing", "paused"]
    assert found["begin"]["worst"] < 1e-6, "six block borders, every sample as it was"
    assert found["sought"]["worst"] < 1e-6
    assert 1.8 < found["position"] < 2.6
    assert 6.5 < found["rest"] < 7.5


def test_clicks_sound_on_the_beat_and_once_also_after_a_seek(page):
    found = run(
        page,
        """
      const music = t.noise(10).map((value) => value / 10);
      const beats = Array.from({length: 19}, (_, i) => 0.25 + i / 2);
      const downbeats = beats.filter((_, i) => i % 4 === 0);
      const wanted = t.withClicks(music, beats, downbeats);
      const player = await t.tappedPlayer(t.sourceOf(music));
      player.setClicks({enabled: true, beats, downbeats});
      player.play();
      await t.sleep(1300);
      player.setClicks({beats, downbeats});
      await t.sleep(900);
      player.seek(4.1);
      await t.sleep(1500);
      player.seek(4.1);
      await t.sleep(2600);
      const all = t.recording();
      const cut = (from, to) => wanted.slice(Math.round(from * 44100), Math.round(to * 44100));
      const begin = t.find(all, cut(0, 1.5)), once = t.find(all, cut(4.1, 5.4));
      const again = t.find(all.slice(once.at + 5000), cut(4.1, 6));
      return [begin, once, again].map(({worst}) => worst);
    """,
    )
    assert max(found) < 1e-5


def test_a_slow_decoder_delays_music_and_clicks_alike(page):
    found = run(
        page,
        """
      const music = t.noise(6).map((value) => value / 10);
      const beats = Array.from({length: 11}, (_, i) => 0.25 + i / 2);
      const wanted = t.withClicks(music, beats, []);
      const player = await t.tappedPlayer(t.sourceOf(music, {delay: 400}));
      player.setClicks({enabled: true, beats, downbeats: []});
      player.play();
      await t.sleep(4000);
      const all = t.recording();
      return {underruns: player.underruns, worst: t.find(all, wanted.slice(33075, 44100 - 100)).worst};
    """,
    )
    assert found["underruns"] > 3
    assert found["worst"] < 1e-5


def test_the_end_rests_and_plays_again_from_the_start(page):
    found = run(
        page,
        """
      const player = await t.tappedPlayer(t.sourceOf(t.noise(1)));
      player.play();
      await t.sleep(1800);
      const rest = [player.state.status, player.position()];
      player.toggle();
      await t.sleep(400);
      return {rest, again: [player.state.status, player.position() < 0.6]};
    """,
    )
    assert found == {"rest": ["paused", 1], "again": ["playing", True]}


def test_a_chord_sounds_over_quieter_music(page):
    found = run(
        page,
        """
      const player = await t.tappedPlayer(t.sourceOf(t.noise(8)));
      player.play();
      await t.sleep(800);
      player.playChord([220, 277.18, 329.63], {seconds: 1.5});
      await t.sleep(3200);
      const all = t.recording();
      const noisy = (from) => [3001, 5000, 7001, 9013, 11003].reduce((sum, hz) => sum + t.amplitude(all, from, hz), 0);
      const begin = all.findIndex((value) => value !== 0);
      const at = (seconds) => begin + Math.round(seconds * 44100);
      return {
        status: player.state.status, chord: t.amplitude(all, at(1.2), 220), before: t.amplitude(all, at(0.2), 220),
        loud: noisy(at(0.2)), ducked: noisy(at(1.3)), after: noisy(at(3.2)),
        peak: all.reduce((most, value) => Math.max(most, Math.abs(value)), 0),
      };
    """,
    )
    assert found["status"] == "playing"
    assert found["chord"] > 10 * found["before"]
    assert found["ducked"] < 0.6 * found["loud"]
    assert found["after"] > 0.5 * found["loud"]
    assert found["peak"] < 1


def test_a_failure_is_a_state_with_a_sentence(page):
    found = run(
        page,
        """
      const player = t.createPlayer();
      await player.load(3, await (await fetch('/media/broken.mp3')).blob(), {autoplay: true});
      return player.state;
    """,
    )
    assert found == {
        "trackId": 3, "status": "failed", "durationSeconds": 0,
        "error": "This track cannot be played in this browser: it has no decoder for it.",
    }  # fmt: skip


def test_a_later_load_wins(page):
    found = run(
        page,
        """
      const slow = t.sourceOf(t.noise(1)), quick = t.sourceOf(t.noise(2));
      const openBlob = async (blob) => { await t.sleep(blob.size * 200); return blob.size ? slow : quick; };
      const player = t.createPlayer({openBlob});
      const first = player.load(1, new Blob(['x']));
      await player.load(2, new Blob([]));
      await first;
      return player.state;
    """,
    )
    assert found == {"trackId": 2, "status": "paused", "durationSeconds": 2, "error": None}


@pytest.mark.parametrize("name", SEEKABLE)
def test_what_is_heard_after_a_seek_is_what_the_analysis_saw_there(page, name):
    """Streams from three places lie where they lie in the stream from the start."""
    found = run(page, f"return t.misplaced('{name}', [0.3, 3, 7.1234, 13.7]);")
    assert found["errors"] == [0, 0, 0, 0]
    assert found["duration"] == pytest.approx(16, abs=0.05)
