import assert from "node:assert/strict";
import test from "node:test";

import { PEAKS_PER_SECOND } from "../../web/js/protocol.js";
import {
  bandLifts, bandPyramid, BLEND_STEPS, blendIndex, blendTable, fillColumns, levelFor, loudestAndQuietest, makeColumns, makeLevels,
  oklabToSrgb, peakPyramid, smoothBetween, srgbToOklab,
} from "../../web/js/waveform-levels.js";

/** Seeded noise (Lehmer), so that every run sees the same. @param {number} count */
function noisePeaks(count) {
  let state = 7;
  const next = () => (state = (state * 48271) % 2147483647) / 2147483647;
  return Int8Array.from({ length: 2 * count }, (_, index) => Math.round(127 * next()) * (index % 2 === 0 ? -1 : 1));
}

test("every level of the pyramid equals brute-force minimum and maximum", () => {
  const peaks = noisePeaks(1003);
  const levels = peakPyramid(peaks);
  assert.equal(levels.length, 11);
  levels.forEach(({ low, high }, level) => {
    const span = 2 ** level;
    assert.equal(low.length, Math.ceil(1003 / span));
    for (let cell = 0; cell < low.length; cell++) {
      const part = peaks.subarray(2 * cell * span, 2 * (cell + 1) * span);
      assert.equal(low[cell], Math.min(...part.filter((_, index) => index % 2 === 0)));
      assert.equal(high[cell], Math.max(...part.filter((_, index) => index % 2 === 1)));
    }
  });
});

test("the body stays the mean, whatever the level", () => {
  const top = peakPyramid(noisePeaks(4096)).at(-1);
  const peaks = noisePeaks(4096);
  let sum = 0;
  for (let cell = 0; cell < 4096; cell++) sum += (peaks[2 * cell + 1] ?? 0) - (peaks[2 * cell] ?? 0);
  assert.ok(Math.abs((top?.body[0] ?? 0) - sum / 4096) < 3);
});

test("no audio is no error", () => {
  const empty = makeLevels({ peaks: new Int8Array(0), bands: new Uint8Array(0) });
  const columns = makeColumns(5);
  for (const secondsPerColumn of [0.001, 0.5]) {
    fillColumns(columns, empty, { first: 0, secondsPerColumn });
    assert.deepEqual([...columns.high], [0, 0, 0, 0, 0]);
  }
  assert.equal(loudestAndQuietest(empty), null);
});

test("columns hold the extremes of what they span", () => {
  const peaks = new Int8Array(2 * 3000); // 10 s
  peaks[2 * 1500 + 1] = 127; // one click at 5 s
  peaks[2 * 1500] = -127;
  const levels = makeLevels({ peaks, bands: new Uint8Array(3000) });
  const columns = makeColumns(100);
  fillColumns(columns, levels, { first: 0, secondsPerColumn: 0.1 });
  assert.deepEqual([...columns.high].flatMap((value, index) => (value > 0 ? [index] : [])), [50]);
  assert.equal(columns.low[50], -1);
  fillColumns(columns, levels, { first: 40, secondsPerColumn: 0.1 });
  assert.equal(columns.high[10], 1, "columns count from the song's start");
  fillColumns(columns, levels, { first: 95, secondsPerColumn: 0.1 });
  assert.equal(columns.high[50], 0, "beyond the end is silence");
});

test("closer than one cell per column, a smooth line joins the cells' middles", () => {
  const levels = makeLevels({ peaks: Int8Array.of(0, 0, -127, 127, 0, 0), bands: new Uint8Array(3) });
  const columns = makeColumns(12);
  fillColumns(columns, levels, { first: 0, secondsPerColumn: 1 / PEAKS_PER_SECOND / 4 });
  const rise = [0.125, 0.375, 0.625, 0.875].map((share) => share ** 2 * (3 - 2 * share));
  const expected = [0, 0, ...rise, ...rise.reverse(), 0, 0];
  columns.high.forEach((value, index) => assert.ok(Math.abs(value - /** @type {number} */ (expected[index])) < 1e-6, `column ${index}: ${value}`));
});

