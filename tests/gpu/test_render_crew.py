"""Segments rendered by real processes: resumed after kills without doing anything twice, in any number of processes."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Sequence
from pathlib import Path

import av
import msgspec
import numpy as np
import pytest

from backend.gpu.render_crew import RenderCrew
from backend.gpu.render_folder import RenderFolder, RenderOrder
from backend.gpu.render_frames import FramePainter
from backend.gpu.render_plan import Segment, segments_of
from backend.gpu.tasks import ChildDied
from shared.errors import KeylightError
from shared.schema.project import Canvas, Drive, Layer, Project
from shared.schema.video import RenderOptions
from shared.spectrum.features import demo_features

SECONDS = 25.0
OPTIONS = RenderOptions(width=128, height=72, fps=24, quality="draft", audio="none")
#: So large that a segment takes a second or more: it can be disturbed while it is made.
LARGE = msgspec.structs.replace(OPTIONS, width=1280, height=720)
LAYERS = (Layer("g", "gradient"), Layer("b", "bars", props={"count": 8, "scale": Drive("kick", 0.8, 1.2)}))


def made(path: Path, options: RenderOptions = OPTIONS, layers: tuple[Layer, ...] = LAYERS) -> RenderFolder:
    folder = RenderFolder(path)
    path.mkdir(exist_ok=True)
    project = Project(canvas=Canvas(128, 72, options.fps), layers=layers)
    order = RenderOrder.of(options, round(SECONDS * options.fps))
    folder.write(order, project, demo_features(SECONDS))
    return folder


def work(folder: RenderFolder, *, processes: int = 1, report: object = None, segments: Sequence[Segment] = ()) -> None:
    segments = segments or folder.missing(folder.order().segments, of="render")
    crew = RenderCrew(str(folder.path), processes=processes)
    tell = report if callable(report) else lambda frames: None

    async def go() -> None:
        async with contextlib.aclosing(crew):
            await crew.work("render", segments, tell)

    asyncio.run(go())


def bytes_of(folder: RenderFolder) -> list[bytes]:
    return [folder.segment(each.index).read_bytes() for each in folder.order().segments]


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> RenderFolder:
    folder = made(tmp_path_factory.mktemp("calm"))
    work(folder)
    return folder


def test_segments_hold_all_frames_and_each_begins_with_a_whole_picture(calm: RenderFolder) -> None:
    counts = []
    for segment in calm.order().segments:
        with av.open(str(calm.segment(segment.index))) as container:
            frames = list(container.decode(video=0))
        counts.append(len(frames))
        assert frames[0].key_frame
    assert counts == [75] * 8


def test_two_processes_write_what_one_writes(calm: RenderFolder, tmp_path: Path) -> None:
    folder = made(tmp_path / "two")
    seen: list[int] = []
    work(folder, processes=2, report=seen.append)
    assert bytes_of(folder) == bytes_of(calm)
    assert seen == sorted(seen)


def test_a_killed_process_costs_only_its_own_segment(tmp_path: Path) -> None:
    folder = made(tmp_path / "killed", LARGE)
    killed: list[int] = []

    def report(frames: int) -> None:
        if folder.segment(0).is_file() and not killed:
            killed.append(_child_of(os.getpid()))
            os.kill(killed[0], signal.SIGKILL)

    # The first segment is done, then the process dies within the second.
    first = folder.segment(0)
    work(folder, segments=folder.order().segments[:1])
    before = first.stat().st_mtime_ns
    work(folder, report=report)
    assert killed
    assert first.stat().st_mtime_ns == before
    with av.open(str(folder.segment(1))) as container:
        assert sum(1 for _ in container.decode(video=0)) == 75
    assert [path.name for path in folder.path.iterdir() if path.name.endswith(".part")] == []


def test_cancelling_leaves_no_process_and_no_half_file(tmp_path: Path) -> None:
    folder = made(tmp_path / "cancelled", LARGE)

    async def cancelled() -> int:
        begun = asyncio.Event()
        crew = RenderCrew(str(folder.path), processes=1)
        task = asyncio.create_task(crew.work("render", folder.order().segments, lambda _: begun.set()))
        await begun.wait()
        child = _child_of(os.getpid())
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return child

    child = asyncio.run(cancelled())
    assert not Path(f"/proc/{child}").exists()
    assert not folder.segment(0).exists()


def test_a_project_that_is_not_right_is_a_sentence(tmp_path: Path) -> None:
    folder = made(tmp_path / "wrong", layers=(Layer("a", "hologram"),))
    with pytest.raises(KeylightError, match="Layer 'a': There is no kind of layer 'hologram'"):
        work(folder, processes=2)


def test_what_kills_its_process_again_and_again_is_given_up(tmp_path: Path) -> None:
    folder = made(tmp_path / "poison")
    (folder.path / "features.klf").unlink()
    with pytest.raises(ChildDied, match=r"ended with .*, 3 times(.|\n)*features.klf"):
        work(folder)


def test_a_loop_ends_with_what_comes_before_its_beginning(tmp_path: Path) -> None:
    options = msgspec.structs.replace(OPTIONS, loop=True, start_seconds=5.0)
    folder = made(tmp_path / "loop", options)
    looped, plain = (
        FramePainter(folder),
        FramePainter(made(tmp_path / "plain", msgspec.structs.replace(options, loop=False))),
    )
    frames = looped.order.frames
    last = Segment(0, frames - 1, 1)
    end, sharp = (next(painter.frames(last)).copy().astype(int) for painter in (looped, plain))
    before = next(plain.frames(Segment(0, -1, 1))).astype(int)
    assert np.abs(end - before).mean() < np.abs(end - sharp).mean()
    middle = Segment(0, frames // 2, 1)
    assert np.array_equal(next(looped.frames(middle)), next(plain.frames(middle)))


def test_a_short_film_is_cut_finer_and_the_rest_goes_to_the_last() -> None:
    assert segments_of(30, fps=60) == (Segment(0, 0, 30),)
    assert segments_of(239, fps=60) == (Segment(0, 0, 239),)
    assert [part.count for part in segments_of(603, fps=60)] == [150, 150, 150, 153]
    parts = segments_of(3600 * 60 + 7, fps=60)
    assert sum(part.count for part in parts) == 3600 * 60 + 7
    assert min(part.count for part in parts) == 600
    assert parts[-1].count == 607


def _child_of(process: int) -> int:
    listed = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return int(listed[-1])
