import assert from "node:assert/strict";
import { test } from "node:test";

import { flagsInView, sectionStep, shareOf, spanAt, spansInView, tempoPath, tempoSpan } from "../../web/js/timeline-geometry.js";

const SPANS = [{ startSeconds: 0, endSeconds: 20 }, { startSeconds: 20, endSeconds: 50 }, { startSeconds: 50, endSeconds: 60 }];
const WHOLE = { startSeconds: 0, secondsPerPixel: 0.1 }; // 600 px for 60 s

test("the whole song shows every span, side by side", () => {
  assert.deepEqual(spansInView(SPANS, WHOLE, 600), [
    { index: 0, left: 0, width: 200 }, { index: 1, left: 200, width: 300 }, { index: 2, left: 500, width: 100 },
  ]);
});

test("a span is cut at the edges of the view, so that its name stays in sight", () => {
  const view = { startSeconds: 30, secondsPerPixel: 0.01 }; // 30 s to 36 s
  assert.deepEqual(spansInView(SPANS, view, 600), [{ index: 1, left: 0, width: 600 }]);
  assert.deepEqual(spansInView(SPANS, { startSeconds: 18, secondsPerPixel: 0.01 }, 600), [
    { index: 0, left: 0, width: 200 }, { index: 1, left: 200, width: 400 },
  ]);
  assert.deepEqual(spansInView([], WHOLE, 600), []);
});

test("flags have their name where the next one leaves room", () => {
  const cues = [{ seconds: 0 }, { seconds: 20 }, { seconds: 25 }, { seconds: 58 }];
  assert.deepEqual(flagsInView(cues, WHOLE, 600), [
    { index: 0, x: 0, named: true, level: 0 }, { index: 1, x: 200, named: false, level: 0 }, { index: 2, x: 250, named: true, level: 0 },
    { index: 3, x: 580, named: false, level: 0 },
  ]);
  assert.deepEqual(flagsInView(cues, { startSeconds: 24, secondsPerPixel: 0.01 }, 600), [{ index: 2, x: 100, named: true, level: 0 }]);
});

test("flags at one place hang above one another", () => {
  const cues = [{ seconds: 0 }, { seconds: 0 }, { seconds: 1.5 }, { seconds: 30 }];
  assert.deepEqual(flagsInView(cues, WHOLE, 600).map(({ level, named }) => [level, named]), [[0, true], [1, true], [2, true], [0, true]]);
});

test("shares of the whole, kept inside it", () => {
  assert.deepEqual(shareOf({ startSeconds: 15, endSeconds: 45 }, 60), { left: 25, width: 50 });
  assert.deepEqual(shareOf({ startSeconds: 15, endSeconds: 61 }, 60), { left: 25, width: 75 });
  assert.deepEqual(shareOf({ startSeconds: 0, endSeconds: 1 }, 0), { left: 0, width: 0 });
});

test("what sounds at a time: a boundary belongs to what follows it", () => {
  assert.deepEqual([0, 19.99, 20, 59.9, 60, -1].map((seconds) => spanAt(SPANS, seconds)), [0, 0, 1, 2, -1, -1]);
});

test("stepping from section to section, back over a start only just reached", () => {
  assert.deepEqual([sectionStep(SPANS, 0, 1), sectionStep(SPANS, 20, 1), sectionStep(SPANS, 55, 1)], [20, 50, null]);
  assert.deepEqual([sectionStep(SPANS, 45, -1), sectionStep(SPANS, 20.3, -1), sectionStep(SPANS, 0.2, -1)], [20, 0, 0]);
  assert.deepEqual([sectionStep([], 3, 1), sectionStep([], 3, -1)], [null, null]);
});

test("a tempo that drifts is a stair, the fastest at the top", () => {
  const points = [{ startSeconds: 0, bpm: 120 }, { startSeconds: 30, bpm: 124 }, { startSeconds: 45, bpm: 118 }];
  assert.deepEqual(tempoSpan(points), { low: 118, high: 124 });
  assert.equal(tempoPath(points, 60, { width: 120, height: 40, margin: 4 }), "M0 25.3H60.0V4.0H90.0V36.0H120.0");
  assert.equal(tempoPath([{ startSeconds: 0, bpm: 90 }], 60, { width: 120, height: 40, margin: 4 }), "M0 20.0H120.0");
});
