import assert from "node:assert/strict";
import { test } from "node:test";

import {
  cueText, driftText, heardByText, keyPathText, modulates, reasonText, sectionName, sectionText, tagStrength, tagText, tempoRangeText,
} from "../../web/js/detail-labels.js";
import { KEYS, TEMPO_RANGES } from "../../web/js/protocol.js";
import { readRange, sameRange } from "../../web/js/tempo-range.js";

const key = (/** @type {string} */ name) => /** @type {any} */ (KEYS.find((each) => each.name === name));

/** An estimate of a song that goes through these keys, twenty seconds each. @param {ReadonlyArray<string>} names @param {object} [patch] @returns {any} */
const estimate = (names, patch = {}) => ({
  key: key(names[0] ?? "A minor"), confidence: 0.8, clear: true, alternatives: [], compatible: [],
  timeline: names.map((name, at) => ({ startSeconds: 20 * at, endSeconds: 20 * at + 20, key: key(name), confidence: 0.8 })),
  intro: key(names[0] ?? "A minor"), outro: key(names.at(-1) ?? "A minor"), ...patch,
});

test("the keys that a mix meets, in one sentence and in any notation", () => {
  assert.equal(keyPathText(estimate(["A minor"]), "camelot"), "8A throughout.");
  assert.equal(keyPathText(estimate(["A minor", "E minor"]), "camelot"), "Starts in 8A, ends in 9A.");
  assert.equal(keyPathText(estimate(["Bb minor", "F minor"]), "musical"), "Starts in B♭m, ends in Fm.");
  assert.equal(keyPathText(estimate(["A minor", "E minor", "C major", "A minor"]), "openKey"), "Starts and ends in 1m, with 2m and 1d between.");
  assert.equal(keyPathText(estimate(["A minor", "E minor"], { intro: null, outro: null }), "camelot"), "Starts in 8A, ends in 9A.");
});

test("of an unclear key, or none, nothing is told over time", () => {
  assert.equal(keyPathText(estimate(["A minor", "E minor"], { clear: false }), "camelot"), "");
  assert.equal(keyPathText(estimate([]), "camelot"), "");
  assert.equal(keyPathText(null, "camelot"), "");
  assert.deepEqual([modulates(estimate(["A minor"])), modulates(estimate(["A minor", "E minor"])), modulates(null)], [false, true, false]);
});

test("sections, cue points and their reasons", () => {
  const section = /** @type {const} */ ({ startSeconds: 62.4, endSeconds: 93, kind: "chorus", letter: "B", energy: 81.6 });
  assert.equal(sectionName(section), "Chorus B");
  assert.equal(sectionText(section), "Chorus B, 1:02 to 1:33, intensity 82 of 100 within this song");
  assert.equal(cueText({ seconds: 62.4, kind: "mix out", reason: "" }, 3), "Cue 4, mix out, 1:02");
  assert.deepEqual(["energy jumps by 9 dB.", "  the kick stops", ""].map(reasonText), ["Energy jumps by 9 dB", "The kick stops", ""]);
});

test("a drift is a range; one below a whole BPM tells its decimals; a steady tempo has none", () => {
  const drift = (/** @type {number[]} */ bpms, steady = false) =>
    driftText(/** @type {any} */ ({ steady, tempoMap: bpms.map((bpm, at) => ({ startSeconds: 10 * at, bpm })) }));
  assert.deepEqual([drift([118.2, 123.8, 120]), drift([120.1, 120.4]), drift([118, 124], true), drift([])], ["118–124", "120.1–120.4", "", ""]);
});

test("a range is told by its music or its numbers", () => {
  assert.equal(tempoRangeText(null), "any tempo");
  assert.equal(tempoRangeText({ lowBpm: 115, highBpm: 130 }), "House, 115–130 BPM");
  assert.equal(tempoRangeText({ lowBpm: 60, highBpm: 120 }), "60–120 BPM");
  assert.equal(tempoRangeText({ lowBpm: 61, highBpm: 99 }), "61–99 BPM");
  assert.ok(TEMPO_RANGES.some(({ group }) => group === "genre"));
});

test("a typed range: comma or point, the lower one first, inside what a tempo may be", () => {
  assert.deepEqual(readRange(" 72,5 ", "100"), { range: { lowBpm: 72.5, highBpm: 100 }, error: null });
  for (const [low, high] of /** @type {const} */ ([["", "100"], ["fast", "100"], ["100", "80"], ["90", "90"], ["10", "100"], ["90", "900"]])) {
    assert.equal(readRange(low, high).error, "Type two tempi from 20 to 400, the lower one first.", `${low} ${high}`);
  }
  assert.ok(sameRange(null, null) && sameRange({ lowBpm: 60, highBpm: 90 }, { lowBpm: 60, highBpm: 90 }));
  assert.ok(!sameRange(null, { lowBpm: 60, highBpm: 90 }));
});

test("how far a tag stands out, in dots and words", () => {
  const tag = (/** @type {number} */ standing) => ({ name: "dance", share: 0.3, standing });
  assert.deepEqual([2.4, 2, 1.2, 0.4, -1].map((standing) => tagStrength(tag(standing))), [3, 3, 2, 1, 1]);
  assert.equal(tagText(tag(2.36)), "far more than the average song, by 2.4 standard deviations");
  assert.equal(tagText(tag(-0.5)), "0.5 standard deviations below the average song");
});

test("what the mood was heard by", () => {
  assert.match(heardByText(/** @type {any} */ ({ heardBy: "signal", tags: [] })), /the tagger was not available/);
  assert.match(heardByText(/** @type {any} */ ({ heardBy: "signal and tags", tags: [1] })), /music tagger.*Dots/);
});
