// The painter on memory: what ops paint, what it says of bad lists and bad pictures, and that nothing is left behind.
import assert from "node:assert/strict";
import { before, test } from "node:test";

import { FontsMissing } from "../../web/js/painter-fonts.js";
import { memoryTarget } from "../../web/js/painter-surface.js";
import { Painter } from "../../web/js/painter.js";
import { BLENDS, HEADS, OPS } from "../../web/js/scene-ops.js";
import { fontBook, loadCanvasKit } from "../parity/canvaskit.mjs";

/** @typedef {import("canvaskit-wasm").CanvasKit} CanvasKit */
/** @typedef {import("../../web/js/painter-resources.js").Entry} Entry */

/** @type {CanvasKit & {HEAPU8: Uint8Array}} */
let ck;
/** @type {import("../../web/js/painter-fonts.js").FontBook} */
let fonts;

/**
 * Handles of CanvasKit that were made and not deleted: Emscripten tells a registry of each that counts references, so
 * that a forgotten one is freed some time, which the heap alone would not show.
 */
/** @type {Set<unknown>} */
const handles = new Set();
Object.assign(globalThis, {
  FinalizationRegistry: class {
    /** @param {unknown} _ @param {unknown} __ @param {unknown} token */
    register(_, __, token) {
      handles.add(token);
    }

    /** @param {unknown} token */
    unregister(token) {
      return handles.delete(token);
    }
  },
});

before(async () => {
  ck = /** @type {any} */ (await loadCanvasKit());
  fonts = fontBook(ck);
});

const INTER = { family: "Inter", weight: 700, italic: false, file: "font-inter-0.4.2/Inter_700Bold.ttf" };

/** @param {string} words @param {object} [more] @returns {Entry} */
function text(words, more = {}) {
  return {
    type: "text",
    ...{ text: words, weight: 700, italic: false, size: 40, width: 200, align: "center", spacing: 0, lineHeight: 0 },
    ...{ stroke: 0, blur: 0, maxLines: 0, plan: { text: words, faces: [INTER], locale: "en" } },
    ...more,
  };
}

/** @typedef {[name: keyof typeof OPS, ...floats: (number | (number | any[])[])[]]} Op */

/** Ops by name; a list among the floats is a nested list. @param {...any[]} ops */
function list(...ops) {
  /** @type {number[]} */
  const floats = [];
  for (const [name, ...body] of ops) {
    const flat = body.flatMap((part) => (Array.isArray(part) ? [...list(...part)] : [part]));
    floats.push(OPS[/** @type {keyof typeof OPS} */ (name)], flat.length, ...flat);
  }
  return new Float32Array(floats);
}

/** @param {number} [size] */
function easel(size = 64) {
  const target = memoryTarget(ck, size, size);
  const painter = new Painter(ck, target.surface, { width: size, height: size, canvasWidth: 64, canvasHeight: 64 }, fonts);
  const pixel = (/** @type {number} */ x, /** @type {number} */ y) => {
    const pixels = target.pixels();
    return [...pixels.subarray(4 * (y * size + x), 4 * (y * size + x) + 4)];
  };
  const close = () => {
    painter.dispose();
    target.dispose();
  };
  return { target, painter, pixel, close };
}

const RED = [1, 0, 0, 1];
const BLUE = [0, 0, 1, 1];
const FILL = ["paint", 0, 0, 0, 0, 0];

test("shapes are drawn in canvas pixels, whatever the target's size", () => {
  for (const size of [32, 64, 128]) {
    const { painter, pixel, close } = easel(size);
    painter.play(list(["clear", ...BLUE], FILL, ["solid", ...RED], ["rects", 0, 16, 16, 32, 32]));
    assert.deepEqual(pixel(size / 2, size / 2), [255, 0, 0, 255]);
    assert.deepEqual(pixel(size / 8, size / 2), [0, 0, 255, 255]);
    close();
  }
});

