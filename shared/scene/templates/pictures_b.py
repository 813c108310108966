"""Templates around the cover: as a card, a print, a record, a planet, through glass and mirrors.

Each looks good without one too: the palette paints what stands in for it.
"""

from __future__ import annotations

from typing import Final

from shared.scene.templates.making import effect, layer, template

__all__ = ["TEMPLATES"]

TEMPLATES: Final = (
    template(
        "glass", "Glass", "The cover as a card before its own blurred light, a thin line of sound beneath.",
        "cover art blur soft clean pop rnb indie universal lights", "Lavender",
        layer("Backdrop", "backdrop", darken=0.5, blur=0.7, saturation=1.3),
        layer("Lights", "bokeh", count=20, glow=0.32, size=0.22, first="$1", second="$4"),
        layer("Cover", "cover", y=0.415, size=0.54, shadow=0.09,
              bounce=0.025),
        layer("Sound", "waveform", y=0.765, width=0.34, height=0.07, seconds=0.04, thick=0.003, first="$4",
              last="$4"),
        layer("Title", "text", y=0.85, size=0.058, lines=1, width=0.8),
        layer("Artist", "text", y=0.92, size=0.032, weight=400, text="{artist}", lines=1, color="$4/75"),
        effects=(effect("vignette", strength=0.4),),
    ),
    template(
        "polaroid", "Print", "The cover as a photograph on paper, its title written by hand.",
        "paper photo print polaroid handmade indie folk acoustic light", "Paper",
        layer("Paper", "solid", color="$0"),
        layer("Grain", "texture", look="paper", strength=0.16),
        layer("Petals", "snow", count=26, shape="petal", size=0.05, glow=0.55, speed=0.5, push=0.5, first="$1",
              second="$3", pulse=0.1),
        layer("Card", "shape", effect("shadow", strength=0.35), form="rectangle", y=0.465, width=0.68, height=0.8,
              round=0.02, first="$0", last="$0", rotation=-2.5),
        layer("Photo", "cover", y=0.425, size=0.6, shadow=0.0,
              bounce=0.0, round=0.0, rotation=-2.5),
        layer("Title", "text", y=0.78, size=0.06, width=0.34,
              font="Permanent Marker", weight=400, lines=1, color="$2", shadow=0, rotation=-2.5),
        layer("Artist", "text", y=0.942, size=0.03, weight=400, text="{artist}", lines=1, color="$4", shadow=0,
              spacing=0.08),
    ),
    template(
        "turntable", "Turntable", "A great record turns at the edge with the spectrum as its rays.",
        "vinyl record dj house hiphop soul funk disco radial cover", "Copper",
        layer("Backdrop", "gradient", first="$0", last="$2/45", angle=25),
        layer("Dust", "dust", count=130, glow=0.6),
        layer("Rays", "radial_bars", x=0.27, y=0.5, radius=0.43, height=0.16, count=150, fill=0.45, inner="$1",
              outer="$3"),
        layer("Record", "vinyl", x=0.27, y=0.5, size=0.84, label=0.42),
        layer("Title", "moving-text", x=0.81, y=0.44, width=0.33, size=0.095, align="left", lines=3, coming="slide",
              cut="words", each=0.12, weight=900, font="Poppins"),
        layer("Artist", "text", x=0.81, y=0.66, width=0.33, size=0.04, align="left", weight=400, text="{artist}",
              lines=1, color="$3"),
        layer("Time", "clock", x=0.646, y=0.73, size=0.026, align="left", color="$4/60"),
        effects=(effect("grain", strength=0.05), effect("vignette", strength=0.45)),
    ),
    template(
        "double-exposure", "Double exposure", "The cover in two colours as wide as the screen, slow, with grain.",
        "duotone cinematic moody trap rnb alternative dark cover full", "Blood moon",
        layer("Colours", "gradient", shape="radial", first="$1", last="$0", reach=1.1),
        layer("Picture", "image", effect("duotone", dark="$0", light="$3"), full=True, round=0.0,
              darken=0.15),
        layer("Mist", "fog", first="$1", second="$0", strength=0.45),
        layer("Title", "moving-text", y=0.47, size=0.16, font="Anton", weight=400, capitals=True, spacing=0.04,
              lines=2, width=0.86, coming="spread", each=0.03, lasts=1.6),
        layer("Artist", "text", y=0.72, size=0.034, text="{artist}", capitals=True, spacing=0.35, lines=1,
              color="$4/85"),
        effects=(effect("grain", strength=0.09), effect("vignette", strength=0.7)),
    ),
    template(
        "kaleidoscope", "Kaleidoscope", "The cover in a turning kaleidoscope that the bass pushes.",
        "psychedelic trippy psytrance visuals vj mirror abstract colours", "Vapor",
        layer("Mirrors", "cover",
              effect("drift", amount=0.05, turn=8.0, speed=0.8),
              effect("spin", speed=3.0, follow="bass", push=30.0),
              effect("kaleidoscope", wedges=5, zoom=1.35, sharp=False),
              size=2.0, round=0.0, shadow=0.0, bounce=0.0),
        layer("Bursts", "burst", count=260, size=0.06, reach=0.7, start=0.2, first="$3", second="$4"),
        layer("Ring", "circle_wave", radius=0.27, thick=0.004),
        layer("Plate", "shape", form="circle", width=0.46, height=0.46, first="$0/85", last="$0/85"),
        layer("Title", "text", y=0.485, size=0.07, width=0.21, lines=3, weight=900),
        layer("Artist", "text", y=0.61, size=0.026, width=0.2, text="{artist}", lines=1, weight=400, color="$2"),
    ),
    template(
        "orbit", "Orbit", "The cover as a planet, its ring made of the song.",
        "space planet stars ambient electronic trance dream night", "Midnight blue",
        layer("Sky", "gradient", shape="radial", first="$1/22", last="$0/0", reach=0.9),
        layer("Stars", "stars", count=600),
        layer("Halo", "circle_wave", effect("glow", strength=0.9), y=0.44, radius=0.205, thick=0.003),
        layer("Planet", "logo", y=0.44, size=0.38, bounce=0.04, ring=0.0),
        layer("Ring", "orbit", y=0.44, radius=0.42, width=0.35, tilt=14, rotation=-12, count=620, size=0.05, first="$2",
              second="$3"),
        layer("Title", "moving-text", y=0.84, size=0.07, lines=1, font="Orbitron", weight=700, coming="fade",
              spacing=0.12, each=0.09, lasts=1.2),
        layer("Artist", "text", y=0.915, size=0.03, weight=400, text="{artist}", lines=1, spacing=0.2, color="$2"),
    ),
)  # fmt: skip
