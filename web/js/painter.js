/**
 * Plays display lists (`shared/scene/ops.py` says what each op means) with CanvasKit. `backend/gpu/raster.py` plays the
 * same lists with skia-python; `tests/parity` holds both against each other.
 *
 * Nothing here knows scenes or music. Every CanvasKit object that is made is deleted: at once, at the frame's end, or
 * when its shelf is full.
 */

import { at, numbers } from "./painter-floats.js";
import { ShapePaint, Shapes, blendModes } from "./painter-paint.js";
import { decodePicture, pictureFacts } from "./painter-pictures.js";
import { PainterResources } from "./painter-resources.js";
import { Sheets } from "./painter-sheets.js";
import { spriteRows } from "./painter-sprites.js";
import { layOut } from "./painter-text.js";
import { HEADS, OPS, ROWS, SAMPLINGS } from "./scene-ops.js";

/** @typedef {import("canvaskit-wasm").CanvasKit} CanvasKit */
/** @typedef {import("canvaskit-wasm").Canvas} Canvas */
/** @typedef {import("canvaskit-wasm").Image} Image */
/** @typedef {import("canvaskit-wasm").Paint} Paint */
/** @typedef {import("canvaskit-wasm").Surface} Surface */
/** @typedef {import("./painter-fonts.js").FontBook} FontBook */
/** @typedef {import("./painter-resources.js").Entry} Entry */
/** @typedef {import("./painter-text.js").TextEntry} TextEntry */
/** @typedef {{width: number, height: number, canvasWidth: number, canvasHeight: number}} Sizes target, then canvas */
/**
 * One surface while it is painted, of 1/divisor of the target's size; stack: for each push whether it was a transform.
 * @typedef {{canvas: Canvas, shape: ShapePaint, divisor: number, depth: number, stack: boolean[]}} Sheet
 */

const DEGREES = 180 / Math.PI;
/** @typedef {{name: string, head: number, row: number}} Form */
/** @type {ReadonlyMap<number, Form>} */
const BY_CODE = new Map(
  Object.entries(OPS).map(([name, code]) => {
    const key = /** @type {keyof typeof OPS} */ (name);
    return [code, { name, head: HEADS[key], row: ROWS[key] }];
  }),
);
/** Deeper nesting is a list that holds itself. */
const MOST_DEPTH = 32;
const MOST_DIVISOR = 4096;

export class Painter {
  #ck;
  #surface;
  #sizes;
  #fonts;
  #resources;
  #shapes;
  #blends;
  /** Paint of pictures and layers; every use sets what it needs and puts it back. */
  #plain;
  #sheets;

  /** @param {CanvasKit} ck @param {Surface} surface @param {Sizes} sizes @param {FontBook} fonts */
  constructor(ck, surface, sizes, fonts) {
    this.#ck = ck;
    this.#surface = surface;
    this.#sizes = sizes;
    this.#fonts = fonts;
    this.#resources = new PainterResources(ck, fonts);
    this.#shapes = new Shapes(ck);
    this.#blends = blendModes(ck);
    this.#sheets = new Sheets(ck, surface, sizes);
    this.#plain = new ck.Paint();
    this.#plain.setAntiAlias(true);
  }

  /** How many entries of the scene's table are here already: the next `addResources` begins with this one. */
  get known() {
    return this.#resources.length;
  }

  /** @param {ReadonlyArray<Entry>} entries @param {ReadonlyMap<number, Uint8Array>} pixels of arrays, by number */
  addResources(entries, pixels) {
    this.#resources.add(entries, pixels);
  }

  /**
   * A picture of the project; answers what `imageFacts` does. Throws a sentence for what is no picture.
   * @param {string} id @param {Uint8Array} bytes
   */
  setMedia(id, bytes) {
    this.#sheets.forget();
    return this.#resources.setPicture(id, bytes);
  }

  /** @param {string} id */
  removeMedia(id) {
    this.#sheets.forget();
    this.#resources.forget(id);
  }

  /** Where frames of films come from. @param {import("./painter-resources.js").Films | null} films */
  setFilms(films) {
    this.#resources.films = films;
  }

