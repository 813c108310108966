/** The pictures, texts and films that a display list names by number: entries of the scene's table made drawable. */

import { arrayPicture, decodePicture, imageInfo, pictureFacts } from "./painter-pictures.js";
import { Shelf } from "./painter-shelf.js";
import { rasterText } from "./painter-text.js";

/** @typedef {import("canvaskit-wasm").CanvasKit} CanvasKit */
/** @typedef {import("canvaskit-wasm").Image} Image */
/** @typedef {import("canvaskit-wasm").Surface} Surface */
/** @typedef {import("./painter-fonts.js").FontBook} FontBook */
/** @typedef {import("./painter-text.js").TextEntry} TextEntry */
/**
 * An entry as `painter_entry` of `shared/scene/lettering.py` gives it.
 * @typedef {({type: "text"} & TextEntry) | {type: "image", media: string} | {type: "video", media: string}
 *   | {type: "array", name: string, width: number, height: number, mipmaps: boolean}} Entry
 */
/** @typedef {{image: Image, scale: number, margin: number, width: number, height: number}} TextPicture */
/** @typedef {ImageBitmap | VideoFrame | OffscreenCanvas} Source */
/**
 * Where frames of films come from: the port's picture of a frame, or null while there is none. It stays the port's,
 * who may close it when the list was played.
 * @typedef {{frame(mediaId: string, number: number): Source | Image | null}} Films
 */

/** Rasterised texts that are kept; a full-width line at 1080p is about 5 MB. */
const TEXT_ROOM = 128 * 1024 * 1024;

export class PainterResources {
  /** @type {Entry[]} */
  #entries = [];
  /** Texts by what they are, so that the next scene's find theirs: entries as JSON, by number. @type {Map<number, string>} */
  #textKeys = new Map();
  /** Of arrays, by number. @type {Map<number, Image>} */
  #arrays = new Map();
  /** By medium. @type {Map<string, Image>} */
  #media = new Map();
  /** The frame that was drawn last, by medium. @type {Map<string, {number: number, image: Image}>} */
  #frames = new Map();
  /** @type {Shelf<TextPicture>} */
  #texts = new Shelf(TEXT_ROOM, ({ image }) => image.delete());
  #ck;
  #fonts;
  /** @type {Films | null} */
  films = null;

  /** @param {CanvasKit} ck @param {FontBook} fonts */
  constructor(ck, fonts) {
    this.#ck = ck;
    this.#fonts = fonts;
  }

  get length() {
    return this.#entries.length;
  }

  /**
   * What is new in the scene's table, in its order.
   * @param {ReadonlyArray<Entry>} entries @param {ReadonlyMap<number, Uint8Array>} pixels of arrays, by number
   */
  add(entries, pixels) {
    for (const entry of entries) {
      const number = this.#entries.length;
      if (entry.type === "array") {
        const bytes = pixels.get(number);
        if (!bytes) throw new Error(`Expected the pixels of picture ${number} (${entry.name}), got none.`);
        this.#arrays.set(number, arrayPicture(this.#ck, entry, bytes));
      }
      if (entry.type === "text") this.#textKeys.set(number, JSON.stringify(entry));
      this.#entries.push(entry);
    }
  }