test("the paint holds across restore and begins anew in an offscreen", () => {
  const { painter, pixel, close } = easel();
  const inside = [["clear", 0, 0, 0, 0], ["rects", 0, 0, 0, 8, 8]];
  painter.play(
    list(
      ["clear", ...BLUE],
      ["transform", 1, 0, 0, 1, 32, 32],
      FILL,
      ["solid", ...RED],
      ["restore"],
      ["offscreen", 0, 1, inside],
      ["stamp", 0, 1, 0, 0, 1, 0, 0, 1, 0, 0],
      ["rects", 0, 48, 48, 8, 8],
    ),
  );
  assert.deepEqual(pixel(4, 4), [0, 0, 0, 255]); // a new paint is black
  assert.deepEqual(pixel(50, 50), [255, 0, 0, 255]);
  close();
});

test("a cached list is painted once for its key, and again at another size", () => {
  const { painter, pixel, target, close } = easel();
  const first = [FILL, ["solid", ...RED], ["rects", 0, 0, 0, 64, 64]];
  const other = [FILL, ["solid", ...BLUE], ["rects", 0, 0, 0, 64, 64]];
  painter.play(list(["cached", 7, first]));
  painter.play(list(["cached", 7, other]));
  assert.deepEqual(pixel(9, 9), [255, 0, 0, 255]);
  painter.moveTo(target.surface, { width: 64, height: 64, canvasWidth: 64, canvasHeight: 64 });
  painter.play(list(["cached", 7, other]));
  assert.deepEqual(pixel(9, 9), [0, 0, 255, 255]);
  close();
});

test("an offscreen of a divisor is stamped over the whole canvas", () => {
  const { painter, pixel, close } = easel();
  const inside = [FILL, ["solid", ...RED], ["rects", 0, 32, 0, 32, 64]];
  painter.play(list(["clear", ...BLUE], ["offscreen", 3, 4, inside], ["stamp", 3, 1, 0, 0, 1, 0, 0, 1, 0, 1]));
  assert.deepEqual(pixel(60, 60), [255, 0, 0, 255]);
  assert.deepEqual(pixel(4, 60), [0, 0, 255, 255]);
  close();
});

test("what a list left open is closed, and the next list begins afresh", () => {
  const { painter, pixel, close } = easel();
  painter.play(list(["transform", 1, 0, 0, 1, 32, 32], ["layer", 0.5, 0]));
  painter.play(list(["clear", ...BLUE], FILL, ["solid", ...RED], ["rects", 0, 0, 0, 4, 4]));
  assert.deepEqual(pixel(1, 1), [255, 0, 0, 255]);
  close();
});

test("a list that is none is refused with the place", () => {
  const { painter, pixel, close } = easel();
  for (const wrong of [[99, 0], [OPS.solid, 3, 1, 0, 0], [OPS.rects, 5, 0, 1], [NaN, 0], [OPS.clear]]) {
    const floats = new Float32Array([...list(["clear", ...BLUE]), ...wrong]);
    assert.throws(() => painter.play(floats), /Expected an op with all its floats at place 6 of a display list of /);
  }
  assert.deepEqual(pixel(1, 1), [0, 0, 255, 255]);
  assert.throws(() => painter.play(list(["stamp", 4, 1, 0, 0, 1, 0, 0, 1, 0, 0])), /Expected an offscreen 4 before its stamp/);
  assert.throws(() => painter.play(list(["text", 0, 0, 0, 1, 0, ...RED, 0])), /Expected a picture or text below 0, got number 0/);
  close();
});

test("a text waits for its font by name, then has a size", async () => {
  const { painter, close } = easel();
  const face = { ...INTER, file: "font-anton-0.4.2/Anton_400Regular.ttf" };
  const entry = /** @type {any} */ (text("Hi", { plan: { text: "Hi", faces: [face], locale: "en" } }));
  assert.throws(() => painter.measure(entry), (error) => error instanceof FontsMissing && error.files[0] === face.file);
  await fonts.load([face.file, face.file]);
  const size = painter.measure(entry);
  assert.equal(size.lines, 1);
  assert.ok(size.width > 20 && size.width < 60 && size.height > 40 && size.height < 80, JSON.stringify(size));
  close();
});

