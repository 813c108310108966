/** Pictures of nested lists: those that are kept for their key, and those of one frame by their slots. */

import { imageInfo } from "./painter-pictures.js";
import { Shelf } from "./painter-shelf.js";

/** @typedef {import("canvaskit-wasm").CanvasKit} CanvasKit */
/** @typedef {import("canvaskit-wasm").Image} Image */
/** @typedef {import("canvaskit-wasm").Surface} Surface */
/** @typedef {{image: Image, divisor: number}} Kept a picture of 1/divisor of the target's size */

/** Pictures of `cached` lists that are kept: at 1080p one is 8 MB. */
const CACHE_ROOM = 192 * 1024 * 1024;

export class Sheets {
  /** @type {Shelf<Image>} */
  #cache = new Shelf(CACHE_ROOM, (image) => image.delete());
  /** Surfaces that are free, by their divisor. @type {Map<number, Surface[]>} */
  #spare = new Map();
  /** Of this frame. @type {Map<number, Kept & {surface: Surface}>} */
  #slots = new Map();
  #ck;
  #target;
  #size;

  /** @param {CanvasKit} ck @param {Surface} target that others are made like @param {{width: number, height: number}} size */
  constructor(ck, target, size) {
    this.#ck = ck;
    this.#target = target;
    this.#size = size;
  }

  /** Another target: what was made like the old one goes. @param {Surface} target @param {{width: number, height: number}} size */
  moveTo(target, size) {
    this.clear();
    this.#target = target;
    this.#size = size;
  }

  /** The next frame begins. */
  turn() {
    this.#cache.turn();
  }

  /** The picture for a key, painted when it is not there. @param {string} key @param {number} divisor @param {(surface: Surface) => void} paint */
  cached(key, divisor, paint) {
    return this.#cache.get(`${key}/${divisor}`, () => {
      const surface = this.#surface(divisor);
      try {
        paint(surface);
        const value = surface.makeImageSnapshot();
        return { value, bytes: value.width() * value.height() * 4 };
      } finally {
        surface.delete(); // its picture lives on; painted on again it would have to be copied
      }
    });
  }

  /** Paint a picture of this frame. @param {number} slot @param {number} divisor @param {(surface: Surface) => void} paint */
  paintSlot(slot, divisor, paint) {
    const surface = this.#spare.get(divisor)?.pop() ?? this.#surface(divisor);
    try {
      surface.getCanvas().clear(this.#ck.TRANSPARENT);
      paint(surface);
    } catch (error) {
      surface.delete();
      throw error;
    }
    this.#release(slot);
    this.#slots.set(slot, { image: surface.makeImageSnapshot(), divisor, surface });
  }

  /** A picture of this frame. @param {number} slot @returns {Kept} */
  slot(slot) {
    const kept = this.#slots.get(slot);
    if (!kept) throw new Error(`Expected an offscreen ${slot} before its stamp.`);
    return kept;
  }

  /** The frame is done: its surfaces are free. */
  endFrame() {
    for (const slot of [...this.#slots.keys()]) this.#release(slot);
  }

  /** The cached pictures go. */
  forget() {
    this.#cache.clear();
  }

  clear() {
    this.endFrame();
    this.forget();
    for (const surface of [...this.#spare.values()].flat()) surface.delete();
    this.#spare.clear();
  }

  /** @param {number} slot */
  #release(slot) {
    const kept = this.#slots.get(slot);
    if (!kept) return;
    kept.image.delete();
    this.#spare.set(kept.divisor, [...(this.#spare.get(kept.divisor) ?? []), kept.surface]);
    this.#slots.delete(slot);
  }

  /** @param {number} divisor @returns {Surface} transparent */
  #surface(divisor) {
    const width = Math.ceil(this.#size.width / divisor);
    const height = Math.ceil(this.#size.height / divisor);
    const surface = this.#target.makeSurface(imageInfo(this.#ck, width, height));
    if (!surface) throw new Error(`Expected memory for a picture of ${width} x ${height} pixels.`);
    surface.getCanvas().clear(this.#ck.TRANSPARENT);
    return surface;
  }
}
