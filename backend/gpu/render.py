"""A film of a song on the command line, by the code that renders on the server.

    python -m backend.gpu.render (PROJECT.json | --template NAME) AUDIO OUT [--preset youtube-1080p] [--size 1920x1080]
        [--fps 60] [--codec h264|hevc|av1|prores|vp9] [--sound aac|opus|flac|pcm|none] [--quality draft|good|best]
        [--start SECONDS] [--seconds SECONDS] [--alpha] [--loop] [--title T] [--artist A] [--cover FILE]
        [--media ID=FILE]... [--features FILE.klf] [--processes N] [--gl] [--keep FOLDER]
        [--unsafe-flashes] [--list]

`--template default` is always there; `--list` names all templates and presets. The ending of OUT is the codec's own.
With `--keep` the parts lie in a folder of yours: the same command again goes on from what is done. Progress is told on
stderr; an error is a sentence and exit code 1, and then there is no file.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec

from backend.gpu.media import MediaShelf
from backend.gpu.mux import Film, FilmTags, join
from backend.gpu.render_crew import RenderCrew, process_count
from backend.gpu.render_flashes import hold_back
from backend.gpu.render_folder import FONTS, RenderFolder, RenderOrder
from backend.gpu.tasks import ChildDied
from backend.gpu.video_encoders import pick_encoder
from shared.errors import KeylightError
from shared.scene.film import film_frames, film_project
from shared.scene.gallery import TEMPLATES, template
from shared.schema.project import Medium, Project, decode_project
from shared.schema.video import PRESETS, RenderOptions, find_preset, fit_render_options, fit_seconds
from shared.spectrum.features import Features, decode_features
from web.py.features import features_of_file

__all__ = ["Order", "main", "render_film"]

_INTERRUPTED: Final = 130  # what a shell reports for SIGINT

#: Told what is going on, and the share of it that is done.
Tell = Callable[[str, float], None]


@dataclass(frozen=True)
class Order:
    """What to render. media: files by the ids of the project's media. features: made from the song when None."""

    project: Project
    audio: Path
    out: Path
    options: RenderOptions
    media: dict[str, Path] = field(default_factory=dict)
    features: Features | None = None
    processes: int | None = None
    gl: bool = False
    keep: Path | None = None
    unsafe_flashes: bool = False


def render_film(order: Order, tell: Tell = lambda stage, share: None) -> Film:
    """Render a film from start to end; what is in `keep` already is not rendered again.

    Raises `KeylightError` with a sentence, `backend.gpu.tasks.ChildDied` when a process died again and again.
    """
    with contextlib.ExitStack() as stack:
        if order.keep is None:
            path = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="keylight-render-")))
        else:
            path = order.keep
            path.mkdir(parents=True, exist_ok=True)
        folder = RenderFolder(path.absolute())
        ready = _prepare(folder, order, tell)
        asyncio.run(_draw(folder, ready, order.processes, tell))
        return _join(folder, ready, order, tell)


def _prepare(folder: RenderFolder, order: Order, tell: Tell) -> RenderOrder:
    features = order.features
    if features is None:
        tell("listening", 0.0)
        features = features_of_file(order.audio)
    options = order.options
    project = film_project(order.project, options, unsafe_flashes=order.unsafe_flashes)
    frames = film_frames(options, features.seconds)
    ready = RenderOrder.of(options, frames, encoder=pick_encoder(options), gl=order.gl)
    if (folder.path / "order.json").is_file() and folder.order() != ready:
        raise KeylightError(f"{folder.path} holds another render: expected the same options, or another folder.")
    for place, medium in enumerate(project.media):
        if medium.id in order.media:
            shutil.copyfile(order.media[medium.id], folder.medium(place))
    folder.write(ready, project, features)
    _say_missing(folder)
    return ready


def _say_missing(folder: RenderFolder) -> None:
    project = folder.project()
    shelf = MediaShelf(project.media, folder.media_of(project), fonts=FONTS)
    for sentence in shelf.look_through():
        print(f"Left out: {sentence}", file=sys.stderr)
    shelf.close()