  /** Forget the table: another scene follows. Media stay, and texts that it asks for again. */
  reset() {
    this.#sheets.forget();
    this.#resources.forgetTable();
  }

  /** Paint on another surface from now on: after a lost context, or at another size.
   * @param {Surface} surface @param {Sizes} sizes */
  moveTo(surface, sizes) {
    this.#sheets.moveTo(surface, sizes);
    this.#resources.moved();
    this.#surface = surface;
    this.#sizes = sizes;
  }

  /**
   * Size of a text in canvas pixels. Throws `FontsMissing` where its files are not loaded.
   * @param {TextEntry} entry
   */
  measure(entry) {
    const { paragraph, width, height, lines } = layOut(this.#ck, this.#fonts, entry);
    paragraph.delete();
    return { width, height, lines };
  }

  /** Size of a picture, upright, and its small copy. @param {Uint8Array} bytes */
  imageFacts(bytes) {
    const image = decodePicture(this.#ck, bytes);
    const facts = pictureFacts(this.#ck, image);
    image.delete();
    return facts;
  }

  /** Paint a list; the surface's owner flushes and shows. @param {Float32Array} list */
  play(list) {
    this.#sheets.turn();
    this.#resources.turn();
    if (list[0] !== OPS.clear) this.#surface.getCanvas().clear(this.#ck.TRANSPARENT);
    try {
      this.#paint(this.#surface, 1, 0, list);
    } finally {
      this.#sheets.endFrame();
    }
  }

  dispose() {
    this.#sheets.clear();
    this.#resources.dispose();
    this.#plain.delete();
  }

  /** Target pixels per canvas pixel. */
  get #scale() {
    return this.#sizes.width / this.#sizes.canvasWidth;
  }

  /** @param {Surface} surface @param {number} divisor @param {number} depth @param {Float32Array} list */
  #paint(surface, divisor, depth, list) {
    if (depth > MOST_DEPTH) throw new Error(`Expected lists within lists at most ${MOST_DEPTH} deep.`);
    const canvas = surface.getCanvas();
    const shape = new ShapePaint(this.#ck);
    const saved = canvas.save();
    canvas.scale(this.#scale / divisor, this.#scale / divisor);
    try {
      this.#playAll({ canvas, shape, divisor, depth, stack: [] }, list);
    } finally {
      canvas.restoreToCount(saved);
      shape.dispose();
    }
  }

  /** @param {Sheet} sheet @param {Float32Array} list */
  #playAll(sheet, list) {
    for (let at = 0; at < list.length; ) {
      const code = /** @type {number} */ (list[at]);
      const count = list[at + 1] ?? -1;
      const op = BY_CODE.get(code);
      if (!op || count < op.head || at + 2 + count > list.length) {
        throw new Error(`Expected an op with all its floats at place ${at} of a display list of ${list.length}.`);
      }
      const rows = count - op.head;
      if (rows && (!op.row || rows % op.row)) {
        throw new Error(`Expected whole rows of ${op.row} floats for '${op.name}' at place ${at}.`);
      }
      if (code === OPS.cached) at = this.#cachedRun(sheet, list, at);
      else {
        this.#op(sheet, code, list.subarray(at + 2, at + 2 + count), op.head);
        at += 2 + count;
      }
    }
  }

  /** @param {Sheet} sheet @param {number} code @param {Float32Array} body @param {number} head */
  #op(sheet, code, body, head) {
    const { canvas, shape } = sheet;
    switch (code) {
      case OPS.clear:
        return canvas.clear(body);
      case OPS.paint:
        return shape.how(body);
      case OPS.solid:
        return shape.solid(body);
      case OPS.linear:
      case OPS.radial:
      case OPS.sweep:
        return shape.gradient(code, body.subarray(0, head), body.subarray(head));
      case OPS.fill:
        return shape.everywhere((paint) => canvas.drawPaint(paint));
      case OPS.rects:
      case OPS.segments:
      case OPS.circles:
      case OPS.polygon:
      case OPS.curve:
        return body.length > head ? this.#shape(sheet, code, body) : undefined;
      case OPS.image:
        return this.#placed(canvas, this.#resources.image(at(body, 0)), body.subarray(1));
      case OPS.video:
        return this.#placed(
          canvas,
          this.#resources.frame(at(body, 0), at(body, 1), this.#surface),
          body.subarray(2),
        );
      case OPS.sprites:
        return this.#sprites(canvas, body);
      case OPS.text:
        return this.#text(sheet, body);
      case OPS.tile:
        return this.#tile(canvas, body);
      case OPS.offscreen:
        return this.#offscreen(sheet, body);
      case OPS.stamp:
        return this.#stamp(sheet, body);
      case OPS.restore:
        return this.#restore(sheet);
      default:
        return this.#push(sheet, code, body);
    }
  }

