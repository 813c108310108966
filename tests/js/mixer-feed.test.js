import assert from "node:assert/strict";
import { test } from "node:test";
import { nextSpan, readSpan, sampleAt } from "../../web/js/mixer-feed.js";
import { renderLane, renderMix } from "../../web/js/mixer-render.js";
import { change, freshState, setLane, toggleMute } from "../../web/js/mixer-state.js";
import { wavHeader } from "../../web/js/mixer-wav.js";

const RATE = 1000;

/** @typedef {import("../../web/js/mixer-types.js").Lane} Lane */

/** @param {(sample: number) => [number, number]} value @param {number} [length] @param {string} [name] @returns {Lane} */
function laneOf(value, length = 3000, name = "vocals") {
  return {
    name, label: "Vocals", sampleRate: RATE, seconds: length / RATE, peaks: null,
    read: async (start, count) => {
      const rows = [new Float32Array(count), new Float32Array(count)];
      for (let i = 0; i < count; i++)
        for (const side of [0, 1]) /** @type {Float32Array} */ (rows[side])[i] = start + i < length ? (value(start + i)[side] ?? 0) : 0;
      return /** @type {[Float32Array, Float32Array]} */ (rows);
    },
  };
}

/** Which samples come one after another. @param {number} from @param {import("../../web/js/mixer-types.js").Loop|null} loop @param {number} count */
function order(from, loop, count) {
  const samples = [];
  for (let sample = from; samples.length < count; ) {
    const span = nextSpan(sample, { length: 3000, rate: RATE, loop });
    if (span.count === 0) break;
    for (let i = 0; i < span.count; i++) samples.push(span.start + i);
    sample = span.next;
  }
  return samples.slice(0, count);
}

test("the song is read to its end", () => {
  assert.deepEqual(order(2990, null, 100), [2990, 2991, 2992, 2993, 2994, 2995, 2996, 2997, 2998, 2999]);
  assert.equal(order(0, null, 9999).length, 3000);
});

test("a loop comes round at the sample, however long it is", () => {
  for (const [start, end] of [[1, 1.1], [0, 0.25], [0.5, 2.1], [1, 1.2563]]) {
    const loop = { startSeconds: /** @type {number} */ (start), endSeconds: /** @type {number} */ (end) };
    const [first, last] = [Math.round(loop.startSeconds * RATE), Math.round(loop.endSeconds * RATE)];
    const found = order(first, loop, 2000);
    found.forEach((sample, index) => assert.equal(sample, first + (index % (last - first))));
  }
});

test("before a loop it plays into it, behind it to the end", () => {
  const loop = { startSeconds: 1, endSeconds: 1.3 };
  assert.deepEqual(order(990, loop, 320).slice(8, 12), [998, 999, 1000, 1001]);
  assert.equal(order(990, loop, 320)[310], 1000);
  assert.equal(order(2000, loop, 9999).length, 1000);
});

test("a jump is blended with what leads up to the loop's start, and nothing else is touched", async () => {
  const lane = laneOf((sample) => [sample, -sample]);
  const span = nextSpan(1200, { length: 3000, rate: RATE, loop: { startSeconds: 1, endSeconds: 1.25 } });
  assert.deepEqual([span.count, span.next, span.blend], [50, 1000, { start: 994, count: 6 }]);
  const samples = await readSpan([lane, lane], span);
  assert.deepEqual([...samples.slice(0, 44)], Array.from({ length: 44 }, (_, i) => 1200 + i));
  // Half way both weigh alike: 1247 fades from the old, 997 comes from the new.
  assert.ok(Math.abs(/** @type {number} */ (samples[46]) - (1246 * 4 + 996 * 3) / 7) < 1e-3);
  assert.deepEqual(samples.slice(0, 50), samples.slice(100, 150));
  assert.equal(samples[50], -1200);
});

test("a loop from the very start fades into silence there", async () => {
  const span = nextSpan(0, { length: 3000, rate: RATE, loop: { startSeconds: 0, endSeconds: 0.2 } });
  const samples = await readSpan([laneOf(() => [1, 1])], span);
  assert.equal(samples[193], 1);
  assert.ok(Math.abs(/** @type {number} */ (samples[199]) - 1 / 7) < 1e-6);
});

test("a lane that gives too little is told so", async () => {
  const lane = { ...laneOf(() => [0, 0]), read: async () => /** @type {[Float32Array, Float32Array]} */ ([new Float32Array(3), new Float32Array(3)]) };
  await assert.rejects(readSpan([lane], { start: 7, count: 4, next: 11, blend: null }), /Vocals: expected 4 samples at 7, got 3 and 3\./);
});

test("a place on the tape is found in the song across jumps", () => {
  const anchors = [{ place: 0, sample: 500 }, { place: 100, sample: 200 }, { place: 300, sample: 200 }];
  assert.deepEqual([0, 99, 100, 299.5, 310].map((place) => sampleAt(anchors, place)), [500, 599, 200, 399.5, 210]);
});

