import assert from "node:assert/strict";
import test from "node:test";

import {
  barBeatAt, barBeatText, clampView, downbeatShiftTo, firstAtLeast, followView, formatTime, gridDensity, gridLines, hoverLabelLeft, panBy,
  revealView, rulerTicks, secondsToX, stepFrom, tickStep, wholeView, xToSeconds, zoomAt,
} from "../../web/js/waveform-geometry.js";

const EXTENT = { durationSeconds: 200, width: 1000 };

/** 120 BPM in 4/4 from 0.5 s; the first downbeat is the third beat (1.5 s). */
const GRID = {
  beats: Float64Array.from({ length: 41 }, (_, index) => 0.5 + index * 0.5),
  downbeats: Float64Array.from({ length: 10 }, (_, index) => 1.5 + index * 2),
  meter: 4,
};
const NO_GRID = { beats: new Float64Array(0), downbeats: new Float64Array(0), meter: 4 };

test("seconds and x agree both ways", () => {
  const view = { startSeconds: 10, secondsPerPixel: 0.02 };
  assert.equal(secondsToX(view, 10), 0);
  assert.equal(secondsToX(view, 12), 100);
  assert.equal(xToSeconds(view, 100), 12);
  for (const seconds of [0, 3.7, 10, 199.99]) assert.ok(Math.abs(xToSeconds(view, secondsToX(view, seconds)) - seconds) < 1e-9);
});

test("a view stays inside the song and between half a second and the whole", () => {
  assert.deepEqual(wholeView(EXTENT), { startSeconds: 0, secondsPerPixel: 0.2 });
  assert.deepEqual(clampView({ startSeconds: -5, secondsPerPixel: 9 }, EXTENT), { startSeconds: 0, secondsPerPixel: 0.2 });
  assert.deepEqual(clampView({ startSeconds: 199, secondsPerPixel: 1e-9 }, EXTENT), { startSeconds: 199, secondsPerPixel: 0.0005 });
  assert.deepEqual(clampView({ startSeconds: 0, secondsPerPixel: 1 }, { durationSeconds: 0.2, width: 1000 }).secondsPerPixel, 0.0002, "a file of 0.2 s");
});

test("zooming keeps the time under the pointer, and the ends of the song win over it", () => {
  const near = zoomAt(wholeView(EXTENT), 4, 300, EXTENT);
  assert.equal(near.secondsPerPixel, 0.05);
  assert.ok(Math.abs(xToSeconds(near, 300) - 60) < 1e-9);
  assert.deepEqual(zoomAt(near, 0.001, 300, EXTENT), wholeView(EXTENT));
  assert.equal(zoomAt(wholeView(EXTENT), 4, 0, EXTENT).startSeconds, 0);
});

test("the hover label lies inside the picture and never on the playhead", () => {
  assert.equal(hoverLabelLeft({ x: 100, playhead: 900, width: 1000, labelWidth: 80 }), 108);
  assert.equal(hoverLabelLeft({ x: 980, playhead: 100, width: 1000, labelWidth: 80 }), 892, "at the right edge on the left");
  assert.equal(hoverLabelLeft({ x: 100, playhead: 150, width: 1000, labelWidth: 80 }), 12, "the playhead is on the right");
  assert.equal(hoverLabelLeft({ x: 20, playhead: 60, width: 1000, labelWidth: 80 }), 68, "beyond the playhead");
  for (const width of [360, 1000]) {
    for (let x = 0; x <= width; x += 7) {
      for (let playhead = 0; playhead <= width; playhead += 5) {
        const left = hoverLabelLeft({ x, playhead, width, labelWidth: 110 });
        assert.ok(left >= 2 && left + 110 <= width - 2, `${left} inside ${width}`);
        assert.ok(playhead < left || playhead > left + 110, `${left} and the playhead at ${playhead}`);
      }
    }
  }
});

test("panning, following and revealing move as little as they may", () => {
  const view = { startSeconds: 50, secondsPerPixel: 0.02 };
  assert.equal(panBy(view, 100, EXTENT).startSeconds, 52);
  assert.equal(panBy(view, -1e6, EXTENT).startSeconds, 0);
  assert.ok(Math.abs(secondsToX(followView(view, 90, EXTENT, { paged: false }), 90) - 1000 / 3) < 1e-6);
  assert.equal(followView(view, 60, EXTENT, { paged: true }), view, "a page is turned only at its end");
  assert.equal(followView(view, 80, EXTENT, { paged: true }).startSeconds, 79);
  assert.equal(revealView(view, 60, EXTENT), view);
  assert.ok(Math.abs(secondsToX(revealView(view, 80, EXTENT), 80) - 968) < 1e-6);
});

test("clock texts", () => {
  assert.equal(formatTime(0), "0:00");
  assert.equal(formatTime(63.99), "1:03");
  assert.equal(formatTime(63.45, 1), "1:03.4");
  assert.equal(formatTime(0.3, 1), "0:00.3", "0.3 is no 0.2999");
  assert.equal(formatTime(3723, 2), "1:02:03.00");
  assert.equal(formatTime(-1), "0:00");
});