  /** @param {Sheet} sheet @param {number} code @param {Float32Array} body */
  #shape({ canvas, shape }, code, body) {
    const path = this.#shapes.path(code, body);
    shape.draw(canvas, path, (code === OPS.polygon || code === OPS.curve) && body[0] !== 0);
    path.delete();
  }

  // Pictures.

  /** @param {Canvas} canvas @param {Image | null} image @param {Float32Array} placed x ... sampling */
  #placed(canvas, image, placed) {
    if (!image) return;
    const [x, y, width, height, rotation, opacity, blend, sampling] = numbers(placed);
    canvas.save();
    canvas.translate(x, y);
    canvas.rotate(rotation * DEGREES, 0, 0);
    canvas.scale(width / image.width(), height / image.height());
    canvas.translate(-image.width() / 2, -image.height() / 2);
    this.#drawImage(canvas, image, opacity, blend, sampling);
    canvas.restore();
  }

  /**
   * A picture at the origin, one of its pixels a unit wide. What is neither turned nor blended is drawn without dither,
   * as on the server: Skia's CPU code then takes a quicker way, whose pixels differ a little from the other's.
   * @param {Canvas} canvas @param {Image} image @param {number} opacity @param {number} blend @param {number} sampling
   */
  #drawImage(canvas, image, opacity, blend, sampling) {
    const [across, skewX, , skewY, down] = canvas.getTotalMatrix();
    const isStraight = skewX === 0 && skewY === 0;
    let name = SAMPLINGS[sampling];
    if (name === "mipmap" && isStraight && Math.min(Math.abs(Number(across)), Math.abs(Number(down))) >= 1) {
      name = "linear"; // what mipmaps come to where nothing is made smaller
    }
    const paint = this.#set(opacity, blend);
    paint.setDither(!(blend === 0 && isStraight && (name === "nearest" || name === "linear")));
    this.#drawAs(canvas, image, name, paint);
  }

  /** @param {Canvas} canvas @param {Image} image @param {string | undefined} name of a sampling @param {Paint} paint */
  #drawAs(canvas, image, name, paint) {
    const { FilterMode, MipmapMode } = this.#ck;
    if (name === "cubic") canvas.drawImageCubic(image, 0, 0, 1 / 3, 1 / 3, paint);
    else {
      const filter = name === "nearest" ? FilterMode.Nearest : FilterMode.Linear;
      canvas.drawImageOptions(image, 0, 0, filter, name === "mipmap" ? MipmapMode.Linear : MipmapMode.None, paint);
    }
  }

  /** @param {Canvas} canvas @param {Float32Array} body */
  #sprites(canvas, body) {
    const image = this.#resources.image(at(body, 0));
    const count = (body.length - 2) / 8;
    if (!image || count < 1) return;
    const { boxes, forms, colors } = spriteRows(body.subarray(2), count, image.width(), image.height());
    const { BlendMode, FilterMode, MipmapMode } = this.#ck;
    canvas.drawAtlas(image, boxes, forms, this.#set(1, at(body, 1)), BlendMode.Modulate, colors, {
      filter: FilterMode.Linear,
      mipmap: MipmapMode.None,
    });
  }

  /** @param {Sheet} sheet @param {Float32Array} body */
  #text({ canvas }, body) {
    const [number, x, y, scale, rotation, red, green, blue, alpha, blend] = numbers(body);
    const text = this.#resources.text(number, this.#scale);
    const { ColorFilter, BlendMode } = this.#ck;
    const tint = ColorFilter.MakeBlend(Float32Array.of(red, green, blue, alpha), BlendMode.Modulate);
    canvas.save();
    canvas.translate(x, y);
    canvas.rotate(rotation * DEGREES, 0, 0);
    canvas.scale(scale, scale);
    canvas.translate(-text.width / 2 - text.margin, -text.height / 2 - text.margin);
    canvas.scale(1 / text.scale, 1 / text.scale);
    const paint = this.#set(1, blend);
    paint.setColorFilter(tint);
    this.#drawAs(canvas, text.image, "mipmap", paint);
    paint.setColorFilter(none());
    tint.delete();
    canvas.restore();
  }

  /** @param {Canvas} canvas @param {Float32Array} body */
  #tile(canvas, body) {
    const [number, x, y, scale, opacity, blend, sampling] = numbers(body);
    const image = this.#resources.image(number);
    if (!image || !(scale > 0)) return;
    const { FilterMode, MipmapMode, TileMode } = this.#ck;
    const place = [scale, 0, x, 0, scale, y, 0, 0, 1];
    const name = SAMPLINGS[sampling];
    const shader =
      name === "cubic"
        ? image.makeShaderCubic(TileMode.Repeat, TileMode.Repeat, 1 / 3, 1 / 3, place)
        : image.makeShaderOptions(
            TileMode.Repeat,
            TileMode.Repeat,
            name === "nearest" ? FilterMode.Nearest : FilterMode.Linear,
            name === "mipmap" ? MipmapMode.Linear : MipmapMode.None,
            place,
          );
    const [, skewX, , skewY] = canvas.getTotalMatrix();
    const paint = this.#set(opacity, blend);
    paint.setDither(!(blend === 0 && skewX === 0 && skewY === 0 && (name === "nearest" || name === "linear")));
    paint.setShader(shader);
    canvas.drawPaint(paint);
    paint.setShader(none());
    shader.delete();
  }

  // Stack.

  /** @param {Sheet} sheet */
  #restore({ canvas, stack }) {
    if (stack.pop() === undefined) throw new Error("Expected something open before 'restore'.");
    canvas.restore();
  }

  /** @param {Sheet} sheet @param {number} code @param {Float32Array} body */
  #push({ canvas, stack }, code, body) {
    stack.push(code === OPS.transform);
    if (code === OPS.layer || code === OPS.layer_color || code === OPS.layer_blur) {
      this.#layer(canvas, code, body);
      return;
    }
    canvas.save();
    const [a, b, c, d, e, f] = numbers(body);
    if (code === OPS.transform) canvas.concat([a, c, e, b, d, f, 0, 0, 1]);
    else this.#clip(canvas, code, body);
  }

  /** @param {Canvas} canvas @param {number} code @param {Float32Array} body */
  #clip(canvas, code, body) {
    const { ClipOp } = this.#ck;
    const [x, y, c, d, radius] = numbers(body);
    if (code === OPS.clip_rect && !(radius > 0)) {
      canvas.clipRect([x, y, x + c, y + d], ClipOp.Intersect, true);
    } else if (code === OPS.clip_rect) {
      const box = new Float32Array(12).fill(radius);
      box.set([x, y, x + c, y + d]);
      canvas.clipRRect(box, ClipOp.Intersect, true);
    } else {
      const path =
        code === OPS.clip_circle ? this.#shapes.path(OPS.circles, body) : this.#shapes.polygon(body, true);
      canvas.clipPath(path, ClipOp.Intersect, true);
      path.delete();
    }
  }

  /** @param {Canvas} canvas @param {number} code @param {Float32Array} body */
  #layer(canvas, code, body) {
    const { ColorFilter, ImageFilter, TileMode } = this.#ck;
    const paint = this.#set(at(body, 0), at(body, 1));
    paint.setDither(false);
    const color = code === OPS.layer_color ? ColorFilter.MakeMatrix(body.subarray(2, 22)) : null;
    const sigma = code === OPS.layer_blur ? at(body, 2) : 0;
    const blur = sigma > 0 ? ImageFilter.MakeBlur(sigma, sigma, TileMode.Decal, null) : null;
    if (color) paint.setColorFilter(color);
    if (blur) paint.setImageFilter(blur);
    canvas.saveLayer(paint);
    paint.setColorFilter(none());
    paint.setImageFilter(none());
    color?.delete();
    blur?.delete();
  }

  // Nested.

  /**
   * The cached picture at a place and those that follow it, drawn as one, as on the server: there each that is clear in
   * parts rounds down what it covers.
   * @param {Sheet} sheet @param {Float32Array} list @param {number} start @returns {number} where the last ends
   */
  #cachedRun(sheet, list, start) {
    const bodies = [];
    let end = start;
    while (list[end] === OPS.cached && at(list, end + 1) >= 1) {
      const next = end + 2 + at(list, end + 1);
      if (next > list.length) break;
      bodies.push(list.subarray(end + 2, next));
      end = next;
    }
    this.#drawWhole(sheet, this.#together(sheet, bodies), sheet.divisor, 1, 0, SAMPLINGS.indexOf("linear"));
    return end;
  }

  /** @param {Sheet} sheet @param {Float32Array[]} bodies @returns {Image} */
  #together({ divisor, depth }, bodies) {
    const kept = (/** @type {Float32Array} */ body) =>
      this.#sheets.cached(String(at(body, 0)), divisor, (surface) => {
        this.#paint(surface, divisor, depth + 1, body.subarray(1));
      });
    if (bodies.length === 1) return kept(/** @type {Float32Array} */ (bodies[0]));
    return this.#sheets.cached(bodies.map((body) => at(body, 0)).join("+"), divisor, (surface) => {
      for (const image of bodies.map(kept)) {
        const paint = this.#set(1, 0);
        paint.setDither(false);
        this.#drawAs(surface.getCanvas(), image, "nearest", paint);
      }
    });
  }

  /** @param {Sheet} sheet @param {Float32Array} body */
  #offscreen(sheet, body) {
    const divisor = Math.min(MOST_DIVISOR, Math.max(1, Math.trunc(at(body, 1))));
    this.#sheets.paintSlot(at(body, 0), divisor, (surface) => {
      this.#paint(surface, divisor, sheet.depth + 1, body.subarray(2));
    });
  }

  /** @param {Sheet} sheet @param {Float32Array} body */
  #stamp(sheet, body) {
    const [slot, a, b, c, d, e, f, opacity, blend, sampling] = numbers(body);
    const kept = this.#sheets.slot(slot);
    if (a === 1 && b === 0 && c === 0 && d === 1 && e === 0 && f === 0) {
      this.#drawWhole(sheet, kept.image, kept.divisor, opacity, blend, sampling);
      return;
    }
    this.#push(sheet, OPS.transform, Float32Array.of(a, b, c, d, e, f));
    this.#drawWhole(sheet, kept.image, kept.divisor, opacity, blend, sampling);
    this.#restore(sheet);
  }

  /**
   * A picture of 1/divisor of the target's size over the whole canvas' area. Where nothing transforms, pixels lie on
   * pixels: without the rounding of a scale and its inverse Skia sees that too.
   * @param {Sheet} sheet @param {Image} image @param {number} divisor @param {number} opacity @param {number} blend
   * @param {number} sampling
   */
  #drawWhole(sheet, image, divisor, opacity, blend, sampling) {
    const { canvas, stack } = sheet;
    canvas.save();
    let part = divisor / this.#scale;
    if (!stack.includes(true)) {
      canvas.concat(/** @type {number[]} */ (this.#ck.Matrix.invert(canvas.getTotalMatrix())));
      part = divisor / sheet.divisor;
    }
    canvas.scale(part, part);
    if (part === 1) {
      const paint = this.#set(opacity, blend);
      paint.setDither(false);
      this.#drawAs(canvas, image, "nearest", paint);
    } else this.#drawImage(canvas, image, opacity, blend, sampling);
    canvas.restore();
  }

  /** @param {number} opacity @param {number} blend */
  #set(opacity, blend) {
    this.#plain.setAlphaf(opacity);
    this.#plain.setDither(true);
    this.#plain.setBlendMode(/** @type {import("canvaskit-wasm").BlendMode} */ (this.#blends[blend]));
    return this.#plain;
  }
}

/** CanvasKit takes null to take something off a paint; its types do not say so. @returns {any} */
function none() {
  return null;
}
