/**
 * The picture of the empty page: a waveform drawn from three waves, the same at every visit. Decoration only.
 */
import { makeSvg } from "./widget-dom.js";

const BARS = 72;
const [WIDTH, HEIGHT] = [720, 150];

/** @param {SVGElement} svg */
export function drawEmptyArt(svg) {
  const step = WIDTH / BARS;
  for (let bar = 0; bar < BARS; bar++) {
    const place = (bar + 0.5) / BARS;
    const swell = Math.sin(Math.PI * place) ** 0.8;
    const kick = 0.35 + 0.65 * (1 - (bar % 6) / 6) ** 2;
    const ripple = 0.6 + 0.4 * Math.sin(bar * 1.9) * Math.sin(bar * 0.7);
    const half = Math.max(3, (HEIGHT / 2) * swell * kick * ripple);
    const band = bar % 6 === 0 ? "low" : ripple > 0.62 ? "mid" : "high";
    const x = ((bar + 0.5) * step).toFixed(1);
    svg.append(makeSvg("path", { class: band, d: `M${x} ${(HEIGHT / 2 - half).toFixed(1)}V${(HEIGHT / 2 + half).toFixed(1)}` }));
  }
}