test("ticks are steps of a clock, never closer than their labels need", () => {
  assert.equal(tickStep(0.2), 30);
  assert.equal(tickStep(0.004), 0.5);
  assert.equal(tickStep(3600 / 400), 900);
  assert.equal(tickStep(100), 10800, "beyond the table: whole hours");
  const ticks = rulerTicks({ startSeconds: 0, secondsPerPixel: 0.2 }, EXTENT);
  assert.deepEqual(ticks.filter(({ label }) => label !== null).map(({ label, x }) => [label, x]), [
    ["0:00", 0], ["0:30", 150], ["1:00", 300], ["1:30", 450], ["2:00", 600], ["2:30", 750], ["3:00", 900],
  ]);
  assert.equal(ticks.length, 21, "a minor tick each 10 s");
  assert.equal(rulerTicks({ startSeconds: 10, secondsPerPixel: 0.004 }, EXTENT)[0]?.label, "0:10.0");
});

test("bar and beat, before the first downbeat too", () => {
  assert.deepEqual(barBeatAt(1.5, GRID), { bar: 1, beat: 1 });
  assert.deepEqual(barBeatAt(1.4996, GRID), { bar: 1, beat: 1 }, "rounding does not put a beat back");
  assert.deepEqual(barBeatAt(3.2, GRID), { bar: 1, beat: 4 });
  assert.deepEqual(barBeatAt(3.5, GRID), { bar: 2, beat: 1 });
  assert.deepEqual(barBeatAt(0.5, GRID), { bar: 0, beat: 3 });
  assert.deepEqual(barBeatAt(1.2, GRID), { bar: 0, beat: 4 });
  assert.equal(barBeatAt(0.2, GRID), null, "before the first beat");
  assert.equal(barBeatAt(22, GRID), null, "after the last");
  assert.equal(barBeatAt(1, NO_GRID), null);
  assert.equal(barBeatAt(1, { ...GRID, downbeats: new Float64Array(0) }), null);
  assert.equal(barBeatText({ bar: 32, beat: 1 }), "32.1");
  assert.equal(barBeatText(null), "–");
});

test("a long pickup counts its bars back", () => {
  const grid = { ...GRID, downbeats: Float64Array.of(5.5, 7.5) }; // ten beats before
  assert.deepEqual(barBeatAt(0.5, grid), { bar: -2, beat: 3 });
  assert.deepEqual(barBeatAt(3.5, grid), { bar: 0, beat: 1 });
});

test("grid lines thin out by powers of two", () => {
  assert.deepEqual(gridDensity(100, 4), { showBeats: true, lineBars: 1, labelBars: 1 });
  assert.deepEqual(gridDensity(24, 4), { showBeats: false, lineBars: 1, labelBars: 4 });
  assert.deepEqual(gridDensity(2, 4), { showBeats: false, lineBars: 16, labelBars: 32 });
});

test("grid lines lie on beats, numbered at downbeats", () => {
  const extent = { durationSeconds: 21, width: 400 };
  const lines = gridLines({ startSeconds: 1, secondsPerPixel: 0.01 }, extent, GRID);
  assert.deepEqual(lines.filter(({ beat }) => beat === 1).map(({ x, label }) => [Math.round(x), label]), [[50, "1"], [250, "2"]]);
  assert.deepEqual(lines.filter(({ beat }) => beat !== 1).map(({ x }) => Math.round(x)), [0, 100, 150, 200, 300, 350, 400]);
  const wide = gridLines({ startSeconds: 0, secondsPerPixel: 0.2 }, extent, GRID);
  assert.deepEqual(wide.map(({ bar, label }) => [bar, label]), [[1, "1"], [5, null], [9, "9"]]);
  assert.deepEqual(gridLines({ startSeconds: 0, secondsPerPixel: 0.2 }, extent, NO_GRID), []);
});

test("arrows step from beat to beat, and by seconds where there are none", () => {
  const limits = { durationSeconds: 21, fallbackSeconds: 2 };
  assert.equal(stepFrom(1.5, 1, GRID.beats, limits), 2);
  assert.equal(stepFrom(1.5, -1, GRID.beats, limits), 1);
  assert.equal(stepFrom(1.7, -1, GRID.beats, limits), 1.5);
  assert.equal(stepFrom(1.7, -1, GRID.beats, { ...limits, slackSeconds: 0.25 }), 1, "while playing, a second press goes on");
  assert.equal(stepFrom(1.5, 1, GRID.downbeats, limits), 3.5);
  assert.equal(stepFrom(0.2, -1, GRID.beats, limits), 0);
  assert.equal(stepFrom(20.8, 1, GRID.beats, limits), 21);
  assert.equal(stepFrom(5, 1, NO_GRID.beats, limits), 7);
  assert.equal(stepFrom(1, -1, NO_GRID.beats, limits), 0);
});

test("the one moves the shortest way to the nearest beat", () => {
  assert.equal(downbeatShiftTo(1.5, GRID), 0);
  assert.equal(downbeatShiftTo(2.05, GRID), 1);
  assert.equal(downbeatShiftTo(2.5, GRID), 2);
  assert.equal(downbeatShiftTo(3.1, GRID), -1);
  assert.equal(downbeatShiftTo(0.5, GRID), 2);
  assert.equal(downbeatShiftTo(1, NO_GRID), null);
});

test("binary search", () => {
  assert.equal(firstAtLeast(GRID.beats, 0), 0);
  assert.equal(firstAtLeast(GRID.beats, 0.5), 0);
  assert.equal(firstAtLeast(GRID.beats, 0.6), 1);
  assert.equal(firstAtLeast(GRID.beats, 99), 41);
});
