"""The tables of all kinds of layers and effects, by name."""

from __future__ import annotations

from typing import Final

from shared.errors import KeylightError
from shared.scene.effects import blur, crop, echo, flashes, glow, grade, grain, mirror, motion, overlay, shadow, split
from shared.scene.kind import EffectKind, LayerKind
from shared.scene.layers import (
    backdrop,
    bars,
    circle_wave,
    dots,
    gradient,
    image,
    meter,
    mirror_bars,
    particles_air,
    particles_force,
    progress,
    radial_bars,
    radial_line,
    ribbon,
    scenery,
    shape,
    song_wave,
    spectrum_line,
    text,
    text_motion,
    video,
    waveform,
)

__all__ = ["EFFECTS", "LAYERS", "effect_kind", "layer_kind"]

LAYERS: Final[dict[str, LayerKind]] = {
    kind.name: kind
    for kind in (
        bars.KIND,
        mirror_bars.KIND,
        radial_bars.KIND,
        radial_line.KIND,
        spectrum_line.KIND,
        dots.KIND,
        *ribbon.KINDS,
        meter.KIND,
        waveform.KIND,
        circle_wave.KIND,
        song_wave.KIND,
        gradient.KIND,
        *scenery.KINDS,
        shape.KIND,
        progress.KIND,
        text.KIND,
        *text_motion.KINDS,
        *backdrop.KINDS,
        *image.KINDS,
        video.KIND,
        *particles_air.KINDS,
        *particles_force.KINDS,
    )
}
EFFECTS: Final[dict[str, EffectKind]] = {
    kind.name: kind
    for kind in (
        glow.KIND,
        shadow.KIND,
        *blur.KINDS,
        *grade.KINDS,
        *split.KINDS,
        *mirror.KINDS,
        crop.KIND,
        *motion.KINDS,
        echo.KIND,
        *overlay.KINDS,
        grain.KIND,
        *flashes.KINDS,
    )
}


def layer_kind(name: str) -> LayerKind:
    """A kind of layer; raises `KeylightError` that names those there are."""
    if name not in LAYERS:
        raise KeylightError(f"There is no kind of layer {name!r}: expected one of {', '.join(LAYERS)}.")
    return LAYERS[name]


def effect_kind(name: str) -> EffectKind:
    """A kind of effect; raises `KeylightError` that names those there are."""
    if name not in EFFECTS:
        raise KeylightError(f"There is no kind of effect {name!r}: expected one of {', '.join(EFFECTS)}.")
    return EFFECTS[name]