/** @param {Blob} blob @param {"f32"|"s24"|"s16"} kind */
async function samplesOf(blob, kind) {
  const view = new DataView(await blob.arrayBuffer());
  const at = 80;
  const size = kind === "f32" ? 4 : kind === "s24" ? 3 : 2;
  return Array.from({ length: (view.byteLength - at) / size }, (_, i) => {
    if (kind === "f32") return view.getFloat32(at + 4 * i, true);
    if (kind === "s16") return view.getInt16(at + 2 * i, true) / 32768;
    return ((view.getInt8(at + 3 * i + 2) << 16) | view.getUint16(at + 3 * i, true)) / 8388608;
  });
}

const wave = (/** @type {number} */ hertz) => laneOf((i) => [0.3 * Math.sin(hertz * i), 0.2 * Math.cos(hertz * i)]);

test("stems as they came render to their mix within 1e-6, as float and with 24 bits", async () => {
  const lanes = [wave(0.1), wave(0.23), wave(0.37)];
  const state = freshState(3);
  const float = await samplesOf((await renderMix(lanes, state, { format: "wav32f" })).blob, "f32");
  const whole = await samplesOf((await renderMix(lanes, state)).blob, "s24");
  assert.equal(float.length, 6000);
  for (let i = 0; i < 3000; i++) {
    const [left, right] = [0.1, 0.23, 0.37].reduce(([l, r], hertz) => [l + 0.3 * Math.sin(hertz * i), r + 0.2 * Math.cos(hertz * i)], [0, 0]);
    for (const found of [float, whole]) {
      assert.ok(Math.abs((found[2 * i] ?? 9) - left) < 1e-6, `left ${i}`);
      assert.ok(Math.abs((found[2 * i + 1] ?? 9) - right) < 1e-6, `right ${i}`);
    }
  }
});

test("what is muted, turned down and panned is so in the file", async () => {
  const lanes = [laneOf(() => [0.5, 0.25]), laneOf(() => [0.1, 0.1]), laneOf(() => [0.9, 0.9])];
  const state = setLane(setLane(toggleMute(freshState(3), 2), 0, { pan: 1 }), 1, { gainDb: -20 });
  const [left, right] = await samplesOf((await renderMix(lanes, state, { format: "wav32f" })).blob, "f32");
  assert.ok(Math.abs(/** @type {number} */ (left) - 0.01) < 1e-7);
  assert.ok(Math.abs(/** @type {number} */ (right) - (0.75 + 0.01)) < 1e-7);
  const original = await renderMix(lanes, change(state, { original: true }), { format: "wav32f" });
  assert.ok(Math.abs(/** @type {number} */ ((await samplesOf(original.blob, "f32"))[0]) - 1.5) < 1e-6);
});

test("a mix over full scale becomes float rather than being cut off", async () => {
  const { blob, format, peak } = await renderMix([laneOf((i) => [i === 2500 ? 0.9 : 0, 0]), laneOf(() => [0.9, 0])], freshState(2));
  assert.deepEqual([format, Math.round(peak * 100)], ["wav32f", 180]);
  assert.ok(Math.abs(/** @type {number} */ ((await samplesOf(blob, "f32"))[5000]) - 1.8) < 1e-6);
});

test("16 bits carry noise that keeps a tone below their last step", async () => {
  const quiet = laneOf((i) => [0.4 / 32768 * Math.sin((2 * Math.PI * i) / 20), 0]);
  const found = await samplesOf((await renderLane(quiet, { format: "wav16" })).blob, "s16");
  let tone = 0;
  for (let i = 0; i < 3000; i++) tone += (found[2 * i] ?? 0) * Math.sin((2 * Math.PI * i) / 20);
  assert.ok(Math.abs((2 * tone) / 3000 - 0.4 / 32768) < 0.1 / 32768);
});

test("a header says what follows, to the byte", () => {
  const view = new DataView(wavHeader({ sampleRate: 44100, frames: 1000, format: "wav24" }).buffer);
  const text = (/** @type {number} */ at) => String.fromCharCode(...[0, 1, 2, 3].map((i) => view.getUint8(at + i)));
  assert.deepEqual([text(0), text(8), text(12), text(60), text(72)], ["RIFF", "WAVE", "fmt ", "fact", "data"]);
  assert.deepEqual([view.getUint32(4, true), view.getUint32(76, true)], [72 + 6000, 6000]);
  assert.deepEqual([view.getUint16(20, true), view.getUint16(22, true), view.getUint32(24, true), view.getUint16(34, true), view.getUint16(44, true)], [0xfffe, 2, 44100, 24, 1]);
  assert.throws(() => wavHeader({ sampleRate: 96000, frames: 2 ** 30, format: "wav24" }), /A WAV file holds at most 4 GB/);
});

test("a cancelled file is not finished", async () => {
  const controller = new AbortController();
  const rendering = renderMix([wave(0.1)], freshState(1), { signal: controller.signal, onProgress: () => controller.abort(new Error("enough")) });
  await assert.rejects(rendering, /enough/);
});
