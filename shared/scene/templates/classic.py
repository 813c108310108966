"""Templates with the cover art in the middle and the spectrum around or below it."""

from __future__ import annotations

from typing import Final

from shared.scene.templates.making import drive, layer, template

__all__ = ["TEMPLATES"]

TEMPLATES: Final = (
    template(
        "default",
        "Pulse",
        "The cover in a ring of bars that breathes with the bass, the words below.",
        "default cover circle radial electronic edm pop house universal",
        "Keylight",
        layer("Backdrop", "backdrop", blur=0.8, darken=0.42),
        layer("Shade", "gradient", shape="radial", first="$0/35", last="$0/95", reach=1.05, y=0.44),
        layer("Dust", "dust", count=70, glow=0.5),
        layer("Bars", "radial_bars", y=0.44, radius=0.262, height=0.13, count=132, fill=0.5, inner="$2", outer="$1"),
        layer("Cover", "logo", y=0.44, size=0.48, bounce=0.05, ring=0.004, ring_color="$4", ring_jump=0.012),
        layer("Title", "text", y=0.865, size=0.062, text="{title}", lines=1, width=0.86),
        layer("Artist", "text", y=0.93, size=0.03, weight=400, text="{artist}", lines=1, spacing=0.12, color="$4/75"),
    ),
    template(
        "aftermovie",
        "Aftermovie",
        "A white shape with coloured echoes around the cover that jumps with the kick.",
        "trap edm bass dubstep cover circle festival drop",
        "Neon night",
        layer("Backdrop", "backdrop", blur=0.7, darken=0.35),
        layer("Shade", "gradient", shape="radial", first="$0/10", last="$0/90", reach=1.1),
        layer("Sparks", "dust", count=90, glow=0.7, speed=2, first="$4", second="$2"),
        layer(
            "Spectrum", "radial_line", x=0.5, y=0.445, radius=0.245, height=0.1, echoes=4, scale=drive("kick", 1, 1.05)
        ),
        layer("Cover", "logo", x=0.5, y=0.445, size=0.47, bounce=0.09, ring=0, sway=1.5),
        layer("Title", "text", y=0.87, font="Montserrat", weight=900, size=0.058, capitals=True, lines=1, spacing=0.06),
        layer(
            "Artist",
            "text",
            y=0.933,
            font="Montserrat",
            size=0.028,
            text="{artist}",
            lines=1,
            spacing=0.2,
            color="$4/80",
        ),
    ),
    template(
        "horizon",
        "Horizon",
        "Bars on still water, the cover and the words above them on the left.",
        "clean modern pop indie reflection bars water house",
        "Midnight blue",
        layer("Backdrop", "gradient", first="$0/0", last="$1/34", angle=90),
        layer("Spectrum", "mirror_bars", y=0.72, width=0.88, height=0.46, count=88, squash=0.45, top="$2", bottom="$1"),
        layer("Cover", "cover", x=0.17, y=0.3, size=0.3, bounce=0.02, shadow=0.04),
        layer("Title", "text", x=0.615, y=0.27, width=0.64, align="left", size=0.085, lines=1),
        layer(
            "Artist",
            "text",
            x=0.615,
            y=0.37,
            width=0.64,
            align="left",
            weight=400,
            size=0.042,
            text="{artist}",
            lines=1,
            color="$4/75",
        ),
        layer("Progress", "progress", y=0.93, width=0.88, thick=0.004, knob=False, track="$4/15"),
    ),
    template(
        "minimal",
        "Minimal",
        "One thin line of sound, a title, and a lot of room.",
        "minimal clean simple ambient techno label line",
        "Mono",
        layer("Wave", "waveform", y=0.5, width=0.72, height=0.32, seconds=0.035, thick=0.0035, first="$4", last="$4"),
        layer("Title", "text", x=0.36, y=0.87, width=0.6, align="left", size=0.036, weight=700, lines=1, shadow=0),
        layer(
            "Artist",
            "text",
            x=0.36,
            y=0.92,
            width=0.6,
            align="left",
            size=0.026,
            weight=400,
            text="{artist}",
            lines=1,
            color="$2",
            shadow=0,
        ),
        layer(
            "Time", "progress", x=0.86, y=0.905, width=0.14, thick=0.003, knob=False, first="$4", last="$4", track="$3"
        ),
    ),
)