test("lines are counted and cut with an ellipsis, whatever falls back", async () => {
  await fonts.load([INTER.file]);
  const { painter, close } = easel();
  const words = "one two three four five six seven eight";
  const lines = (/** @type {number} */ maxLines) => painter.measure(/** @type {any} */ (text(words, { maxLines }))).lines;
  assert.equal(lines(0), 5);
  assert.deepEqual([1, 2, 9].map(lines), [1, 2, 5]);
  assert.equal(painter.measure(/** @type {any} */ (text(""))).width, 0);
  assert.equal(painter.measure(/** @type {any} */ (text("a\n\nb"))).lines, 3);
  close();
});

test("a font of the project comes first, and a broken one is named", async () => {
  const { painter, close } = easel();
  await fonts.load([INTER.file]);
  assert.throws(() => fonts.addMedium("m1", new Uint8Array([1, 2, 3]).buffer), /Expected a font in TTF, OTF or WOFF format/);
  const face = { ...INTER, family: "m1", file: "" };
  const entry = /** @type {any} */ (text("Hi", { plan: { text: "Hi", faces: [face, INTER], locale: "en" } }));
  const plain = painter.measure(/** @type {any} */ (text("Hi")));
  assert.deepEqual(painter.measure(entry), plain); // a font that is missing is left out
  close();
});

test("a picture that is none is refused in a sentence, and a missing one is not drawn", () => {
  const { painter, pixel, close } = easel();
  const sentence = /Expected a picture in PNG, JPEG, WebP, GIF, BMP or ICO format/;
  assert.throws(() => painter.setMedia("m1", new Uint8Array([137, 80, 78, 71, 13, 10, 26, 10, 0, 0])), sentence);
  assert.throws(() => painter.imageFacts(new Uint8Array(0)), sentence);
  painter.addResources([{ type: "image", media: "m1" }], new Map());
  painter.play(list(["clear", ...BLUE], ["image", 0, 32, 32, 64, 64, 0, 1, 0, 2]));
  assert.deepEqual(pixel(32, 32), [0, 0, 255, 255]);
  close();
});

test("pixels that do not fit their picture are refused", () => {
  const { painter, close } = easel();
  const entry = /** @type {Entry} */ ({ type: "array", name: "a", width: 2, height: 2, mipmaps: false });
  assert.throws(() => painter.addResources([entry], new Map([[0, new Uint8Array(3)]])), /Expected 16 bytes for a picture of 2 x 2, got 3/);
  assert.throws(() => painter.addResources([entry], new Map()), /Expected the pixels of picture 0 \(a\), got none/);
  close();
});

test("a film's frame is asked for once, and the last one stays while the next is not there", () => {
  const { painter, pixel, close } = easel();
  const color = (/** @type {number[]} */ rgba) => ck.MakeImage(info(2, 2), new Uint8Array([...rgba, ...rgba, ...rgba, ...rgba]), 8);
  const frames = [color([255, 0, 0, 255]), color([0, 255, 0, 255])];
  /** @type {number[]} */
  const asked = [];
  painter.setFilms({
    frame(id, number) {
      assert.equal(id, "m9");
      asked.push(number);
      return frames[number] ?? null;
    },
  });
  painter.addResources([{ type: "video", media: "m9" }], new Map());
  const show = (/** @type {number} */ number) => {
    painter.play(list(["video", 0, number, 32, 32, 64, 64, 0, 1, 0, 1]));
    return pixel(32, 32);
  };
  assert.deepEqual([show(0), show(0), show(1), show(5)].map((rgba) => rgba.slice(0, 3)), [[255, 0, 0], [255, 0, 0], [0, 255, 0], [0, 255, 0]]);
  assert.deepEqual(asked, [0, 1, 5]);
  for (const frame of frames) frame?.delete();
  close();
});

