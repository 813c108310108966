import assert from "node:assert/strict";
import test from "node:test";

import {
  confidenceBars, confidenceText, LUFS_SCALE, overText, scalePercent, signedText, streamingText,
} from "../../web/js/meters.js";
import { moodColumn, moodRangeText, pointsText } from "../../web/js/mood.js";

test("confidence in words and bars", () => {
  assert.deepEqual([1, 0.7, 0.69, 0.3, 0.29, 0].map(confidenceText), ["very sure", "very sure", "fairly sure", "fairly sure", "unsure", "unsure"]);
  assert.deepEqual([0.9, 0.5, 0.1].map(confidenceBars), [3, 2, 1]);
});

test("places on a scale stay on it", () => {
  assert.equal(scalePercent(-15, LUFS_SCALE), 50);
  assert.equal(scalePercent(-70, LUFS_SCALE), 0);
  assert.equal(scalePercent(3, LUFS_SCALE), 100);
});

test("numbers wear a true minus sign and no minus before zero", () => {
  assert.equal(signedText(-8.34), "−8.3");
  assert.equal(signedText(-0.04), "0.0");
  assert.equal(signedText(0.6), "0.6");
  assert.equal(signedText(-14, 0), "−14");
  assert.deepEqual([6, -3, 0, -0].map(pointsText), ["+6", "−3", "±0", "±0"]);
});

test("what a streaming player does with the loudness", () => {
  assert.equal(streamingText(-8.3), "Streaming players turn it down by 5.7 dB.");
  assert.equal(streamingText(-14.2), "Right at streaming level.");
  assert.equal(streamingText(-20), "6.0 dB below streaming level.");
});

test("peaks over full scale are told, others not", () => {
  assert.equal(overText(0.62), "Peaks go 0.6 dB over full scale: players may distort them.");
  assert.equal(overText(0.04), "");
  assert.equal(overText(-1), "");
  assert.equal(overText(null), "");
});

test("how far a mood may lie off", () => {
  assert.equal(moodRangeText({ value: 78.4, low: 68.6, high: 86, word: "driving", factors: [], average: 50 }), "likely between 69 and 86");
});

test("what moved a mood adds up to the value as shown, however it is rounded", () => {
  const scale = (/** @type {number} */ value, /** @type {number} */ average, /** @type {number[]} */ points) => ({
    value, low: 0, high: 100, word: "", average, factors: points.map((each, at) => ({ name: `factor ${at}`, points: each })),
  });
  const odd = moodColumn(scale(71.5, 50.4, [9.5, 7.5, -4.5, 3.4, 2.3, 2.9]));
  assert.deepEqual([odd.average, odd.moved.map(({ points }) => points), odd.rest], [50, [10, 8, -4], 8]);
  for (const [value, average, points] of /** @type {const} */ ([[0, 50, [-30, -15.5]], [100, 47.5, [20.5, 20.5, 20.5, 1]], [62.2, 62, [0.2]]])) {
    const { average: start, moved, rest } = moodColumn(scale(value, average, [...points]));
    assert.equal(start + moved.reduce((sum, each) => sum + each.points, 0) + rest, Math.round(value));
  }
});
