"""The preview's Python: a project and a song's features become display lists, and the editor's questions answers.

Platform-free: `web.py.preview_bridge` hands over what the browser gives, tests hand over the same in CPython. Messages
(`shared.schema.preview`) are for what a person does; `Preview.frame` is called for every frame.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from shared.errors import KeylightError, MessageError
from shared.scene.facts import Facts, ImageFacts, PlainFacts, TextSize, VideoFacts
from shared.scene.inputs import Input
from shared.scene.kinds import EFFECTS, LAYERS
from shared.scene.palettes import palettes_of
from shared.scene.resources import Resources, TextSpec
from shared.scene.scene import Scene
from shared.schema import preview as p
from shared.schema.project import Project, decode_project
from shared.schema.video import RenderOptions
from shared.spectrum.features import Features, silent_features
from web.py.preview_film import fit_film, presets_for
from web.py.preview_flash import FlashLook, HeldBack
from web.py.preview_fresh import FreshEntry, entries_since
from web.py.preview_song import SongFeatures
from web.py.preview_tables import input_share, make_tables, relaid, with_template

__all__ = ["KeptFacts", "Preview", "Report"]

Report = Callable[[str, float], None]

#: A table this long is made anew with the next edit: dragging a text's size makes a picture for every step.
_LONG_TABLE: Final = 1500


class KeptFacts:
    """Facts of a painter that need not be asked twice. A text whose fonts are on their way is guessed meanwhile."""

    def __init__(self, painter: Any) -> None:
        """painter: has `measure(entry)`, `image(media)` and `video(media)`, each None for what is not there (yet)."""
        self._painter = painter
        self._plain = PlainFacts()
        self._sizes: dict[TextSpec, TextSize] = {}
        #: How many texts were guessed so far.
        self.guesses = 0

    def measure(self, spec: TextSpec) -> TextSize:
        """See `Facts.measure`."""
        size = self._sizes.get(spec)
        if size is None:
            size = self._painter.measure(spec)
            if size is None:
                self.guesses += 1
                return self._plain.measure(spec)
            self._sizes[spec] = size
        return size

    def image(self, media: str) -> ImageFacts | None:
        """See `Facts.image`."""
        found: ImageFacts | None = self._painter.image(media)
        return found

    def video(self, media: str) -> VideoFacts | None:
        """See `Facts.video`."""
        found: VideoFacts | None = self._painter.video(media)
        return found


class Preview:
    """One project and its song. Silence until a song comes, an empty project until one is set."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._song = SongFeatures()
        self._features: Features = silent_features(60.0)
        self._resources = Resources()
        self._told = 0
        self._generation = 0
        self._heard = False
        self._held: HeldBack | None = None
        self._holds = False
        self._scene = self._made(Project())

    @property
    def generation(self) -> int:
        """Grows when the table of pictures and texts was made anew: painters forget all they have of it."""
        return self._generation

    def frame(self, t: float) -> np.ndarray:
        """The display list of a time: float32 [n], good until the next call."""
        return self._scene.frame(t)

    def fresh(self) -> list[FreshEntry]:
        """Entries of the table that the painter has not got yet, in order, computed pictures with their pixels."""
        first, self._told = self._told, len(self._resources)
        return entries_since(self._resources, first)

    def refresh(self) -> None:
        """Fonts or media have come or gone: everything is laid out anew."""
        self._set(self._scene.project)

    def still(self, template: str, words: Project) -> Still:
        """A template by itself, for its picture in the gallery; on this song and with this project's words."""
        return Still(with_template(words, template), self._features, self._facts)

    def look(self, options: RenderOptions) -> FlashLook:
        """A film of what is shown now, to be checked for flashes. Raises `KeylightError` where there is no song yet."""
        if not self._heard:
            raise KeylightError("The song is not heard yet: check for flashes when the picture moves with it.")
        return FlashLook(self._scene.project, self._features, self._facts, options)

    def hold_back(self, look: FlashLook | None) -> None:
        """From now on show the project of a film that was looked at as that film will be; None: as it is."""
        self._held = None if look is None else look.held_back()
        self._holds = self._held is not None and self._held.suits(self._scene.project, self._features)

    def held(self, t: float) -> float:
        """How far the picture of a time is held back, 0-1; 0 where the project or song are others by now."""
        if not self._holds or self._held is None or not self._scene.project.safe_flashes:
            return 0.0
        return self._held.strength(t)

    def held_still(self, t: float) -> np.ndarray:
        """What the picture is held back to where `held` is above 0: uint8 RGBA [rows, columns, 4]."""
        if self._held is None:
            raise RuntimeError("nothing is held back")
        return self._held.still(t)

    async def handle(
        self, text: str, arrays: Sequence[np.ndarray], report: Report
    ) -> tuple[p.PreviewReply, list[np.ndarray]]:
        """Answer one request (JSON) with its arrays. Raises `KeylightError` with a sentence for the person."""
        match p.decode_preview_request(text):
            case p.OpenSong() | p.FeedSong() | p.FinishSong() | p.TakeSong() | p.MarkSong() as request:
                return await self._hear(request, arrays, report)
            case p.OpenStems() | p.FeedStems() | p.FinishStems() as request:
                return self._hear_stems(request, arrays)
            case p.GetTables():
                return make_tables(), []
            case p.ReadProject(text=saved):
                return p.ProjectShown(decode_project(saved)), []
            case p.ApplyTemplate(template=template, project=project):
                return p.ProjectShown(with_template(project, template)), []
            case p.Relayout(project=project, width=width, height=height):
                return p.ProjectShown(relaid(project, width, height)), []
            case p.SetProject(project=project):
                self._set(project)
                return p.ProjectTaken(), []
            case p.GetBoxes(t=t):
                return self._boxes(t), []
            case p.GetReadings(layer=layer, t=t, effect=effect):
                return self._readings(layer, effect, t), []
            case p.MakePalette(media=media):
                return self._palettes(media), []
            case p.GetPresets(width=width, height=height):
                return presets_for(width, height), []
            case p.FitFilm(options=film, preset=preset, width=width, height=height, song_seconds=seconds):
                return fit_film(film, preset, width, height, seconds), []

    async def _hear(
        self,
        request: p.OpenSong | p.FeedSong | p.FinishSong | p.TakeSong | p.MarkSong,
        arrays: Sequence[np.ndarray],
        report: Report,
    ) -> tuple[p.PreviewReply, list[np.ndarray]]:
        match request:
            case p.OpenSong(sample_rate=rate, channels=channels, expected_seconds=seconds):
                self._song.open(rate, channels, seconds)
                return p.SongFed(0.0), []
            case p.FeedSong():
                return p.SongFed(self._song.feed(arrays)), []
            case p.FinishSong(sections=sections):
                self._take(await self._song.finish(arrays, sections, report))
                return self._ready(), [self._song.saved(self._features)]
            case p.MarkSong(sections=sections):
                self._take(self._song.marked(self._features, arrays, sections))
                return self._ready(), [self._song.saved(self._features)]
            case p.TakeSong():
                self._take(self._song.read(arrays))
                return self._ready(), []

    def _hear_stems(
        self, request: p.OpenStems | p.FeedStems | p.FinishStems, arrays: Sequence[np.ndarray]
    ) -> tuple[p.PreviewReply, list[np.ndarray]]:
        match request:
            case p.OpenStems(names=names, sample_rate=rate):
                self._song.open_stems(names, rate)
                return p.SongFed(0.0), []
            case p.FeedStems():
                return p.SongFed(self._song.feed_stems(arrays)), []
            case p.FinishStems():
                self._take(self._song.finish_stems(self._features))
                return self._ready(), [self._song.saved(self._features)]

    def _ready(self) -> p.SongReady:
        return p.SongReady(self._features.seconds, tuple(self._features.stems))

    def _take(self, features: Features) -> None:
        self._features, self._heard = features, True
        self._set(self._scene.project)

    def _set(self, project: Project) -> None:
        if len(self._resources) > _LONG_TABLE:
            self._resources, self._told = Resources(), 0
            self._generation += 1
        self._scene = self._made(project)
        self._holds = self._held is not None and self._held.suits(project, self._features)

    def _made(self, project: Project) -> Scene:
        scene = Scene(project, self._features, self._facts)
        # Numbers of pictures and texts outlive an edit, or each would be made again for every step of a slider.
        scene.resources = self._resources
        return scene

    def _boxes(self, t: float) -> p.Boxes:
        return p.Boxes(tuple(p.BoxAt(*_floats(box)) for box in self._scene.boxes(t)))

    def _readings(self, layer: str | None, effect: int | None, t: float) -> p.Readings:
        found = self._scene.readings(layer, t, effect=effect)
        inputs = {each.name: each for each in self._inputs(layer, effect)}
        return p.Readings(tuple(input_share(inputs.get(name), name, value) for name, value in found.items()))

    def _inputs(self, layer: str | None, effect: int | None) -> tuple[Input, ...]:
        """Of a layer's kind or an effect's; none for what is not there."""
        project = self._scene.project
        found = next((each for each in project.layers if each.id == layer), None)
        if effect is None:
            return LAYERS[found.kind].all_inputs if found else ()
        effects = project.effects if layer is None else found.effects if found else ()
        return EFFECTS[effects[effect].kind].inputs if 0 <= effect < len(effects) else ()

    def _palettes(self, media: str) -> p.Palettes:
        found = self._facts.image(media)
        if found is None:
            raise MessageError(f"Expected a picture that can be read, got {media!r}: choose its file again.")
        return p.Palettes(tuple(p.NamedPalette(each.name, each.colors) for each in palettes_of(found.small)))


class Still:
    """One scene apart from the one that is edited, with a table of its own."""

    def __init__(self, project: Project, features: Features, facts: Facts) -> None:
        self.project = project
        self._scene = Scene(project, features, facts)
        self._told = 0

    def frame(self, t: float) -> np.ndarray:
        """As `Preview.frame`."""
        return self._scene.frame(t)

    def fresh(self) -> list[FreshEntry]:
        """As `Preview.fresh`."""
        first, self._told = self._told, len(self._scene.resources)
        return entries_since(self._scene.resources, first)


def _floats(box: Any) -> tuple[Any, ...]:
    """A box's fields; raises `KeylightError` where one is no number."""
    fields = (box.x, box.y, box.width, box.height, box.scale, box.rotation)
    numbers = tuple(float(each) for each in fields)
    if not all(np.isfinite(each) for each in numbers):
        raise KeylightError(f"Layer {box.layer!r} lies nowhere: {numbers}.")
    return (box.layer, *numbers)
