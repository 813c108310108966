import assert from "node:assert/strict";
import { test } from "node:test";

import { secondsAt, sizeAt, FrameLoop } from "../../web/js/video-loop.js";
import { LEAST_SECONDS, barOf, draggedRange, snapSeconds } from "../../web/js/video-timeline-geometry.js";

const VIEW = { startSeconds: 10, secondsPerPixel: 0.1 };
const same = (/** @type {number} */ seconds) => seconds;
const layer = (/** @type {object} */ patch) => /** @type {any} */ ({ id: "a", kind: "bars", start: null, end: null, ...patch });

test("bars lie where their layers are, open ends at the song's", () => {
  assert.deepEqual(barOf(layer({}), 60, VIEW), { left: -100, width: 600, openStart: true, openEnd: true });
  assert.deepEqual(barOf(layer({ start: 12, end: 20 }), 60, VIEW), { left: 20, width: 80, openStart: false, openEnd: false });
});

test("an end that is dragged stays within the song and leaves something", () => {
  assert.deepEqual(draggedRange({ start: null, end: null }, "start", 5, 60, same), { start: 5, end: null });
  assert.deepEqual(draggedRange({ start: 5, end: null }, "start", -9, 60, same), { start: null, end: null });
  assert.deepEqual(draggedRange({ start: 5, end: 10 }, "start", 99, 60, same), { start: 10 - LEAST_SECONDS, end: 10 });
  assert.deepEqual(draggedRange({ start: 5, end: 10 }, "end", 99, 60, same), { start: 5, end: null });
});

test("a whole bar keeps its length, and one of the whole song does not move", () => {
  assert.deepEqual(draggedRange({ start: 5, end: 10 }, "whole", 3, 60, same), { start: 8, end: 13 });
  assert.deepEqual(draggedRange({ start: 5, end: 10 }, "whole", 99, 60, same), { start: 55, end: 60 });
  assert.deepEqual(draggedRange({ start: null, end: null }, "whole", 3, 60, same), { start: null, end: null });
});

test("times snap to the nearest place of all tables within reach", () => {
  const tables = [Float64Array.of(1, 2, 3), [2.9, 7]];
  assert.deepEqual([2.05, 2.94, 5, 6.95, 0.5, 99].map((at) => snapSeconds(at, tables, 0.1)), [2, 2.9, 5, 7, 0.5, 99]);
  assert.equal(snapSeconds(4, [[]], 1), 4);
});

test("the clock goes on between two messages", () => {
  assert.equal(secondsAt({ t: 3, abs: 1000, rate: 1 }, 1500), 3.5);
  assert.equal(secondsAt({ t: 3, abs: 1000, rate: 0 }, 9000), 3);
});

test("a smaller preview has even sides and never fewer pixels than 640 x 360, unless the page shows fewer", () => {
  assert.deepEqual(sizeAt({ width: 1280, height: 720 }, 0.5), { width: 640, height: 360 });
  assert.deepEqual(sizeAt({ width: 1280, height: 720 }, 0.1), { width: 640, height: 360 });
  assert.deepEqual(sizeAt({ width: 300, height: 200 }, 0.5), { width: 300, height: 200 });
});

/** A loop whose frames take `gap` milliseconds. @param {number} gap */
function loopOf(gap) {
  /** @type {Array<(now: number) => void>} */
  const asked = [];
  /** @type {{width: number, height: number}[]} */
  const sizes = [];
  let painted = 0;
  const loop = new FrameLoop({
    paint: () => (painted++, { python: 1, paint: 1 }), resize: (size) => void sizes.push(size), tell: () => {}, request: (callback) => void asked.push(callback),
  });
  let now = 0;
  const run = (/** @type {number} */ frames) => {
    for (let at = 0; at < frames; at++) asked.shift()?.((now += gap));
  };
  return { loop, sizes, run, painted: () => painted };
}

test("what stands still is painted once, what plays in every frame", () => {
  const { loop, run, painted } = loopOf(16);
  loop.start();
  run(10);
  assert.equal(painted(), 1);
  loop.setClock({ t: 1, abs: 0, rate: 1 });
  run(10);
  assert.equal(painted(), 11);
  loop.setClock({ t: 2, abs: 0, rate: 0 });
  run(10);
  assert.equal(painted(), 12);
});

test("slow frames make the picture smaller while it plays, and sharp again when it rests", () => {
  const { loop, sizes, run } = loopOf(60);
  loop.setSize({ width: 1280, height: 720 });
  loop.start();
  loop.setClock({ t: 0, abs: 0, rate: 1 });
  run(200);
  assert.deepEqual(sizes.at(-1), { width: 640, height: 360 });
  loop.setClock({ t: 0, abs: 0, rate: 0 });
  run(2);
  assert.deepEqual(sizes.at(-1), { width: 1280, height: 720 });
});

test("quick frames leave the picture as large as it is", () => {
  const { loop, sizes, run } = loopOf(16.7);
  loop.setSize({ width: 1280, height: 720 });
  loop.start();
  loop.setClock({ t: 0, abs: 0, rate: 1 });
  run(200);
  assert.deepEqual(sizes.map(({ width }) => width), [1280]);
});