test("the line has no corners, does not overshoot and keeps straight lines straight", () => {
  const values = noisePeaks(60).filter((_, index) => index % 2 === 1);
  const place = (/** @type {number} */ x) => smoothBetween(values, Math.floor(x), x - Math.floor(x));
  for (let x = 0; x < values.length - 1; x += 0.01) {
    const [from, to] = [values[Math.floor(x)] ?? 0, values[Math.floor(x) + 1] ?? 0];
    assert.ok(place(x) >= Math.min(from, to) - 1e-9 && place(x) <= Math.max(from, to) + 1e-9, `overshoot at ${x}`);
  }
  for (let cell = 1; cell < values.length - 1; cell++) {
    const [before, after] = [place(cell) - place(cell - 1e-4), place(cell + 1e-4) - place(cell)];
    assert.ok(Math.abs(before - after) < 1e-3, `corner at ${cell}`);
  }
  const line = Int8Array.of(0, 10, 20, 30);
  for (const share of [0, 0.3, 0.7, 1]) assert.ok(Math.abs(smoothBetween(line, 1, share) - (10 + 10 * share)) < 1e-9);
});

test("an hour costs no more per column than a minute", () => {
  for (const cells of [1, 18, 300, 1080]) {
    const reads = cells / 2 ** levelFor(cells, 21);
    assert.ok(reads < 4, `${cells} cells per column: ${reads} reads`);
  }
});

test("bands average, and quiet bands are lifted to the loud one", () => {
  assert.deepEqual(bandPyramid(Uint8Array.of(10, 20, 30, 20, 40, 50)).map((level) => [...level]), [[10, 20, 30, 20, 40, 50], [15, 30, 40]]);
  const bands = Uint8Array.from({ length: 300 }, (_, index) => [200, 150, 20][index % 3] ?? 0);
  assert.deepEqual(bandLifts(bands), [0, 50, 115]);
  assert.deepEqual(bandLifts(new Uint8Array(30)), [0, 0, 0]);
});

test("the louder band gives its colour", () => {
  const table = blendTable([[255, 0, 0], [0, 255, 0], [0, 0, 255]]);
  const colourOf = (/** @type {[number, number, number]} */ bands) => {
    const index = blendIndex(bands, [0, 0, 0]);
    return [...table.subarray(index * 4, index * 4 + 4)];
  };
  assert.deepEqual(colourOf([255, 0, 0]), [255, 0, 0, 255]);
  assert.deepEqual(colourOf([0, 255, 0]), [0, 255, 0, 255]);
  assert.deepEqual(colourOf([0, 0, 255]), [0, 0, 255, 255]);
  assert.ok(blendIndex([9, 9, 9], [0, 0, 0]) < BLEND_STEPS ** 2);
});

test("OKLab as published (Ottosson 2020), and back", () => {
  const [lightness, a, b] = srgbToOklab([255, 0, 0]);
  assert.ok(Math.abs(lightness - 0.628) < 1e-3 && Math.abs(a - 0.2249) < 1e-3 && Math.abs(b - 0.1258) < 1e-3);
  for (const rgb of /** @type {Array<[number, number, number]>} */ ([[0, 0, 0], [255, 255, 255], [18, 200, 99]])) {
    assert.deepEqual(oklabToSrgb(srgbToOklab(rgb)), rgb);
  }
});

test("loudest and quietest stretch", () => {
  const peaks = new Int8Array(2 * PEAKS_PER_SECOND * 40).fill(0);
  for (let cell = 0; cell < PEAKS_PER_SECOND * 40; cell++) peaks[2 * cell + 1] = cell > 30 * PEAKS_PER_SECOND ? 120 : cell < 5 * PEAKS_PER_SECOND ? 0 : 50;
  const { loudestSeconds = 0, quietestSeconds = 0 } = loudestAndQuietest(makeLevels({ peaks, bands: new Uint8Array(0) })) ?? {};
  assert.ok(loudestSeconds > 30 && loudestSeconds < 40);
  assert.ok(quietestSeconds < 5);
});

test("what is left after the last whole stretch is neither loudest nor quietest, and no place lies past the end", () => {
  const cell = 1024 / PEAKS_PER_SECOND;
  for (const [end, level] of [[0, "quiet"], [127, "loud"]]) {
    const peaks = Int8Array.from({ length: 2 * (3 * 1024 + 20) }, (_, index) => (index % 2 === 0 ? 0 : index > 6 * 1024 ? Number(end) : 40 + (index >> 11)));
    const found = loudestAndQuietest(makeLevels({ peaks, bands: new Uint8Array(0) }));
    assert.deepEqual(found, { loudestSeconds: 2.5 * cell, quietestSeconds: 0.5 * cell }, String(level));
  }
  for (const cells of [1, 2, 100, 600, 1023, 1025]) {
    const found = loudestAndQuietest(makeLevels({ peaks: new Int8Array(2 * cells).fill(5), bands: new Uint8Array(0) }));
    assert.ok(found !== null && found.loudestSeconds <= cells / PEAKS_PER_SECOND && found.quietestSeconds <= cells / PEAKS_PER_SECOND, `${cells} cells`);
  }
});
