/**
 * The painter as the preview uses it: a target that can be lost and made again, fonts that come when texts need them,
 * media with their facts, and pictures of templates beside it all. Lives in the worker.
 * @import {CanvasKit} from "canvaskit-wasm"
 * @import {Entry} from "./painter-resources.js"
 * @import {TextEntry} from "./painter-text.js"
 * @import {Target} from "./painter-surface.js"
 * @import {Size} from "./video-loop.js"
 */
import { FontBook, FontsMissing } from "./painter-fonts.js";
import { canvasTarget, memoryTarget, softwareTarget } from "./painter-surface.js";
import { Painter } from "./painter.js";
import { drawHeld } from "./video-flash-paint.js";

/** What Python hands over of new pictures and texts. @typedef {{entries: string, pixels: Array<Uint8Array|null>}} Fresh */
/** @typedef {{frame: (t: number) => any, fresh: () => Fresh|null}} Drawn a scene's functions in Python */
/** And how far its pictures are held back, and to what. @typedef {Drawn & {held: (t: number) => number, heldStill: (t: number) => any}} Held */
/** What is painted by itself, in memory. @typedef {{painter: Painter, target: Target, dispose: () => void}} Apart */

export class VideoPainter {
  #ck;
  #canvas;
  #fonts;
  /** @type {Target} */
  #target;
  /** @type {Painter} */
  #painter;
  /** @type {Size} of the project */
  #canvasSize = { width: 1920, height: 1080 };
  /** @type {Size} */
  #size;
  /** Facts and bytes of pictures by their ids. @type {Map<string, {bytes: Uint8Array, facts: {width: number, height: number, small: {width: number, height: number, pixels: Uint8Array}}}>} */
  #pictures = new Map();
  #onFonts;
  #onRestored;
  #generation = 0;
  /** @type {Set<string>} */
  #loading = new Set();
  /** @type {Promise<unknown>} */
  #coming = Promise.resolve();
  /** How many texts could not be measured yet: Python has guessed them. */
  guesses = 0;

  /**
   * @param {CanvasKit} ck @param {OffscreenCanvas} canvas
   * @param {{readFont: (file: string) => Promise<ArrayBuffer>, onFonts: () => void, onFontTrouble: (message: string) => void, onRestored: () => void}} deps
   */
  constructor(ck, canvas, { readFont, onFonts, onFontTrouble, onRestored }) {
    this.#ck = ck;
    this.#canvas = canvas;
    this.#onFonts = { come: onFonts, fail: onFontTrouble };
    this.#size = { width: canvas.width, height: canvas.height };
    this.#fonts = new FontBook(ck, readFont);
    this.#onRestored = onRestored;
    this.#target = canvasTarget(ck, canvas, onRestored);
    this.#painter = new Painter(ck, this.#target.surface, this.#sizes(this.#size), this.#fonts);
  }

  get gpu() {
    return this.#target.gpu;
  }

  /** Whether the browser has taken the graphics away, for now. */
  get lost() {
    return this.#target.isLost() && !this.#target.isBack();
  }

