/**
 * Drawing a waveform on a canvas. What lies where comes from waveform-geometry.js and waveform-levels.js.
 * @import {Levels} from "./waveform-levels.js"
 * @import {GridLine, RulerTick, View} from "./waveform-geometry.js"
 * @import {Inks} from "./waveform-raster.js"
 */
import { blendTable, fillColumns, makeColumns } from "./waveform-levels.js";
import { makeInks, rasterColumns } from "./waveform-raster.js";

/**
 * @typedef {object} Palette
 * @property {Inks} inks
 * @property {string} beat
 * @property {string} downbeat
 * @property {string} number
 * @property {string} ruler
 * @property {string} font  family
 */

/** Where the wave lies inside its canvas, CSS pixels. @typedef {{top: number, bottom: number}} Band */

const FULL_HEIGHT = 0.97;
/** Strength of bar lines with a number, bar lines without, beats, and of all where the beat is not clear. */
const LINE_ALPHA = { numbered: 0.8, bar: 0.45, beat: 0.8, dimmed: 0.4 };
const MAX_PIXEL_RATIO = 3;

/**
 * The colours as the stylesheet has them now. waveform.css gives `probe` the colour of each role in turn; reading the
 * computed value resolves var() and light-dark(), however the page's tokens are written.
 * @param {HTMLElement} probe @returns {Palette}
 */
export function readPalette(probe) {
  const style = getComputedStyle(probe);
  const colour = (/** @type {string} */ role) => {
    probe.dataset.role = role;
    return style.color;
  };
  return {
    inks: makeInks(blendTable([colourBytes(colour("low")), colourBytes(colour("mid")), colourBytes(colour("high"))])),
    beat: colour("beat"), downbeat: colour("downbeat"), number: colour("number"), ruler: colour("ruler"),
    font: style.fontFamily,
  };
}

/** Any CSS colour as sRGB bytes, by painting one pixel. @param {string} css @returns {readonly [number, number, number]} */
function colourBytes(css) {
  const pixel = contextOf(document.createElement("canvas"));
  pixel.fillStyle = css;
  pixel.fillRect(0, 0, 1, 1);
  const [red = 0, green = 0, blue = 0] = pixel.getImageData(0, 0, 1, 1).data;
  return [red, green, blue];
}

/** @param {HTMLCanvasElement} canvas @returns {CanvasRenderingContext2D} */
function contextOf(canvas) {
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("This browser gave no 2D canvas, so the waveform cannot be drawn.");
  return context;
}

/** One canvas with a waveform on it. Everything inside is in device pixels; callers speak CSS pixels. */
export class WavePainter {
  #canvas;
  #context;
  #columns = makeColumns(1);
  #image = new ImageData(1, 1);
  #ratio = 1;

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.#canvas = canvas;
    this.#context = contextOf(canvas);
  }

  /** Fit the canvas to its box. Clears it. @param {number} width @param {number} height CSS pixels */
  resize(width, height) {
    this.#ratio = Math.min(MAX_PIXEL_RATIO, globalThis.devicePixelRatio || 1);
    const columns = Math.max(1, Math.round(width * this.#ratio));
    const rows = Math.max(1, Math.round(height * this.#ratio));
    this.#canvas.width = columns;
    this.#canvas.height = rows;
    this.#columns = makeColumns(columns);
    this.#image = new ImageData(columns, rows);
  }

  /** The view moved to whole device pixels, so that wave and lines move as one. @param {View} view @returns {View} */
  snapped(view) {
    const column = view.secondsPerPixel / this.#ratio;
    return { ...view, startSeconds: Math.round(view.startSeconds / column) * column };
  }

  clear() {
    this.#context.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
  }

  /** Begin a picture: what was there is wiped. @param {Levels} levels @param {View} view snapped @param {Band} band @param {Palette} palette */
  drawWave(levels, view, { top, bottom }, palette) {
    const secondsPerColumn = view.secondsPerPixel / this.#ratio;
    const first = Math.round(view.startSeconds / secondsPerColumn);
    fillColumns(this.#columns, levels, { first, secondsPerColumn });
    const { data, width, height } = this.#image;
    const axis = { middle: ((top + bottom) / 2) * this.#ratio, reach: ((bottom - top) / 2) * this.#ratio * FULL_HEIGHT };
    rasterColumns({ words: new Uint32Array(data.buffer), bytes: data, width, height }, this.#columns, axis, palette.inks);
    this.#context.putImageData(this.#image, 0, 0);
  }

  /** Dimmed: faint, and without numbers. @param {Array<GridLine>} lines @param {Band} band @param {Palette} palette @param {{dimmed?: boolean}} [how] */
  drawGrid(lines, band, palette, { dimmed = false } = {}) {
    const context = this.#context;
    const ratio = this.#ratio;
    const hair = Math.max(1, Math.round(ratio));
    const [top, bottom] = [Math.round(band.top * ratio), Math.round(band.bottom * ratio)];
    const strength = dimmed ? LINE_ALPHA.dimmed : 1;
    for (const { x, beat, label: number } of lines) {
      const label = dimmed ? null : number;
      const left = Math.round(x * ratio) - (hair >> 1);
      context.fillStyle = beat === 1 ? palette.downbeat : palette.beat;
      context.globalAlpha = strength * (beat !== 1 ? LINE_ALPHA.beat : label === null ? LINE_ALPHA.bar : LINE_ALPHA.numbered);
      const rise = beat === 1 ? Math.round((label === null ? 4 : 8) * ratio) : 0;
      context.fillRect(left, top - rise, hair, bottom - top + rise);
    }
    context.globalAlpha = 1;
    if (dimmed) return;
    this.#setType(palette, 11, 600);
    context.fillStyle = palette.number;
    context.textBaseline = "middle";
    for (const { x, label } of lines) {
      if (label !== null) this.#write(label, x + 5, band.top - 10);
    }
  }

  /** Time under the wave. @param {Array<RulerTick>} ticks @param {number} top CSS pixels @param {Palette} palette */
  drawRuler(ticks, top, palette) {
    const context = this.#context;
    const ratio = this.#ratio;
    const hair = Math.max(1, Math.round(ratio));
    context.fillStyle = palette.ruler;
    this.#setType(palette, 11, 400);
    context.textBaseline = "middle";
    for (const { x, label } of ticks) {
      const left = Math.round(x * ratio) - (hair >> 1);
      context.globalAlpha = label === null ? 0.35 : 0.7;
      context.fillRect(left, Math.round(top * ratio), hair, Math.round((label === null ? 4 : 8) * ratio));
      context.globalAlpha = 1;
      if (label !== null) this.#write(label, x + 5, top + 13);
    }
  }

  /** Text that would be cut by the right edge is left out. @param {string} text @param {number} x @param {number} y */
  #write(text, x, y) {
    const left = x * this.#ratio;
    if (left + this.#context.measureText(text).width > this.#canvas.width - 2) return;
    this.#context.fillText(text, left, y * this.#ratio);
  }

  /** @param {Palette} palette @param {number} size CSS pixels @param {number} weight */
  #setType(palette, size, weight) {
    this.#context.font = `${weight} ${Math.round(size * this.#ratio)}px ${palette.font}`;
    if ("fontVariantNumeric" in this.#context) this.#context.fontVariantNumeric = "tabular-nums";
  }
}
