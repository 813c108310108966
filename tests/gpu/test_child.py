"""Every odd file through the real child with a small real model: stems that sum to the mix, or a sentence."""

import asyncio
import io
import os
import threading
import time
import wave
import zipfile
from pathlib import Path

import av
import numpy as np
import pytest
import torch
from av.audio.stream import AudioStream
from av.video.stream import VideoStream

from backend.gpu.child import Child, _is_lack_of_memory
from backend.gpu.host import ChildHost
from backend.gpu.pieces import piece_path
from backend.gpu.tasks import ChildDied, Finished, Piece, Report
from shared.errors import KeylightError
from shared.schema.jobs import StemsOptions
from tests.gpu.audio import tones, write_audio
from tests.gpu.bombs import flac_silence
from tests.gpu.jobs import ONE_THREAD, mix_of, quiet, results, separate, task_for
from tests.gpu.tiny import tiny_models


@pytest.fixture(scope="module")
def loop():
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def host(loop):
    """One child for all tests here."""

    async def make():
        return ChildHost(device="cpu", models=tiny_models(), environment=ONE_THREAD)

    made = loop.run(make())
    yield made
    loop.run(made.close())


def corrupt(path, at=0.5, count=4000):
    data = bytearray(path.read_bytes())
    start = int(len(data) * at)
    data[start : start + count] = np.random.default_rng(2).bytes(count)
    path.write_bytes(data)
    return path


def cut(path, share):
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    return path


def half(path):
    """The half without the index, which FFmpeg writes last."""
    return cut(write_audio(path, tones(3.0), codec="aac"), 0.5)


def no_samples(path):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(44_100)
    return path