/** @param {number} width @param {number} height */
function info(width, height) {
  const { ColorType, AlphaType, ColorSpace } = ck;
  return { width, height, colorType: ColorType.RGBA_8888, alphaType: AlphaType.Premul, colorSpace: ColorSpace.SRGB };
}

/** A list with every op there is, different in each frame. @param {number} frame */
function everything(frame) {
  const turn = frame / 50;
  const stops = [0, ...RED, 1, ...BLUE];
  const shapes = [
    ["rects", 3, 4, 4, 9, 20, 20, 4, 9, 30],
    ["segments", 0, 0, 64, 64],
    ["circles", 20, 20, 9 + (frame % 7)],
    ["polygon", 1, 0, 0, 30, 0, 30, 30 + turn],
    ["curve", 1, 5, 5, 5, 5, 5, 5, 20, 5, 30, 20, 40, 40],
  ];
  const matrix = [1, 0, 0, 0, 0, 0, 1, 0, 0, 0.1, 0, 0, 0.5, 0, 0, 0, 0, 0, 1, 0];
  return list(
    ["clear", 0, 0, 0, 1],
    ["cached", frame % 3, [FILL, ["linear", 0, 0, 64, 64, ...stops], ["fill"]]],
    ["paint", 1, 2, 1, 1, 3],
    ["sweep", 32, 32, turn, ...stops],
    ...shapes,
    ["paint", 0, 0, 0, 0, 0],
    ["radial", 32, 32, 20, ...stops],
    ...shapes,
    ["offscreen", 0, 2, [["solid", ...RED], ["offscreen", 1, 2, shapes], ["stamp", 1, 1, 0, 0, 1, 0, 0, 1, 0, 1]]],
    ...BLENDS.map((_, blend) => ["stamp", 0, 1, 0, 0, 1, 0, 0, 0.2, blend, blend % 4]),
    ["transform", Math.cos(turn), Math.sin(turn), -Math.sin(turn), Math.cos(turn), 32, 32],
    ["clip_rect", -30, -30, 60, 60, frame % 2],
    ["clip_circle", 0, 0, 28],
    ["clip_polygon", -30, -30, 30, -30, 0, 30],
    ["layer", 0.5, 1],
    ["layer_color", 0.9, 0, ...matrix],
    ["layer_blur", 1, 0, 2],
    ["image", 0, 0, 0, 40, 40, turn, 0.8, 0, frame % 4],
    ["sprites", 0, 1, 5, 5, 0.5, turn, 1, 0.5, 0.2, 1, 9, 9, 1, 0, 1, 1, 1, 0.5],
    ["tile", 0, 3, 3, 0.7, 0.3, 2, frame % 4],
    ["text", 1 + (frame % 2), 0, 0, 0.4, turn, 1, 1, 1, 1, 0],
    ["video", 3, frame % 5, 0, 0, 20, 20, 0, 1, 0, 1],
    ...Array(7).fill(["restore"]),
  );
}

/** Bytes of CanvasKit's heap that are in use, to 16 KB: what can still be allocated before it grows tells. */
function bytesInUse() {
  const size = ck.HEAPU8.length;
  const chunks = [];
  while (ck.HEAPU8.length === size) chunks.push(ck.Malloc(Uint8Array, 16 * 1024 - 64));
  for (const chunk of chunks) ck.Free(chunk);
  return size - (chunks.length - 1) * 16 * 1024;
}

test("every op of the table is in the list of everything", () => {
  const floats = everything(0);
  const codes = new Set();
  const walk = (/** @type {Float32Array} */ part) => {
    for (let at = 0; at < part.length; at += 2 + Number(part[at + 1])) {
      const code = Number(part[at]);
      codes.add(code);
      const body = part.subarray(at + 2, at + 2 + Number(part[at + 1]));
      if (code === OPS.cached) walk(body.subarray(HEADS.cached));
      if (code === OPS.offscreen) walk(body.subarray(HEADS.offscreen));
    }
  };
  walk(floats);
  assert.deepEqual([...codes].sort((a, b) => a - b), Object.values(OPS));
});

