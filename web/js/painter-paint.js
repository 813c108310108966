/** Paints and paths: what `paint`, `solid`, the gradients and the shapes of a display list become in CanvasKit. */

import { BLENDS, CAPS, OPS } from "./scene-ops.js";

/** @typedef {import("canvaskit-wasm").CanvasKit} CanvasKit */
/** @typedef {import("canvaskit-wasm").Paint} Paint */
/** @typedef {import("canvaskit-wasm").Path} Path */
/** @typedef {import("canvaskit-wasm").BlendMode} BlendMode */

/** Names of our blends are Skia's in the spelling of CSS. @type {Record<string, string>} */
const SPELLED = { normal: "SrcOver", plus: "Plus" };

/** Blend modes by their numbers in a list. @param {CanvasKit} ck @returns {BlendMode[]} */
export function blendModes(ck) {
  const modes = /** @type {Record<string, BlendMode>} */ (/** @type {unknown} */ (ck.BlendMode));
  return BLENDS.map((name) => {
    const mode = modes[SPELLED[name] ?? name.replace(/(^|-)(.)/g, (_, __, letter) => letter.toUpperCase())];
    if (!mode) throw new Error(`Expected CanvasKit to know the blend mode ${name}.`);
    return mode;
  });
}

/**
 * Pixels of the target that a line is wide at least; a thinner one is so wide and fainter instead. Up to one pixel Skia
 * draws hairlines, for which a GPU has a way of its own: 32 dB from the server's.
 */
const LEAST_WIDTH = 1 + 1 / 64;

/** The paint of shapes: set by ops, used by shapes until set anew. */
export class ShapePaint {
  #ck;
  #blends;
  #caps;
  #paint;
  #isBlurred = false;
  #cap;
  /** Of a stroke, in canvas pixels; 0 for all else. */
  #width = 0;
  #alpha = 1;

  /** @param {CanvasKit} ck */
  constructor(ck) {
    const caps = /** @type {Record<string, import("canvaskit-wasm").StrokeCap>} */ (
      /** @type {unknown} */ ({ butt: ck.StrokeCap.Butt, round: ck.StrokeCap.Round, square: ck.StrokeCap.Square })
    );
    this.#ck = ck;
    this.#blends = blendModes(ck);
    this.#caps = CAPS.map((name) => /** @type {import("canvaskit-wasm").StrokeCap} */ (caps[name]));
    this.#cap = ck.StrokeCap.Butt;
    this.#paint = new ck.Paint();
    this.#paint.setAntiAlias(true);
    this.#paint.setStrokeJoin(ck.StrokeJoin.Round);
  }

  get paint() {
    return this.#paint;
  }

