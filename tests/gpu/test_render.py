"""The command line that renders: whole films from a template or a project, and sentences for all that cannot be."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import msgspec
import numpy as np
import pytest

from backend.gpu.render import main
from backend.gpu.render_folder import RenderFolder
from shared.scene.flash import check_flashes, grid_size, shrink
from shared.schema.project import Canvas, Keyframe, Keyframes, Layer, Medium, Project, Value, encode_project
from shared.theory.keys import parse_key
from tests.gpu.audio import write_audio
from tests.signals import RATE, song

SMALL = ["--size", "128x72", "--fps", "24", "--quality", "draft"]


@pytest.fixture(scope="module")
def audio(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("song") / "Kite - Night Drive.wav"
    write_audio(path, song(parse_key("A minor"), bpm=120, seconds=12)[None], rate=RATE)
    return path


def streams(path: Path) -> dict[str, float]:
    with av.open(str(path)) as container:
        return {one.type: _seconds(one.duration, one.time_base) for one in container.streams}


def test_the_default_template_becomes_a_film_as_long_as_its_song(audio: Path, tmp_path: Path) -> None:
    out = tmp_path / "film.mp4"
    command = [sys.executable, "-m", "backend.gpu.render", "--template", "default", str(audio), str(out), *SMALL]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert "12.0 s, 288 frames" in ended.stdout
    with av.open(str(out)) as container:
        assert container.metadata["title"] == "Kite - Night Drive"
        assert sum(1 for _ in container.decode(video=0)) == 288
    lengths = streams(out)
    assert abs(lengths["video"] - lengths["audio"]) <= 1 / 24
    assert lengths["video"] == pytest.approx(12.0, abs=1 / 24)


def test_a_stopped_render_goes_on_in_its_folder(audio: Path, tmp_path: Path) -> None:
    keep, out = tmp_path / "parts", tmp_path / "film.mp4"
    command = ["--template", "default", str(audio), str(out), *SMALL, "--keep", str(keep)]
    assert main(command) == 0
    whole = out.read_bytes()
    times = {path.name: path.stat().st_mtime_ns for path in keep.glob("segment-*")}
    (keep / "segment-00000").unlink()
    out.unlink()
    assert main(command) == 0
    assert out.read_bytes() == whole
    again = {path.name: path.stat().st_mtime_ns for path in keep.glob("segment-*")}
    assert {name for name in times if times[name] != again[name]} == {"segment-00000"}
    assert list(keep.glob("light-*")) == []
    assert main([*command, "--seconds", "3"]) == 1


def test_a_folder_that_was_cut_otherwise_is_another_render(
    audio: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keep = tmp_path / "parts"
    command = ["--template", "minimal", str(audio), str(tmp_path / "film.mp4"), *SMALL, "--keep", str(keep)]
    assert main(command) == 0
    folder = RenderFolder(keep)
    order = folder.order()
    older = msgspec.structs.replace(order, starts=order.starts[:-1])
    (folder.path / "order.json").write_bytes(msgspec.json.encode(older))
    assert main(command) == 1
    assert "holds another render" in capsys.readouterr().err


def test_a_project_with_its_cover_keeps_both(audio: Path, tmp_path: Path) -> None:
    cover = tmp_path / "cover.png"
    _picture(cover)
    media = (Medium("cover", "image", "cover.png", role="cover"),)
    layers = (Layer("c", "image", props={"image": "cover"}),)
    project = tmp_path / "project.json"
    project.write_bytes(
        encode_project(Project(title="Glass", artist="Mo", canvas=Canvas(128, 72, 24), layers=layers, media=media))
    )
    out = tmp_path / "film.mp4"
    assert (
        main([str(project), str(audio), str(out), "--seconds", "2", "--quality", "draft", "--cover", str(cover)]) == 0
    )
    with av.open(str(out)) as container:
        assert (container.metadata["title"], container.metadata["artist"]) == ("Glass", "Mo")
        assert len(container.streams.video) == 2
        frame = next(container.decode(video=0)).to_ndarray(format="rgb24")
    assert np.abs(frame[36, 64].astype(int) - (200, 40, 60)).max() < 12


def test_a_spotify_canvas_is_an_upright_loop_without_sound(audio: Path, tmp_path: Path) -> None:
    out = tmp_path / "canvas.mp4"
    command = ["--template", "minimal", str(audio), str(out), "--preset", "spotify-canvas", "--size", "72x128"]
    assert main([*command, "--quality", "draft", "--start", "2"]) == 0
    with av.open(str(out)) as container:
        assert len(container.streams.audio) == 0
        assert (container.streams.video[0].width, container.streams.video[0].height) == (72, 128)
        assert sum(1 for _ in container.decode(video=0)) == 240


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--template", "nothing", "SONG", "film.mp4"], "There is no template 'nothing'"),
        (["--template", "default", "missing.wav", "film.mp4"], "There is no file missing.wav"),
        (["--template", "default", "SONG", "film.avi"], "Expected a file that ends with .mp4"),
        (["--template", "default", "SONG", "film.mp4", "--size", "big"], "Expected a size such as 1920x1080"),
        (["--template", "default", "SONG", "film.mp4", "--size", "9x9"], "Options of the render are not right"),
        (["--template", "default", "SONG", "film.mp4", "--start", "600"], "begin at 600 s, and the song is 12.0 s"),
        (["--template", "default", "SONG", "film.mp4", "--sound", "pcm"], "not PCM: choose one of these"),
        (["--template", "default", "SONG"], "Expected PROJECT.json AUDIO OUT"),
        (["--template", "default", "TEXT", "film.mp4"], "cannot be decoded as audio"),
        (["TEXT", "SONG", "film.mp4"], "This is no Keylight project, or it is damaged"),
    ],
)
def test_what_cannot_be_rendered_is_a_sentence(
    arguments: list[str], words: str, audio: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = tmp_path / "text.json"
    text.write_text("no song, no project")
    places = {"SONG": str(audio), "TEXT": str(text)}
    paths = [places.get(one, str(tmp_path / one) if one.startswith("film.") else one) for one in arguments]
    assert main(paths) == 1
    assert words in capsys.readouterr().err
    assert list(tmp_path.glob("*film*")) == []


@pytest.mark.parametrize("unsafe", [False, True])
def test_a_strobe_is_held_back_until_it_is_safe(
    audio: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], unsafe: bool
) -> None:
    blinks = tuple(Keyframe(at / 10, "#ffffff" if at % 2 else "#000000", "hold") for at in range(5, 35))
    sides: dict[str, Value] = {"first": Keyframes(blinks), "last": Keyframes(blinks)}
    project = tmp_path / "strobe.json"
    canvas = Canvas(128, 72, 24)
    project.write_bytes(encode_project(Project(canvas=canvas, layers=(Layer("g", "gradient", props=sides),))))
    out = tmp_path / "film.mp4"
    command = [str(project), str(audio), str(out), "--seconds", "5", "--quality", "good", "--sound", "none"]
    assert main([*command, *(["--unsafe-flashes"] if unsafe else [])]) == 0
    with av.open(str(out)) as container:
        frames = [one.to_ndarray(format="bgra") for one in container.decode(video=0)]
    grids = np.stack([shrink(frame.astype(np.uint8), *grid_size(128, 72)) for frame in frames])
    assert check_flashes(grids, 24).safe != unsafe
    said = capsys.readouterr().err
    assert ("more than 3 flashes in a second, over 100% of the view" in said) != unsafe
    assert grids[2].min() > 235  # white before the strobe, as it was


def _seconds(duration: int | None, time_base: Fraction | None) -> float:
    assert duration is not None
    assert time_base is not None
    return float(duration * time_base)


def _picture(path: Path) -> None:
    """A red square."""
    frame = av.VideoFrame.from_ndarray(np.full((64, 64, 3), (200, 40, 60), np.uint8), format="rgb24")
    with av.open(str(path), "w", format="image2") as container:
        stream = container.add_stream("png", rate=1)
        stream.width = stream.height = 64
        stream.pix_fmt = "rgb24"
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