test("500 frames leave nothing in the heap", async () => {
  await fonts.load([INTER.file]);
  const frame = (/** @type {number} */ number) => {
    const image = ck.MakeImage(info(8, 8), new Uint8Array(256).fill(40 * (number % 5)), 32);
    return /** @type {import("canvaskit-wasm").Image} */ (image);
  };
  const films = [0, 1, 2, 3, 4].map(frame);
  const { painter, close } = easel(32);
  painter.setFilms({ frame: (_, number) => films[number] ?? null });
  const array = /** @type {Entry} */ ({ type: "array", name: "a", width: 16, height: 16, mipmaps: true });
  const table = [array, text("Hi"), text("Ho", { stroke: 2, blur: 3, maxLines: 1 }), { type: "video", media: "m" }];
  painter.addResources(/** @type {Entry[]} */ (table), new Map([[0, new Uint8Array(1024).fill(200)]]));
  const play = (/** @type {number} */ count) => {
    for (let number = 0; number < count; number += 1) {
      painter.play(everything(number));
      painter.measure(/** @type {any} */ (table[1]));
    }
  };
  bytesInUse(); // grows the heap, so that what follows has room
  play(60); // fills CanvasKit's own caches
  const [before, alive] = [bytesInUse(), handles.size];
  play(500);
  const after = bytesInUse();
  assert.equal(handles.size, alive);
  assert.ok(after - before <= 64 * 1024, `${after - before} bytes more after 500 frames`);
  for (const film of films) film.delete();
  close();
});

test("a painter that is disposed of gives everything back", async () => {
  await fonts.load([INTER.file]);
  const once = () => {
    const { painter, close } = easel(256);
    painter.addResources([text("Hi", { width: 600 }), text("Ho")], new Map());
    painter.play(list(["text", 0, 32, 32, 1, 0, 1, 1, 1, 1, 0], ["cached", 1, [["clear", ...RED]]]));
    painter.play(list(["offscreen", 0, 1, [["clear", ...RED]]]));
    close();
  };
  bytesInUse();
  for (let round = 0; round < 5; round += 1) once();
  const [before, alive] = [bytesInUse(), handles.size];
  for (let round = 0; round < 40; round += 1) once();
  assert.equal(handles.size, alive);
  assert.ok(bytesInUse() - before <= 64 * 1024);
});

test("another scene's table finds the media and texts that were there", async () => {
  await fonts.load([INTER.file]);
  const { painter, pixel, close } = easel();
  const picture = /** @type {import("canvaskit-wasm").Image} */ (ck.MakeImage(info(1, 1), new Uint8Array([255, 0, 0, 255]), 4));
  painter.setMedia("m1", /** @type {Uint8Array} */ (picture.encodeToBytes()));
  picture.delete();
  const array = /** @type {Entry} */ ({ type: "array", name: "a", width: 1, height: 1, mipmaps: false });
  painter.addResources([array, text("Hi")], new Map([[0, new Uint8Array(4)]]));
  painter.play(list(["clear", ...BLUE], ["text", 1, 32, 32, 1, 0, 1, 1, 1, 1, 0]));
  const alive = handles.size;
  painter.reset();
  assert.equal(painter.known, 0);
  assert.equal(handles.size, alive - 1); // the array's
  painter.addResources([text("Hi"), { type: "image", media: "m1" }], new Map());
  painter.play(list(["text", 0, 32, 32, 1, 0, 1, 1, 1, 1, 0], ["image", 1, 32, 32, 64, 64, 0, 1, 0, 2]));
  assert.equal(handles.size, alive - 1);
  assert.deepEqual(pixel(32, 32), [255, 0, 0, 255]);
  close();
});