def film(path, *, sound=True):
    with av.open(str(path), "w") as container:
        video = container.add_stream("mpeg4", rate=10)
        audio = container.add_stream("aac", rate=44_100, layout="stereo") if sound else None
        assert isinstance(video, VideoStream)
        video.width, video.height, video.pix_fmt = 64, 64, "yuv420p"
        for _ in range(20):
            container.mux(video.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")))
        container.mux(video.encode(None))
        if isinstance(audio, AudioStream):
            frame = av.AudioFrame.from_ndarray(tones(2.0), format="fltp", layout="stereo")
            frame.sample_rate = 44_100
            container.mux(audio.encode(frame))
            container.mux(audio.encode(None))
    return path


def zipped(path):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("song.wav", bytes(50_000_000))
    path.write_bytes(made.getvalue())
    return path


def content(path, data):
    path.write_bytes(data)
    return path


FILES = {
    "a tenth of a second": lambda d: write_audio(d / "a.wav", tones(0.1)),
    "one sample": lambda d: write_audio(d / "a.wav", tones(0.1)[:, :1]),
    "mono": lambda d: write_audio(d / "a.flac", tones(3.0, channels=1), codec="flac"),
    "8 kHz": lambda d: write_audio(d / "a.wav", tones(3.0, rate=8_000), rate=8_000),
    "192 kHz": lambda d: write_audio(d / "a.wav", tones(3.0, rate=192_000), rate=192_000, codec="pcm_s24le"),
    "5.1": lambda d: write_audio(d / "a.flac", tones(3.0, channels=6), codec="flac"),
    "floats beyond full scale": lambda d: write_audio(d / "a.wav", tones(3.0, level=2.0), codec="pcm_f32le"),
    "silence": lambda d: write_audio(d / "a.wav", np.zeros((2, 100_000), np.float32)),
    "MP3 that ends early": lambda d: cut(write_audio(d / "a.mp3", tones(6.0), codec="libmp3lame"), 0.6),
    "MP3 with a hole": lambda d: corrupt(write_audio(d / "a.mp3", tones(6.0), codec="libmp3lame")),
    "FLAC with a hole": lambda d: corrupt(write_audio(d / "a.flac", tones(6.0), codec="flac")),
    "a film": lambda d: film(d / "a.mp4"),
    "as long as two pieces": lambda d: write_audio(d / "a.wav", tones(4.0)),
}


@pytest.mark.parametrize("kind", FILES)
def test_odd_files_give_stems_that_sum_to_the_mix(tmp_path, loop, host, kind):
    source = FILES[kind](tmp_path)
    mix = mix_of(source)
    done = loop.run(separate(host, tmp_path / "job", source))
    assert sum(one.samples for one in done) == mix.shape[1]
    assert done[-1].total_seconds == mix.shape[1] / 44_100
    manifest, stems = results(tmp_path / "job")
    assert list(stems) == ["drums", "bass", "other", "vocals"]
    assert manifest.samples == mix.shape[1]
    assert {one.shape for one in stems.values()} == {mix.shape}
    # Half a step of 24 bits for each of four files, and float32's own rounding of four sums.
    assert np.abs(sum(stems.values()) - manifest.gain * mix).max() <= 4 * 2.0**-24 + 4 * 2.0**-23 * np.abs(mix).max()
    assert (manifest.gain < 1.0) == (kind == "floats beyond full scale")


NO_AUDIO = {
    "empty": (lambda d: content(d / "a.wav", b""), r"The file is empty \(0 bytes\)"),
    "text": (lambda d: content(d / "a.mp3", b"no audio " * 1000), "cannot be decoded as audio"),
    "zip bomb": (lambda d: zipped(d / "a.wav"), "cannot be decoded as audio|holds no audio"),
    "half an M4A": (
        lambda d: cut(write_audio(d / "a.m4a", tones(3.0), codec="aac"), 0.5),
        "cannot be decoded as audio",
    ),
    "silent film": (lambda d: film(d / "a.mp4", sound=False), "The file holds no audio"),
    "no samples": (lambda d: no_samples(d / "a.wav"), "decodes to 0 samples"),
    "no file": (lambda d: d / "gone.wav", "Expected a file, found none"),
}


@pytest.mark.parametrize("kind", NO_AUDIO)
def test_what_is_no_audio_gets_a_sentence_and_leaves_nothing(tmp_path, loop, host, kind):
    make, says = NO_AUDIO[kind]
    folder = tmp_path / "job"
    with pytest.raises(KeylightError, match=says):
        loop.run(host.piece(task_for(folder, make(tmp_path)), quiet))
    assert not folder.exists() or os.listdir(folder) == []


def test_audio_beyond_the_limit_is_stopped_there(tmp_path, loop, host):
    source = write_audio(tmp_path / "a.wav", tones(7.0))
    loop.run(host.piece(task_for(tmp_path / "a", source, most_seconds=7.0, piece_seconds=99), quiet))
    with pytest.raises(KeylightError, match=r"longer than 0:06, the most that is taken here\. Cut it"):
        loop.run(host.piece(task_for(tmp_path / "b", source, most_seconds=6.0, piece_seconds=99), quiet))
    assert os.listdir(tmp_path / "b") == []


def test_hours_of_silence_in_a_small_file_that_says_one_second_are_stopped_at_the_limit(tmp_path, loop, host):
    """Twenty bytes for each second and a half, so the limit is one of what was decoded, not of bytes or of words."""
    source = flac_silence(tmp_path / "bomb.flac", frames=5000, claimed_samples=44_100)
    assert source.stat().st_size < 100_000
    folder = tmp_path / "job"
    done = loop.run(host.piece(task_for(folder, source, most_seconds=6.0), quiet))
    assert (done.last, done.total_seconds) == (False, 1.0)
    with pytest.raises(KeylightError, match=r"The audio is longer than 0:06, the most that is taken here\."):
        loop.run(host.piece(task_for(folder, source, 1, most_seconds=6.0, piece_seconds=9.0), quiet))
    room = sum(path.stat().st_size for path in folder.glob("piece-*"))
    assert room < 6 * 44_100 * 4 * 2 * 4


def test_modes_are_made_of_the_same_stems(tmp_path, loop, host):
    source = write_audio(tmp_path / "a.wav", tones(3.0))
    ways = {
        "all": StemsOptions(format="wav32f"),
        "two": StemsOptions(mode="two", stems=("vocals",), format="wav32f"),
        "rest": StemsOptions(mode="rest", stems=("vocals", "drums"), format="wav32f"),
        "some": StemsOptions(stems=("bass",), format="wav32f"),
        "plain": StemsOptions(spread_residual=False, format="wav32f"),
    }
    made = {}
    for name, options in ways.items():
        loop.run(separate(host, tmp_path / name, source, options=options))
        made[name] = results(tmp_path / name, options)[1]
    whole, mix = made["all"], mix_of(source)
    assert list(made["two"]) == ["vocals", "instrumental"]
    plain = made["plain"]
    assert np.array_equal(made["two"]["vocals"], plain["vocals"])
    assert np.abs(made["two"]["vocals"] + made["two"]["instrumental"] - mix).max() < 1e-7
    assert np.abs(made["rest"]["no_drums_vocals"] - (mix - plain["drums"] - plain["vocals"])).max() < 1e-6
    assert np.array_equal(made["some"]["bass"], whole["bass"])
    residual = mix - sum(plain.values())
    assert np.abs(residual).max() > 1e-3  # the model leaves something, and it is shared out evenly
    assert np.abs(whole["bass"] - plain["bass"] - residual / 4).max() < 1e-6


def test_pieces_do_not_show_in_the_sound(tmp_path, loop, host):
    source = write_audio(tmp_path / "a.wav", tones(9.0))
    for name, seconds in {"few": 99.0, "many": 1.0}.items():
        loop.run(separate(host, tmp_path / name, source, piece_seconds=seconds))
        results(tmp_path / name)
    assert len(list((tmp_path / "many").glob("piece-*"))) > 4
    for path in (tmp_path / "few" / "out").iterdir():
        assert path.read_bytes() == (tmp_path / "many" / "out" / path.name).read_bytes()


def test_a_finished_piece_is_not_made_again(tmp_path, loop, host):
    source = write_audio(tmp_path / "a.wav", tones(3.0))
    task = task_for(tmp_path / "job", source)
    first = loop.run(host.piece(task, quiet))
    path = tmp_path / "job" / "piece-0000"
    before = path.stat().st_mtime_ns
    told = []
    assert loop.run(host.piece(task, lambda *how: told.append(how))) == first
    assert path.stat().st_mtime_ns == before
    assert told == []


def test_jobs_of_several_models_run_at_once_and_one_alone_by_itself(tmp_path, loop, host):
    source = write_audio(tmp_path / "a.wav", tones(5.0))
    inside: set[str] = set()
    beside_alone = []

    async def one(name, model, alone):
        def report(stage, _):
            if stage == "separating":
                inside.add(name)
                if alone:
                    # Whose piece is on disk has ended, though its answer may not have been heard yet.
                    beside_alone.append({other for other in inside if not piece_path(tmp_path / other, 0).exists()})

        options = StemsOptions(model=model)
        task = task_for(tmp_path / name, source, options=options, piece_seconds=99, alone=alone)
        done = await host.piece(task, report)
        inside.discard(name)
        return done

    async def everybody():
        return await asyncio.gather(
            one("a", "htdemucs", False), one("b", "htdemucs_6s", False), one("c", "hdemucs_mmi", False),
            one("d", "htdemucs", True), one("e", "htdemucs", False),
        )  # fmt: skip

    done = loop.run(everybody())
    assert [one.samples for one in done] == [5 * 44_100] * 5
    assert beside_alone
    assert all(names == {"d"} for names in beside_alone)
    assert list(results(tmp_path / "b", StemsOptions(model="htdemucs_6s"))[1])[-2:] == ["guitar", "piano"]


def test_who_comes_next_alone_waits_until_an_answer_is_said(tmp_path):
    """Else whoever dies at once in its turn is put down to a song that is done, too."""
    source, said, ended = write_audio(tmp_path / "a.wav", tones(1.0)), [], threading.Event()

    def say(message):
        said.append(message)
        if isinstance(message, Finished) and message.id == 1:
            time.sleep(0.5)  # a slow pipe
            said.append("told")
        elif isinstance(message, Finished):
            ended.set()

    child = Child(say, device="cpu", models=tiny_models())
    for number, alone in ((1, False), (2, True)):
        folder = tmp_path / str(number)
        folder.mkdir()
        child.handle(
            Piece(number, str(number), str(source), str(folder), "htdemucs", StemsOptions(), 0, 99.0, alone, 7200.0)
        )
        if number == 1:
            while not said:  # it is in
                time.sleep(0.01)
    assert ended.wait(60)
    of_second = next(at for at, message in enumerate(said) if isinstance(message, Report) and message.id == 2)
    assert said.index("told") < of_second


def test_what_a_model_cannot_do_is_told(tmp_path, loop, host):
    source = write_audio(tmp_path / "a.wav", tones(1.0))
    for options, says in (
        (StemsOptions(stems=("piano",)), "has no stem 'piano'"),
        (StemsOptions(model="spleeter"), "Expected a model among htdemucs"),
    ):
        with pytest.raises(KeylightError, match=says):
            loop.run(host.piece(task_for(tmp_path / "job", source, options=options), quiet))


def test_a_damaged_carry_is_told(tmp_path, loop, host):
    source = write_audio(tmp_path / "a.wav", tones(5.0))
    loop.run(host.piece(task_for(tmp_path / "job", source), quiet))
    moved = (tmp_path / "job").rename(tmp_path / "moved")  # so that nothing is held in memory for it
    corrupt(moved / "state-0000", count=10)
    with pytest.raises(KeylightError, match="state-0000 is damaged"):
        loop.run(host.piece(task_for(moved, source, 1), quiet))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is always full is Linux's")
def test_a_mistake_of_ours_is_worth_another_try(tmp_path, loop, host):
    source = write_audio(tmp_path / "a.wav", tones(1.0))
    (tmp_path / "job").write_text("a file where the folder should be")
    with pytest.raises(ChildDied, match=r"FileExistsError|NotADirectoryError"):
        loop.run(host.piece(task_for(tmp_path / "job", source), quiet))


def test_a_lack_of_memory_is_known_by_whoever_says_it():
    for allocate in (lambda: np.empty(1 << 50), lambda: torch.empty(1 << 50)):
        with pytest.raises((MemoryError, RuntimeError)) as lack:
            allocate()
        assert _is_lack_of_memory(lack.value)
    assert not _is_lack_of_memory(RuntimeError("something else"))