async def _draw(folder: RenderFolder, order: RenderOrder, processes: int | None, tell: Tell) -> None:
    missing = folder.missing(order.segments, of="render")
    there = order.frames - sum(segment.count for segment in missing)
    async with contextlib.aclosing(
        RenderCrew(str(folder.path), processes=processes or process_count(len(missing)))
    ) as crew:
        if folder.project().safe_flashes:
            await _look(folder, order, crew, tell)
        tell("drawing", there / order.frames)
        await crew.work("render", missing, lambda frames: tell("drawing", (there + frames) / order.frames))


async def _look(folder: RenderFolder, order: RenderOrder, crew: RenderCrew, tell: Tell) -> None:
    """Find flashes that are not safe, and how far they are to be held back."""
    missing = folder.missing(order.segments, of="look")
    if folder.limits.is_file():
        return
    tell("looking for flashes", 0.0)
    await crew.work("look", missing, lambda frames: tell("looking for flashes", frames / order.frames))
    report = await asyncio.to_thread(hold_back, folder, order.segments, order.options.fps)
    for span in report.spans if report is not None else ():
        print(f"\nHeld back, as not safe for everybody's eyes: {span}", file=sys.stderr)


def _join(folder: RenderFolder, ready: RenderOrder, order: Order, tell: Tell) -> Film:
    project = order.project
    cover = next((order.media[one.id] for one in project.media if one.role == "cover" and one.id in order.media), None)
    return join(
        [folder.segment(segment.index) for segment in ready.segments],
        None if ready.options.audio == "none" else order.audio,
        order.out,
        ready.options,
        frames=ready.frames,
        tags=FilmTags(project.title, project.artist),
        cover=None if cover is None else cover.read_bytes(),
        report=lambda frames: tell("writing", frames / ready.frames),
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    given = _parser().parse_args(arguments)
    if given.list:
        _list()
        return 0
    try:
        order, notes = _order(given)
        begin = time.monotonic()
        film = render_film(order, _teller())
        took = time.monotonic() - begin
    except KeylightError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except ChildDied as death:
        print(f"\nRendering was given up: {death}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return _INTERRUPTED
    for note in (*notes, *film.notes):
        print(note, file=sys.stderr)
    print(f"\r{order.out}: {film.seconds:.1f} s, {film.frames} frames, {film.frames / took:.1f} frames per second.")
    return 0


def _order(given: argparse.Namespace) -> tuple[Order, tuple[str, ...]]:
    paths = [Path(one) for one in given.paths]
    if len(paths) != (2 if given.template else 3):
        raise KeylightError("Expected PROJECT.json AUDIO OUT, or --template NAME AUDIO OUT; see --help.")
    *project_file, audio, out = paths
    for path in (*project_file, audio):
        if not path.is_file():
            raise KeylightError(f"There is no file {path}.")
    project = template(given.template).project if given.template else decode_project(project_file[0].read_bytes())
    media = _media(given)
    if given.cover:
        media["cover"] = Path(given.cover)
        if not any(one.id == "cover" for one in project.media):
            project = msgspec.structs.replace(
                project, media=(*project.media, Medium("cover", "image", Path(given.cover).name, role="cover"))
            )
    title = given.title if given.title is not None else project.title or audio.stem
    project = msgspec.structs.replace(project, title=title, artist=given.artist or project.artist)
    options, notes = _options(given, project)
    if out.suffix.lower() != options.ending:
        raise KeylightError(f"Expected a file that ends with {options.ending} for this codec, got {out.name!r}.")
    features = decode_features(Path(given.features).read_bytes()) if given.features else None
    keep = Path(given.keep) if given.keep else None
    return Order(
        project, audio, out, options, media, features, given.processes, given.gl, keep, given.unsafe_flashes
    ), notes


def _options(given: argparse.Namespace, project: Project) -> tuple[RenderOptions, tuple[str, ...]]:
    canvas = project.canvas
    preset = find_preset(given.preset) if given.preset else None
    base = preset.options if preset else RenderOptions(width=canvas.width, height=canvas.height, fps=canvas.fps)
    changes: dict[str, Any] = {
        name: getattr(given, name)
        for name in ("fps", "codec", "quality", "seconds")
        if getattr(given, name) is not None
    }
    if given.codec and not given.sound:
        changes["audio"] = {"prores": "pcm", "vp9": "opus"}.get(given.codec, "aac")
    if given.sound:
        changes["audio"] = given.sound
    if given.size:
        width, _, height = given.size.partition("x")
        if not (width.isdecimal() and height.isdecimal()):
            raise KeylightError(f"Expected a size such as 1920x1080, got {given.size!r}.")
        changes |= {"width": int(width), "height": int(height)}
    changes |= {"start_seconds": given.start, "alpha": given.alpha or base.alpha, "loop": given.loop or base.loop}
    # Converted, so that ranges are checked.
    fields = {**msgspec.to_builtins(base), **msgspec.to_builtins(msgspec.structs.replace(base, **changes))}
    try:
        options, notes = fit_render_options(msgspec.convert(fields, RenderOptions))
    except msgspec.ValidationError as error:
        raise KeylightError(f"Options of the render are not right: {error}") from error
    if preset and options.seconds is None and preset.most_seconds is not None:
        options = msgspec.structs.replace(options, seconds=fit_seconds(preset, float("inf"))[0])
    return options, notes


def _media(given: argparse.Namespace) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for one in given.media:
        name, equals, file = one.partition("=")
        if not equals or not Path(file).is_file():
            raise KeylightError(f"Expected --media ID=FILE with a file that is there, got {one!r}.")
        found[name] = Path(file)
    return found


def _list() -> None:
    for each in TEMPLATES:
        print(f"template {each.name:24} {each.words}")
    for preset in PRESETS:
        print(f"preset   {preset.name:24} {preset.words}")


def _teller() -> Tell:
    begin = time.monotonic()

    def tell(stage: str, share: float) -> None:
        gone = time.monotonic() - begin
        left = f", {gone / share - gone:.0f} s left" if stage == "drawing" and share > 0.02 else ""
        print(f"\r{stage} {share:4.0%}{left}        ", end="", file=sys.stderr, flush=True)

    return tell


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m backend.gpu.render", description="Render a film of a song.")
    parser.add_argument("paths", nargs="*", metavar="PATH", help="PROJECT.json (unless --template), AUDIO, OUT")
    parser.add_argument("--template", help="a template instead of a project")
    parser.add_argument("--preset", help="options for a place: youtube-1080p, reels, spotify-canvas, ...")
    parser.add_argument("--size", help="pixels, such as 1920x1080; another ratio is laid out anew")
    parser.add_argument("--fps", type=int, choices=(24, 25, 30, 50, 60))
    parser.add_argument("--codec", choices=("h264", "hevc", "av1", "prores", "vp9"))
    parser.add_argument("--sound", choices=("aac", "opus", "flac", "pcm", "none"))
    parser.add_argument("--quality", choices=("draft", "good", "best"))
    parser.add_argument("--start", type=float, default=0.0, help="seconds of the song where the film begins")
    parser.add_argument("--seconds", type=float, help="length of the film")
    parser.add_argument("--alpha", action="store_true", help="transparent background")
    parser.add_argument("--loop", action="store_true", help="no seam between end and beginning")
    parser.add_argument("--title")
    parser.add_argument("--artist")
    parser.add_argument("--cover", help="a picture file")
    parser.add_argument("--media", action="append", default=[], help="ID=FILE for a medium of the project")
    parser.add_argument("--features", help="features of the song that were made before")
    parser.add_argument("--processes", type=int, help="processes that draw, by default one per processor")
    parser.add_argument("--gl", action="store_true", help="draw on the graphics card where one opens")
    parser.add_argument("--keep", help="folder for the parts, to go on after a stop")
    parser.add_argument("--unsafe-flashes", action="store_true", help="do not look for flashes, hold none back")
    parser.add_argument("--list", action="store_true", help="name templates and presets")
    return parser


if __name__ == "__main__":
    sys.exit(main())