  /** A picture of the project; its size and small copy. @param {string} media @param {Uint8Array} bytes */
  setPicture(media, bytes) {
    const image = decodePicture(this.#ck, bytes);
    this.forget(media);
    this.#media.set(media, image);
    return pictureFacts(this.#ck, image);
  }

  /** @param {string} media */
  forget(media) {
    this.#media.get(media)?.delete();
    this.#media.delete(media);
    this.#frames.get(media)?.image.delete();
    this.#frames.delete(media);
  }

  /** A picture by its number, or null where its medium is missing. @param {number} number @returns {Image | null} */
  image(number) {
    const entry = this.#entry(number);
    if (entry.type === "array") return this.#arrays.get(number) ?? null;
    if (entry.type === "image") return this.#media.get(entry.media) ?? null;
    throw new Error(`Expected number ${number} to be a picture, got a ${entry.type}.`);
  }

  /** @param {number} number @param {number} targetScale target pixels per canvas pixel @returns {TextPicture} */
  text(number, targetScale) {
    const entry = this.#entry(number);
    if (entry.type !== "text") throw new Error(`Expected number ${number} to be a text, got a ${entry.type}.`);
    const key = `${this.#textKeys.get(number)}@${targetScale}/${this.#fonts.mediaCount}`;
    return this.#texts.get(key, () => {
      const value = rasterText(this.#ck, this.#fonts, entry, targetScale);
      return { value, bytes: (value.image.width() * value.image.height() * 16) / 3 }; // mipmaps add a third
    });
  }

  /**
   * A frame of a film, or null while there is none.
   * @param {number} number @param {number} frame @param {Surface} surface that it will be drawn on
   */
  frame(number, frame, surface) {
    const entry = this.#entry(number);
    if (entry.type !== "video") throw new Error(`Expected number ${number} to be a film, got a ${entry.type}.`);
    const last = this.#frames.get(entry.media);
    if (last?.number === frame) return last.image;
    const source = this.films?.frame(entry.media, frame);
    if (!source) return last?.image ?? null;
    const image = isImage(source) ? copyOf(this.#ck, source) : imageOf(this.#ck, source, surface);
    last?.image.delete();
    this.#frames.set(entry.media, { number: frame, image });
    return image;
  }

  /** The next frame begins: texts that it does not use may go. */
  turn() {
    this.#texts.turn();
  }

  /** Another surface: what lived on the old one is gone. */
  moved() {
    for (const { image } of this.#frames.values()) image.delete();
    this.#frames.clear();
  }

  /** Another scene's table follows; media stay. */
  forgetTable() {
    for (const image of this.#arrays.values()) image.delete();
    this.#arrays.clear();
    this.#textKeys.clear();
    this.#entries = [];
  }

  dispose() {
    this.moved();
    this.forgetTable();
    this.#texts.clear();
    for (const image of this.#media.values()) image.delete();
    this.#media.clear();
  }

  /** @param {number} number @returns {Entry} */
  #entry(number) {
    const entry = this.#entries[number];
    if (!entry) throw new Error(`Expected a picture or text below ${this.#entries.length}, got number ${number}.`);
    return entry;
  }
}

/** @param {Source | Image} source @returns {source is Image} */
function isImage(source) {
  return "makeShaderOptions" in source;
}

/** One that we may delete. @param {CanvasKit} ck @param {Image} image */
function copyOf(ck, image) {
  const info = imageInfo(ck, image.width(), image.height());
  const pixels = image.readPixels(0, 0, info);
  const copy = pixels && ck.MakeImage(info, /** @type {Uint8Array} */ (pixels), info.width * 4);
  if (!copy) throw new Error("Expected the pixels of a film's frame, got none.");
  return copy;
}

/** @param {CanvasKit} ck @param {Source} source @param {Surface} surface @returns {Image} */
function imageOf(ck, source, surface) {
  const width = "displayWidth" in source ? source.displayWidth : source.width;
  const height = "displayHeight" in source ? source.displayHeight : source.height;
  const info = imageInfo(ck, width, height);
  if (surface.reportBackendTypeIsGPU()) {
    const texture = /** @type {import("canvaskit-wasm").TextureSource} */ (/** @type {unknown} */ (source));
    const image = surface.makeImageFromTextureSource(texture, info, true);
    if (image) return image;
  }
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("Expected a canvas to read a film's frame with.");
  context.drawImage(/** @type {CanvasImageSource} */ (source), 0, 0, width, height);
  const pixels = context.getImageData(0, 0, width, height).data;
  const image = ck.MakeImage({ ...info, alphaType: ck.AlphaType.Opaque }, pixels, width * 4);
  if (!image) throw new Error(`Expected memory for a film's frame of ${width} x ${height} pixels.`);
  return image;
}