  /** Pixels that are painted. @param {Size} size */
  resize(size) {
    if (size.width === this.#size.width && size.height === this.#size.height) return;
    this.#size = size;
    this.#remake();
  }

  /** Pixels of the project. @param {Size} size */
  setCanvas(size) {
    if (size.width === this.#canvasSize.width && size.height === this.#canvasSize.height) return;
    this.#canvasSize = size;
    this.#painter.moveTo(this.#target.surface, this.#sizes(this.#size));
  }

  /**
   * One frame, from Python's floats to the canvas.
   * @param {Held} scene @param {number} t @param {number} generation of Python's table
   * @returns {{python: number, paint: number}} milliseconds
   */
  paint(scene, t, generation) {
    if (this.lost) return { python: 0, paint: 0 };
    if (this.#target.isLost()) this.#remake();
    if (generation !== this.#generation) this.#forget(generation);
    const began = performance.now();
    const frame = scene.frame(t);
    const fresh = scene.fresh();
    const drawn = performance.now();
    try {
      if (fresh) addEntries(this.#painter, fresh);
      play(this.#painter, frame);
      if (scene.held(t) > 0) drawHeld(this.#ck, this.#target.surface, scene, t);
      this.#target.show();
    } finally {
      frame.destroy();
    }
    return { python: drawn - began, paint: performance.now() - drawn };
  }

  /**
   * Pictures of a scene by itself, painted in memory.
   * @param {Drawn & {width: number, height: number}} scene @param {readonly number[]} times @param {Size} size
   * @returns {Promise<Uint8Array[]>} premultiplied RGBA of each time
   */
  async stills(scene, times, size) {
    const apart = this.apart(scene, size);
    try {
      const pictures = [];
      for (const t of times) pictures.push(await this.#still(apart.painter, scene, t, apart.target));
      return pictures;
    } finally {
      apart.dispose();
    }
  }

  /**
   * Another painter with the same media and fonts, without films; dispose of it.
   * @param {{width: number, height: number}} canvas pixels of the project @param {Size} size @returns {Apart}
   */
  apart(canvas, size) {
    const target = memoryTarget(this.#ck, size.width, size.height);
    const painter = new Painter(this.#ck, target.surface, { ...size, canvasWidth: canvas.width, canvasHeight: canvas.height }, this.#fonts);
    const dispose = () => (painter.dispose(), target.dispose());
    try {
      for (const [id, { bytes }] of this.#pictures) painter.setMedia(id, bytes);
    } catch (error) {
      dispose();
      throw error;
    }
    return { painter, target, dispose };
  }

  /** Fonts that a picture asked for; rejects where they cannot be had. @param {readonly string[]} files */
  async fonts(files) {
    await this.#fonts.load([...files]);
  }

  /** All fonts that texts asked for so far; rejects where they cannot be had. */
  get fontsCame() {
    return this.#coming;
  }

  /** @param {Painter} painter @param {Drawn} scene @param {number} t @param {Target} target */
  async #still(painter, scene, t, target) {
    for (;;) {
      const frame = scene.frame(t);
      try {
        const fresh = scene.fresh();
        if (fresh) addEntries(painter, fresh);
        play(painter, frame);
        return target.pixels();
      } catch (error) {
        if (!(error instanceof FontsMissing)) throw error;
        await this.#fonts.load(error.files);
      } finally {
        frame.destroy();
      }
    }
  }

  // What Python asks of texts and media.

  /** Null while fonts are on their way; `onFonts` when they have come. @param {string} json */
  measure(json) {
    /** @type {TextEntry} */
    const entry = JSON.parse(json);
    try {
      return this.#painter.measure(entry);
    } catch (error) {
      if (!(error instanceof FontsMissing)) throw error;
      this.loadFonts(error.files);
      this.guesses += 1;
      return null;
    }
  }

  /** @param {string[]} files */
  loadFonts(files) {
    const missing = files.filter((file) => !this.#loading.has(file));
    if (missing.length === 0) return;
    for (const file of missing) this.#loading.add(file);
    const load = this.#fonts.load(missing);
    this.#coming = Promise.all([this.#coming.catch(() => {}), load]);
    this.#coming.catch(() => {}); // told below, and to who waits for it
    load.then(
      () => this.#onFonts.come(),
      (error) => {
        for (const file of missing) this.#loading.delete(file);
        this.#onFonts.fail(error instanceof Error ? error.message : String(error));
      },
    );
  }

  /** @param {string} id */
  image(id) {
    const facts = this.#pictures.get(id)?.facts;
    if (!facts) return null;
    const { width, height, small } = facts;
    return { width, height, small: small.pixels, smallWidth: small.width, smallHeight: small.height };
  }

  /** Throws a sentence for what is no picture. @param {string} id @param {Uint8Array} bytes */
  setPicture(id, bytes) {
    const facts = /** @type {any} */ (this.#painter.setMedia(id, bytes));
    this.#pictures.set(id, { bytes, facts });
  }

  /** @param {string} id @param {ArrayBuffer} bytes */
  setFont(id, bytes) {
    this.#fonts.addMedium(id, bytes);
  }

  /** @param {import("./painter-resources.js").Films|null} films */
  setFilms(films) {
    this.#painter.setFilms(films);
  }

  /** @param {string} id */
  dropMedia(id) {
    this.#pictures.delete(id);
    this.#painter.removeMedia(id);
  }

  // Surfaces.

  /** @param {Size} size */
  #sizes(size) {
    return { width: size.width, height: size.height, canvasWidth: this.#canvasSize.width, canvasHeight: this.#canvasSize.height };
  }

  #remake() {
    const { gpu } = this.#target;
    this.#target.dispose();
    this.#canvas.width = this.#size.width;
    this.#canvas.height = this.#size.height;
    this.#target = gpu ? canvasTarget(this.#ck, this.#canvas, this.#onRestored) : softwareTarget(this.#ck, this.#canvas);
    this.#painter.moveTo(this.#target.surface, this.#sizes(this.#size));
  }

  /** @param {number} generation */
  #forget(generation) {
    this.#generation = generation;
    this.#painter.reset();
  }
}

/** @param {Painter} painter @param {any} frame a numpy array */
export function play(painter, frame) {
  const view = frame.getBuffer("f32");
  try {
    painter.play(view.data);
  } finally {
    view.release();
  }
}

/** @param {Painter} painter @param {Fresh} fresh */
export function addEntries(painter, { entries, pixels }) {
  /** @type {Map<number, Uint8Array>} */
  const arrays = new Map();
  pixels.forEach((each, at) => {
    if (each) arrays.set(painter.known + at, each);
  });
  painter.addResources(/** @type {Entry[]} */ (JSON.parse(entries)), arrays);
}
