import assert from "node:assert/strict";
import { test } from "node:test";

import { cornersOf, edgesOf, isInside, safeEdges, snap, snapAngle } from "../../web/js/video-snap.js";

const CANVAS = { width: 1920, height: 1080 };
const box = (/** @type {object} */ patch = {}) => ({ layer: "a", x: 960, y: 540, width: 200, height: 100, scale: 1, rotation: 0, ...patch });

test("a box rests on the middle, on edges, on others, and nowhere out of reach", () => {
  const among = { canvas: CANVAS, others: [], safe: null, reach: 8 };
  assert.deepEqual(snap(edgesOf(box({ x: 955, y: 546 })), among), { dx: 5, dy: -6, guides: { x: 960, y: 540 } });
  assert.deepEqual(snap(edgesOf(box({ x: 103, y: 300 })), among), { dx: -3, dy: 0, guides: { x: 0, y: null } });
  assert.deepEqual(snap(edgesOf(box({ x: 900, y: 300 })), among).guides, { x: null, y: null });
  const other = edgesOf(box({ x: 400, y: 200 }));
  assert.deepEqual(snap(edgesOf(box({ x: 604, y: 400 })), { ...among, others: [other] }), { dx: -4, dy: 0, guides: { x: 500, y: null } });
});

test("the nearest of two lines wins", () => {
  const others = [{ left: 700, right: 800, top: 0, bottom: 10 }, { left: 703, right: 900, top: 0, bottom: 10 }];
  const { dx } = snap({ left: 702, right: 782, top: 500, bottom: 520 }, { canvas: CANVAS, others, safe: null, reach: 8 });
  assert.equal(dx, 1);
});

test("a turned box has its corners and its upright frame where they are", () => {
  const turned = box({ rotation: Math.PI / 2, scale: 2 });
  const { left, right, top, bottom } = edgesOf(turned);
  assert.deepEqual([left, right, top, bottom].map(Math.round), [860, 1060, 340, 740]);
  assert.deepEqual(cornersOf(turned).map(({ x, y }) => [Math.round(x), Math.round(y)]), [[1060, 340], [1060, 740], [860, 740], [860, 340]]);
  assert.ok(isInside(turned, { x: 960, y: 730 }));
  assert.ok(!isInside(turned, { x: 1070, y: 540 }));
  assert.ok(isInside(turned, { x: 1070, y: 540 }, 20));
});

test("safe areas leave what platforms cover", () => {
  assert.equal(safeEdges("none", CANVAS), null);
  assert.deepEqual(safeEdges("shorts", { width: 1080, height: 1920 }), { left: 60, top: 220, right: 960, bottom: 1500 });
});

test("angles rest on multiples of fifteen degrees", () => {
  assert.deepEqual([43, 47.9, 48.4, -1, 362].map(snapAngle), [45, 45, 48.4, -0, 360]);
});
