import assert from "node:assert/strict";
import test from "node:test";

import { makeColumns } from "../../web/js/waveform-levels.js";
import { makeInks, rasterColumns } from "../../web/js/waveform-raster.js";

const INKS = makeInks(Uint8ClampedArray.of(10, 20, 30, 255, 200, 100, 50, 255));

/** @param {number} width @param {number} height */
function makePixels(width, height) {
  const bytes = new Uint8ClampedArray(width * height * 4);
  return { words: new Uint32Array(bytes.buffer), bytes, width, height };
}

/** Alpha of each row of one column. @param {ReturnType<typeof makePixels>} pixels @param {number} x */
function alphas({ bytes, width, height }, x) {
  return Array.from({ length: height }, (_, row) => bytes[4 * (row * width + x) + 3]);
}

test("full scale fills the column: body whole, peaks thin, the colour of its mix", () => {
  const columns = makeColumns(2);
  columns.high.set([1, 0]);
  columns.low.set([-1, 0]);
  columns.body.set([0, 0]);
  columns.colour.set([1, 0]);
  const pixels = makePixels(2, 8);
  rasterColumns(pixels, columns, { middle: 4, reach: 4 }, INKS);
  assert.deepEqual(alphas(pixels, 0), [173, 173, 173, 214, 214, 173, 173, 173]);
  assert.deepEqual([...pixels.bytes.subarray(0, 3)], [200, 100, 50]);
  assert.deepEqual(alphas(pixels, 1), [0, 0, 0, 214, 214, 0, 0, 0], "silence is a hairline of one pixel");
});

test("the tip of a column is covered in part, and pictures do not pile up", () => {
  const columns = makeColumns(1);
  columns.high.set([(2.5 / 4) ** 1.25]);
  columns.low.set([-1]);
  columns.body.set([1]);
  const pixels = makePixels(1, 8);
  for (let turn = 0; turn < 2; turn++) rasterColumns(pixels, columns, { middle: 4, reach: 4 }, INKS);
  const [, tip = 0, ...rest] = alphas(pixels, 0);
  assert.ok(tip > 173 && tip < 255, "the body ends where the peak does");
  assert.deepEqual(rest, [255, 255, 255, 255, 255, 255]);
});

test("what lies beyond the picture is left out", () => {
  const columns = makeColumns(1);
  columns.high.set([9]);
  columns.low.set([-9]);
  const pixels = makePixels(1, 4);
  rasterColumns(pixels, columns, { middle: 2, reach: 40 }, INKS);
  assert.deepEqual(alphas(pixels, 0), [173, 214, 214, 173]);
});
