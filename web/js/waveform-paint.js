/**
 * Drawing a waveform on a canvas. What lies where comes from waveform-geometry.js and waveform-levels.js.
 * @import {Levels} from "./waveform-levels.js"
 * @import {GridLine, RulerTick, View} from "./waveform-geometry.js"
 */
import { blendTable, fillColumns, makeColumns } from "./waveform-levels.js";

/**
 * @typedef {object} Palette
 * @property {Uint8ClampedArray} blend  see `blendTable`
 * @property {string} beat
 * @property {string} downbeat
 * @property {string} number
 * @property {string} ruler
 * @property {string} font  family
 */

/** Where the wave lies inside its canvas, CSS pixels. @typedef {{top: number, bottom: number}} Band */

/** The body (mean level) is drawn full, the peaks around it this strong. */
const PEAK_ALPHA = 0.68;
const FULL_HEIGHT = 0.97;
/** Heights are level ** 0.8: soft parts keep a shape, and nothing is cut off. */
const HEIGHT_POWER = 0.8;
/** Strength of bar lines with a number, bar lines without, and beats. */
const LINE_ALPHA = { numbered: 0.8, bar: 0.45, beat: 0.8 };
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
    blend: blendTable([colourBytes(colour("low")), colourBytes(colour("mid")), colourBytes(colour("high"))]),
    beat: colour("beat"), downbeat: colour("downbeat"), number: colour("number"), ruler: colour("ruler"),
    font: style.fontFamily,
  };
}

/** Any CSS colour as sRGB bytes, by painting one pixel. @param {string} css @returns {readonly [number, number, number]} */
function colourBytes(css) {
  const pixel = contextOf(makeCanvas(1, 1));
  pixel.fillStyle = css;
  pixel.fillRect(0, 0, 1, 1);
  const [red = 0, green = 0, blue = 0] = pixel.getImageData(0, 0, 1, 1).data;
  return [red, green, blue];
}

/** @param {number} width @param {number} height */
function makeCanvas(width, height) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  return canvas;
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
  #layer = makeCanvas(1, 1);
  #strip = makeCanvas(1, 1);
  #columns = makeColumns(0);
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
    this.#canvas.width = this.#layer.width = this.#strip.width = columns;
    this.#canvas.height = this.#layer.height = Math.max(1, Math.round(height * this.#ratio));
    this.#columns = makeColumns(columns);
  }

  /** The view moved to whole device pixels, so that wave and lines move as one. @param {View} view @returns {View} */
  snapped(view) {
    const column = view.secondsPerPixel / this.#ratio;
    return { ...view, startSeconds: Math.round(view.startSeconds / column) * column };
  }

  clear() {
    this.#context.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
  }

  /** @param {Levels} levels @param {View} view snapped @param {Band} band @param {Palette} palette */
  drawWave(levels, view, band, palette) {
    const secondsPerColumn = view.secondsPerPixel / this.#ratio;
    const first = Math.round(view.startSeconds / secondsPerColumn);
    fillColumns(this.#columns, levels, { first, secondsPerColumn });
    const layer = contextOf(this.#layer);
    layer.globalCompositeOperation = "source-over";
    layer.clearRect(0, 0, this.#layer.width, this.#layer.height);
    this.#fillShape(layer, this.#columns.low, this.#columns.high, band, PEAK_ALPHA);
    this.#fillShape(layer, this.#columns.body, this.#columns.body, band, 1);
    this.#paintStrip(palette.blend);
    layer.globalCompositeOperation = "source-in";
    layer.drawImage(this.#strip, 0, 0, this.#layer.width, this.#layer.height);
    this.#context.drawImage(this.#layer, 0, 0);
  }

  /**
   * The outline over all columns as one path. `low` is below the axis whatever its sign.
   * @param {CanvasRenderingContext2D} layer @param {Float32Array} low @param {Float32Array} high @param {Band} band @param {number} alpha
   */
  #fillShape(layer, low, high, { top, bottom }, alpha) {
    const middle = ((top + bottom) / 2) * this.#ratio;
    const reach = ((bottom - top) / 2) * this.#ratio * FULL_HEIGHT;
    // Silence is a hairline, not nothing.
    const height = (/** @type {number|undefined} */ level) => Math.max(0.5, Math.min(1, Math.abs(level ?? 0)) ** HEIGHT_POWER * reach);
    layer.globalAlpha = alpha;
    layer.beginPath();
    layer.moveTo(0, middle);
    for (let x = 0; x < high.length; x++) {
      layer.lineTo(x + 0.5, middle - height(high[x]));
    }
    layer.lineTo(high.length, middle);
    for (let x = low.length - 1; x >= 0; x--) {
      layer.lineTo(x + 0.5, middle + height(low[x]));
    }
    layer.fill();
    layer.globalAlpha = 1;
  }

  /** One pixel of colour per column, stretched over the height by the caller. @param {Uint8ClampedArray} blend */
  #paintStrip(blend) {
    const { colour } = this.#columns;
    const image = new ImageData(colour.length, 1);
    for (let column = 0; column < colour.length; column++) {
      const from = /** @type {number} */ (colour[column]) * 4;
      image.data.set(blend.subarray(from, from + 4), column * 4);
    }
    contextOf(this.#strip).putImageData(image, 0, 0);
  }

  /** @param {Array<GridLine>} lines @param {Band} band @param {Palette} palette */
  drawGrid(lines, band, palette) {
    const context = this.#context;
    const ratio = this.#ratio;
    const hair = Math.max(1, Math.round(ratio));
    const [top, bottom] = [Math.round(band.top * ratio), Math.round(band.bottom * ratio)];
    for (const { x, beat, label } of lines) {
      const left = Math.round(x * ratio) - (hair >> 1);
      context.fillStyle = beat === 1 ? palette.downbeat : palette.beat;
      context.globalAlpha = beat !== 1 ? LINE_ALPHA.beat : label === null ? LINE_ALPHA.bar : LINE_ALPHA.numbered;
      const rise = beat === 1 ? Math.round((label === null ? 4 : 8) * ratio) : 0;
      context.fillRect(left, top - rise, hair, bottom - top + rise);
    }
    context.globalAlpha = 1;
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
