"""Templates in which type is the picture."""

from __future__ import annotations

from typing import Final

from shared.scene.templates.making import drive, effect, layer, template

__all__ = ["TEMPLATES"]

TEMPLATES: Final = (
    template(
        "quote", "Quote", "Words of the song, one after the other, large and still.",
        "quote lyrics words text poem spoken minimal card", "Midnight blue",
        layer("Backdrop", "flow", first="$0", second="$1/35", third="$0", angle=35, bands=0.4, speed=0.5),
        layer("Mark", "text", x=0.5, y=0.2, size=0.26, font="Playfair Display", weight=900, text="\u201c", lines=1,
              color="$1/70", shadow=0),
        layer("Words", "moving-text", y=0.5, size=0.15, font="DM Serif Display", weight=400, lines=4, width=0.76,
              cut="words", coming="rise", each=0.28, within=6.0, lasts=0.7, line_height=1.15),
        layer("Artist", "text", y=0.8, size=0.036, text="{artist}", weight=400, lines=1, color="$2", spacing=0.1),
        layer("Wave", "waveform", y=0.9, width=0.3, height=0.05, seconds=0.04, thick=0.0025, first="$3", last="$3"),
        effects=(effect("grain", strength=0.04),),
    ),
    template(
        "kinetic", "Kinetic", "The title fills the screen, every letter jumps with the drum.",
        "kinetic typography bold hiphop pop dance poster loud", "Acid",
        layer("Ground", "solid", color="$1"),
        layer("Stripes", "pattern", look="stripes", color="$2", distance=0.14, thick=0.5, angle=28, follow="bass",
              push=1.2),
        layer("Title", "moving-text", y=0.42, size=0.27, font="Anton", weight=400, capitals=True, lines=2,
              width=0.92, coming="drop", each=0.05, wave=0.07, jump=0.06, color="$0", line_height=1.12, shadow=0.0),
        layer("Artist", "marquee", y=0.88, size=0.062, text="{artist}", font="Anton", weight=400, color="$1",
              rotation=-2, width=1.2, band=0.11, band_color="$0"),
    ),
    template(
        "ticker", "Ticker", "Rows of words run against one another behind the cover.",
        "ticker marquee type fashion house techno brand poster", "Blood moon",
        layer("Row 1", "marquee", y=0.1, size=0.2, font="Anton", weight=400, text="{title}", color="$1", speed=0.16),
        layer("Row 2", "marquee", y=0.3, size=0.2, font="Anton", weight=400, text="{artist}", color="$1/35",
              speed=-0.1),
        layer("Row 3", "marquee", y=0.5, size=0.2, font="Anton", weight=400, text="{title}", color="$1", speed=0.22),
        layer("Row 4", "marquee", y=0.7, size=0.2, font="Anton", weight=400, text="{artist}", color="$1/35",
              speed=-0.16),
        layer("Row 5", "marquee", y=0.9, size=0.2, font="Anton", weight=400, text="{title}", color="$1", speed=0.12),
        layer("Cover", "cover", y=0.5, size=0.6, bounce=0.06, round=0.0, shadow=0.12),
        effects=(effect("grain", strength=0.06),),
    ),
    template(
        "old-film", "Old film", "A title card that flickers, with dust and scratches.",
        "vintage retro film silent sepia jazz swing blues old grain", "Copper",
        layer("Card", "gradient", shape="radial", first="$3/60", last="$0", reach=1.0),
        layer("Scratches", "texture", look="scratches", strength=0.6, size=0.9),
        layer("Frame", "shape", form="rectangle", width=1.46, height=0.78, thick=0.004, style="outline", line="$3",
              round=0.03),
        layer("Title", "moving-text", y=0.42, size=0.14, font="DM Serif Display", weight=400, lines=2, width=0.66,
              coming="fade", cut="lines", each=0.5, lasts=1.6, color="$4"),
        layer("Line", "spectrum_line", y=0.64, width=0.3, height=0.08, thick=0.003, style="line", top="$1",
              bottom="$1"),
        layer("Artist", "text", y=0.72, size=0.045, text="{artist}", font="DM Serif Display", italic=True, weight=400,
              lines=1, color="$3"),
        layer("Dust", "dust", count=60, mix="normal", speed=3.0, glow=0.6),
        effects=(effect("flicker"), effect("grain", strength=0.12, size=0.002), effect("vignette", strength=0.8)),
    ),
    template(
        "tape", "Tape", "A worn video tape: lines, colours apart, the counter running.",
        "vhs retro 80s 90s tape vaporwave synthwave analog camcorder", "Vapor",
        layer("Signal", "flow", first="$0", second="$1/60", third="$2/50", angle=100, bands=0.7, speed=0.6),
        layer("Sun", "sun", y=0.44, radius=0.27),
        layer("Title", "text", effect("split", amount=0.007, steady=0.5), y=0.46, size=0.17,
              font="Permanent Marker", weight=400, lines=2, width=0.8, rotation=-4, color="$4"),
        layer("Artist", "text", y=0.765, size=0.045, text="{artist}", font="JetBrains Mono", lines=1, capitals=True,
              color="$3"),
        layer("Play", "text", x=0.14, y=0.1, width=0.2, size=0.042, text="PLAY \u25b6", font="JetBrains Mono",
              align="left", lines=1),
        layer("Counter", "clock", x=0.96, y=0.1, size=0.042, font="JetBrains Mono", weight=700, align="right",
              show="elapsed", shadow=0.004),
        layer("Bars", "bars", y=0.9, width=0.92, height=0.12, count=48, fill=0.8, round=0.0, top="$2", bottom="$1"),
        effects=(effect("scanlines", strength=0.22),
                 effect("vignette", strength=0.5)),
    ),
    template(
        "tunnel-vision", "Tunnel vision", "Frames of light fly past a title that stays.",
        "tunnel techno house trance geometric neon club loop", "Acid",
        layer("Tunnel", "tunnel", effect("glow", strength=0.8, size=0.03), sides=4, rings=18, thick=0.014, twist=5,
              turning=5, push=5.0),
        layer("Sparks", "burst", count=240, size=0.05, start=0.3, reach=0.9, first="$1", second="$4"),
        layer("Title", "text", y=0.47, size=0.12, font="Space Grotesk", lines=2, width=0.56, capitals=True,
              spacing=0.05, scale=drive("kick", 1, 1.06)),
        layer("Artist", "text", y=0.66, size=0.036, text="{artist}", font="Space Grotesk", weight=400, lines=1,
              color="$1", width=0.5),
        effects=(effect("vignette", strength=0.5),),
    ),
)  # fmt: skip