  /** Op `paint`. @param {Float32Array} body */
  how(body) {
    const [stroke, width, cap, blend, sigma] = /** @type {[number, number, number, number, number]} */ (
      /** @type {unknown} */ (body)
    );
    const [ck, paint] = [this.#ck, this.#paint];
    paint.setStyle(stroke ? ck.PaintStyle.Stroke : ck.PaintStyle.Fill);
    paint.setStrokeWidth(width);
    this.#width = stroke ? width : 0;
    this.#cap = /** @type {import("canvaskit-wasm").StrokeCap} */ (this.#caps[cap]);
    paint.setStrokeCap(this.#cap);
    paint.setBlendMode(/** @type {BlendMode} */ (this.#blends[blend]));
    const blur = sigma > 0 ? ck.MaskFilter.MakeBlur(ck.BlurStyle.Normal, sigma, true) : null;
    paint.setMaskFilter(/** @type {import("canvaskit-wasm").MaskFilter} */ (blur)); // null takes it off
    blur?.delete();
    this.#isBlurred = sigma > 0;
  }

  /** Op `solid`. @param {Float32Array} body */
  solid(body) {
    this.#paint.setShader(/** @type {import("canvaskit-wasm").Shader} */ (/** @type {unknown} */ (null)));
    this.#paint.setDither(false);
    this.#paint.setColor(body);
    this.#alpha = /** @type {number} */ (body[3]);
  }

  /**
   * Draw a path. isClosed: it has no ends, and so no caps.
   * @param {import("canvaskit-wasm").Canvas} canvas @param {Path} path @param {boolean} isClosed
   */
  draw(canvas, path, isClosed) {
    const paint = this.#paint;
    const share = this.#width > 0 ? (this.#width * sizeOf(canvas)) / LEAST_WIDTH : 1;
    if (isClosed) paint.setStrokeCap(this.#ck.StrokeCap.Butt);
    if (share < 1) {
      paint.setStrokeWidth(this.#width / share);
      paint.setAlphaf(this.#alpha * share);
    }
    canvas.drawPath(path, paint);
    if (isClosed) paint.setStrokeCap(this.#cap);
    if (share < 1) {
      paint.setStrokeWidth(this.#width);
      paint.setAlphaf(this.#alpha);
    }
  }

  /** The paint for the whole area: what covers everything looks the same blurred. @param {(paint: Paint) => void} use */
  everywhere(use) {
    if (!this.#isBlurred) {
      use(this.#paint);
      return;
    }
    const plain = this.#paint.copy();
    plain.setMaskFilter(/** @type {import("canvaskit-wasm").MaskFilter} */ (/** @type {unknown} */ (null)));
    use(plain);
    plain.delete();
  }

  /** Ops `linear`, `radial`, `sweep`. @param {number} code @param {Float32Array} head @param {Float32Array} rows */
  gradient(code, head, rows) {
    if (!rows.length) throw new Error("Expected colours for a gradient.");
    if (code === OPS.radial && !(/** @type {number} */ (head[2]) > 0)) {
      this.solid(rows.subarray(-4)); // without extent, all lies outside
      return;
    }
    const shader = gradient(this.#ck, code, head, stops(rows));
    this.#paint.setColor(this.#ck.BLACK);
    this.#alpha = 1;
    this.#paint.setShader(shader);
    this.#paint.setDither(true); // as the server does, for speed there: it is less than one step of 255
    shader.delete();
  }

  dispose() {
    this.#paint.delete();
  }
}

/** Pixels of the target per unit of a canvas as it is transformed now. @param {import("canvaskit-wasm").Canvas} canvas */
function sizeOf(canvas) {
  const [a, c, , b, d] = /** @type {[number, number, number, number, number]} */ (
    /** @type {unknown} */ (canvas.getTotalMatrix())
  );
  return Math.sqrt(Math.abs(a * d - b * c));
}

/** @param {Float32Array} rows offset, red, green, blue, alpha */
function stops(rows) {
  const count = rows.length / 5;
  const colors = new Float32Array(4 * count);
  /** @type {number[]} */
  const offsets = [];
  for (let at = 0; at < count; at += 1) {
    offsets.push(/** @type {number} */ (rows[5 * at]));
    // To whole steps of 255, as the server's gradients have them.
    for (let part = 0; part < 4; part += 1) {
      colors[4 * at + part] = Math.round(/** @type {number} */ (rows[5 * at + 1 + part]) * 255) / 255;
    }
  }
  return { colors, offsets };
}

/**
 * @param {CanvasKit} ck @param {number} code @param {Float32Array} head
 * @param {{colors: Float32Array, offsets: number[]}} stops
 */
function gradient(ck, code, head, { colors, offsets }) {
  const [a, b, c, d] = /** @type {[number, number, number, number]} */ (/** @type {unknown} */ (head));
  const clamp = ck.TileMode.Clamp;
  if (code === OPS.linear) return ck.Shader.MakeLinearGradient([a, b], [c, d], colors, offsets, clamp);
  if (code === OPS.radial) return ck.Shader.MakeRadialGradient([a, b], c, colors, offsets, clamp);
  return ck.Shader.MakeSweepGradient(a, b, colors, offsets, clamp, ck.Matrix.rotated(c, a, b));
}

/** Path verbs of n equal pieces, kept as long as n stays. */
class Verbs {
  #pattern;
  /** @type {Uint8Array} */
  #verbs = new Uint8Array(0);

  /** @param {number[]} pattern */
  constructor(pattern) {
    this.#pattern = pattern;
  }

  /** @param {number} count */
  of(count) {
    const length = this.#pattern.length;
    if (this.#verbs.length !== count * length) {
      this.#verbs = new Uint8Array(count * length);
      for (let at = 0; at < count; at += 1) this.#verbs.set(this.#pattern, at * length);
    }
    return this.#verbs;
  }
}

/** Paths of the shape ops: all rows of an op are one path. */
export class Shapes {
  #ck;
  #lines;
  #boxes;

  /** @param {CanvasKit} ck */
  constructor(ck) {
    this.#ck = ck;
    this.#lines = new Verbs([ck.MOVE_VERB, ck.LINE_VERB]);
    this.#boxes = new Verbs([ck.MOVE_VERB, ck.LINE_VERB, ck.LINE_VERB, ck.LINE_VERB, ck.CLOSE_VERB]);
  }

  /** The caller deletes it. @param {number} code @param {Float32Array} body @returns {Path} */
  path(code, body) {
    if (code === OPS.rects) return this.#rects(/** @type {number} */ (body[0]), body.subarray(1));
    if (code === OPS.segments) return this.#ck.Path.MakeFromVerbsPointsWeights(this.#lines.of(body.length / 4), body);
    if (code === OPS.circles) return this.#circles(body);
    if (code === OPS.polygon) return this.polygon(body.subarray(1), body[0] !== 0);
    return this.#curve(body[0] !== 0, body.subarray(1));
  }

  /** @param {Float32Array} points @param {boolean} closed */
  polygon(points, closed) {
    const builder = new this.#ck.PathBuilder();
    builder.addPolygon(points, closed);
    return builder.detachAndDelete();
  }

  /** @param {number} radius @param {Float32Array} rows */
  #rects(radius, rows) {
    if (!(radius > 0)) return this.#ck.Path.MakeFromVerbsPointsWeights(this.#boxes.of(rows.length / 4), corners(rows));
    const builder = new this.#ck.PathBuilder();
    const box = new Float32Array(12).fill(radius);
    for (let at = 0; at < rows.length; at += 4) {
      const [x, y, width, height] = /** @type {[number, number, number, number]} */ (
        /** @type {unknown} */ (rows.subarray(at, at + 4))
      );
      box[0] = x;
      box[1] = y;
      box[2] = x + width;
      box[3] = y + height;
      builder.addRRect(box);
    }
    return builder.detachAndDelete();
  }

  /** @param {Float32Array} rows */
  #circles(rows) {
    const builder = new this.#ck.PathBuilder();
    for (let at = 0; at < rows.length; at += 3) {
      builder.addCircle(
        /** @type {number} */ (rows[at]),
        /** @type {number} */ (rows[at + 1]),
        /** @type {number} */ (rows[at + 2]),
      );
    }
    return builder.detachAndDelete();
  }

  /** @param {boolean} closed @param {Float32Array} rows the first holds the start three times */
  #curve(closed, rows) {
    const count = rows.length / 6;
    const { MOVE_VERB, CUBIC_VERB, CLOSE_VERB } = this.#ck;
    const verbs = new Uint8Array(count + (closed ? 1 : 0)).fill(CUBIC_VERB);
    verbs[0] = MOVE_VERB;
    if (closed) verbs[count] = CLOSE_VERB;
    return this.#ck.Path.MakeFromVerbsPointsWeights(verbs, rows.subarray(4));
  }
}

/** @param {Float32Array} rows x, y, width, height @returns {Float32Array} four corners each */
function corners(rows) {
  const points = new Float32Array(2 * rows.length);
  for (let at = 0; at < rows.length; at += 4) {
    const left = /** @type {number} */ (rows[at]);
    const top = /** @type {number} */ (rows[at + 1]);
    const right = left + /** @type {number} */ (rows[at + 2]);
    const bottom = top + /** @type {number} */ (rows[at + 3]);
    points.set([left, top, right, top, right, bottom, left, bottom], 2 * at);
  }
  return points;
}
