"""What a film needs beside its frames: `python -m backend.gpu.film` reads a `FilmTask` a line and answers in lines.

An upload is checked by painting a picture of it, in a process with little memory and little time: a project and its
media come from strangers. The other tasks are the worker's (`backend.gpu.film_tasks`).
"""

from __future__ import annotations

import functools
import sys
import traceback
from pathlib import Path
from typing import Final

import msgspec

from backend.gpu.confine import confine, die_with_parent
from backend.gpu.film_tasks import (
    RAW_PROJECT,
    FilmAnswer,
    FilmChecked,
    FilmDone,
    FilmManifest,
    FilmRefused,
    FilmReport,
    FilmTask,
    decode_film_task,
)
from backend.gpu.media import MediaShelf
from backend.gpu.mux import FilmTags, join
from backend.gpu.names import film_name
from backend.gpu.pieces import write_file
from backend.gpu.probe import probe_file
from backend.gpu.raster import Raster
from backend.gpu.render_flashes import hold_back
from backend.gpu.render_folder import FONTS, RenderFolder, RenderOrder
from backend.gpu.tasks import DiskFull, OutputFile
from backend.gpu.video_encoders import pick_encoder
from shared.errors import KeylightError
from shared.scene.film import film_frames, film_project, film_seconds
from shared.scene.flash import look_size
from shared.scene.scene import Scene
from shared.schema.project import Project, decode_project, encode_project
from shared.schema.video import fit_render_options
from shared.spectrum.features import Features, decode_features, demo_features, encode_features
from web.py.features import features_of_file

__all__ = ["main"]

#: What checking may use: Skia, FFmpeg and a picture of 50 megapixels fit.
_MEMORY_BYTES: Final = 3 << 30
_CPU_SECONDS: Final = 40
_REMARKS: Final = "remarks.json"
_FILM: Final = "film"


def main() -> int:
    """Answer the task on standard input."""
    task = decode_film_task(sys.stdin.buffer.readline())
    die_with_parent(watch_stdin=True)
    _say(_answer(task))
    return 0


def _answer(task: FilmTask) -> FilmAnswer:
    folder = RenderFolder(Path(task.folder))
    try:
        match task.kind:
            case "check":
                confine(memory_bytes=_MEMORY_BYTES, cpu_seconds=_CPU_SECONDS)
                return _check(folder, task)
            case "plan":
                return FilmDone(frames=_plan(folder, task))
            case "hold":
                return FilmDone(remarks=_hold(folder))
            case "write":
                return FilmDone(manifest=_write(folder, task))
    except DiskFull as full:
        return FilmRefused("disk", str(full))
    except KeylightError as refusal:
        return FilmRefused("person", str(refusal))
    except MemoryError:
        return FilmRefused("person", "The video's media ask for more memory than is there. Make the pictures smaller.")
    except Exception:
        traceback.print_exc()
        return FilmRefused("fault", traceback.format_exc(limit=-3))


def _check(folder: RenderFolder, task: FilmTask) -> FilmChecked:
    options, notes = fit_render_options(task.job.film)
    raw = folder.path / RAW_PROJECT
    project = film_project(decode_project(raw.read_bytes()), options)
    sounding = folder.source.is_file()
    if options.audio != "none" and not sounding:
        raise KeylightError("Expected the song as the part 'file' of the form: the film is to have sound.")
    probed = probe_file(folder.source) if sounding else None
    features = _features(folder)
    if features is None and probed is None:
        raise KeylightError("Expected the song as the part 'file', or its part 'features'; got neither.")
    song = features.seconds if features is not None else probed.seconds if probed is not None else None
    seconds = None if song is None else film_seconds(options, song)
    if seconds is not None and seconds > task.most_seconds:
        raise KeylightError(f"The film has {seconds / 60:.0f} minutes; this server makes {task.most_seconds / 60:.0f}.")
    missing = _paint_one(folder, project, features or demo_features(2.0), options.start_seconds)
    write_file(folder.path / "project.json", encode_project(project))
    raw.unlink()
    job = msgspec.structs.replace(
        task.job,
        film=options,
        title=task.job.title or project.title or None,
        artist=task.job.artist or project.artist or None,
    )
    return FilmChecked(job, seconds, project.safe_flashes, (*notes, *missing))


def _features(folder: RenderFolder) -> Features | None:
    path = folder.path / "features.klf"
    return decode_features(path.read_bytes()) if path.is_file() else None


def _paint_one(folder: RenderFolder, project: Project, features: Features, t: float) -> tuple[str, ...]:
    """What cannot be painted says so here, not in the worker. A sentence for each medium that will be missing."""
    canvas = (project.canvas.width, project.canvas.height)
    shelf = MediaShelf(project.media, folder.media_of(project), fonts=FONTS)
    scene = Scene(project, features, shelf)
    raster = Raster(scene.resources, shelf, canvas=canvas, size=look_size(*canvas), fonts=FONTS)
    raster.play(scene.frame(t))
    missing = shelf.look_through()
    raster.close()
    shelf.close()
    return tuple(f"Left out: {sentence}" for sentence in missing)


def _plan(folder: RenderFolder, task: FilmTask) -> int:
    """Lay down the order, and the song for pictures where nobody sent it; a plan that is there stays."""
    if (folder.path / "order.json").is_file():
        return folder.order().frames
    features = _features(folder)
    if features is None:
        _say(FilmReport("listening", 0.0))
        features = features_of_file(folder.source)
        write_file(folder.path / "features.klf", encode_features(features))
    options = task.job.film
    frames = film_frames(options, features.seconds)
    order = RenderOrder.of(options, frames, encoder=pick_encoder(options), gl=task.gl)
    write_file(folder.path / "order.json", msgspec.json.encode(order))
    return frames


def _hold(folder: RenderFolder) -> tuple[str, ...]:
    path = folder.path / _REMARKS
    if path.is_file():
        return msgspec.json.decode(path.read_bytes(), type=tuple[str, ...])
    order = folder.order()
    report = hold_back(folder, order.segments, order.options.fps)
    spans = report.spans if report is not None else ()
    remarks = tuple(f"Held back, as not safe for everybody's eyes: {span}" for span in spans)
    write_file(path, msgspec.json.encode(remarks))
    return remarks


def _write(folder: RenderFolder, task: FilmTask) -> FilmManifest:
    order, project, job = folder.order(), folder.project(), task.job
    options = order.options
    out = Path(task.out)
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"{_FILM}{options.ending}"
    media = folder.media_of(project)
    cover = next((media[one.id] for one in project.media if one.role == "cover" and one.id in media), None)
    film = join(
        [folder.segment(segment.index) for segment in order.segments],
        None if options.audio == "none" else folder.source,
        path,
        options,
        frames=order.frames,
        tags=FilmTags(job.title or "", job.artist or ""),
        cover=None if cover is None else cover.read_bytes(),
        report=functools.partial(_tell_written, order.frames),
    )
    remarks = folder.path / _REMARKS
    held = msgspec.json.decode(remarks.read_bytes(), type=tuple[str, ...]) if remarks.is_file() else ()
    file = OutputFile(
        name=_FILM,
        label="Video",
        file=path.name,
        file_name=film_name(job),
        media_type=options.media_type,
        bytes=path.stat().st_size,
    )
    return FilmManifest((file,), film.frames, film.seconds, (*held, *film.notes))


def _tell_written(frames: int, done: int) -> None:
    _say(FilmReport("writing", min(1.0, done / frames)))


def _say(answer: FilmAnswer) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    sys.exit(main())
