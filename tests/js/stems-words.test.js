import assert from "node:assert/strict";
import { test } from "node:test";

import { newSeparation } from "../../web/js/stems-store.js";
import { FIRST_CHOICE, fitting, optionsOf } from "../../web/js/stems-options.js";
import * as words from "../../web/js/stems-words.js";

const NOW = 1_000_000;
/** @param {object} more */
const entry = (more) => newSeparation({ place: "server", song: "s", title: "A", artist: null, label: "Studio", bytes: 40_000_000, options: /** @type {any} */ ({ model: "htdemucs", mode: "two", stems: ["vocals"] }), ...more });

test("every state is one line", () => {
  assert.equal(words.stateText(entry({ state: "uploading" }), NOW), "Uploading");
  assert.equal(words.stateText(entry({ state: "holding" }), NOW), "Waiting to try again");
  assert.equal(words.stateText(entry({ state: "queued", queuePosition: 1 }), NOW), "Next in line");
  assert.equal(words.stateText(entry({ state: "queued", queuePosition: 3 }), NOW), "Waiting, 2 jobs before it");
  assert.equal(words.stateText(entry({ state: "running", stage: "writing" }), NOW), "Writing the files");
  assert.equal(words.stateText(entry({ state: "running", stage: "writing", job: { note: "The disk is full." } }), NOW), "The disk is full.");
  assert.match(words.stateText(entry({ state: "running", connected: false }), NOW), /^Connection lost/);
  assert.equal(words.stateText(entry({ state: "failed", error: "No sound." }), NOW), "No sound.");
  assert.equal(words.stateText(entry({ state: "done", job: { expiresAt: NOW / 1000 - 1 } }), NOW), words.EXPIRED);
});

test("what moves is told apart from the state", () => {
  assert.equal(words.movingText(entry({ state: "uploading", fraction: 0.25, secondsLeft: 8 }), NOW), "10.0 MB of 40.0 MB · 8 s left");
  assert.equal(words.movingText(entry({ state: "holding", retryAt: NOW + 12_000 }), NOW), "in 12 s");
  assert.equal(words.movingText(entry({ state: "running", fraction: 0.42, secondsLeft: null }), NOW), "42\u00a0%");
  assert.equal(words.movingText(entry({ state: "running", stage: "Starting Python", fraction: 0 }), NOW), ""); // nobody knows
  assert.equal(words.movingText(entry({ state: "queued", secondsLeft: 150 }), NOW), "about 3 min left");
  assert.equal(words.movingText(entry({ state: "failed" }), NOW), "");
});

test("durations and what is left", () => {
  assert.deepEqual([1, 12, 43, 100, 3000, 3600, 5400, 86_400].map(words.durationText), ["a moment", "12 s", "45 s", "2 min", "50 min", "1 h", "1 h 30 min", "24 h"]);
  assert.deepEqual([null, 30, 240].map(words.leftText), ["", "30 s left", "about 4 min left"]);
});

test("what one gets is said in full", () => {
  const four = ["drums", "bass", "other", "vocals"];
  assert.equal(words.filesText("each", "vocals", four), "4 files: drums, bass, other and vocals.");
  assert.equal(words.filesText("two", "vocals", four), "2 files: vocals and instrumental.");
  assert.equal(words.filesText("rest", "drums", four), "1 file: the song without drums.");
  assert.equal(words.kindText(entry({})), "Studio · Vocals + instrumental");
  assert.equal(words.kindText(entry({ place: "device", label: words.QUICK_LABEL })), words.QUICK_LABEL);
});

test("what leaves the device is said with its time of deletion", () => {
  const limits = { uploadBytes: 5_000_000, audioSeconds: 7200, queuedJobs: 20, jobsPerClient: 3, keepSeconds: 86_400 };
  assert.match(words.privacyText("quick", 4_300_000, limits), /^Nothing is uploaded/);
  assert.equal(words.privacyText("htdemucs", 4_300_000, limits), "This uploads the song (4.3 MB) to this server; song and stems are deleted there after 24 h.");
  assert.equal(words.refusalText(4_300_000, 100, limits), null);
  assert.match(words.refusalText(6_000_000, 100, limits) ?? "", /6\.0 MB, and this server takes 5\.0 MB at most/);
  assert.match(words.refusalText(1000, 8000, limits) ?? "", /lasts 2 h 13 min, and this server takes 2 h at most/);
});

test("options carry title, artist, key and tempo as the page shows them", () => {
  const key = { name: "A minor", symbol: "A minor", camelot: "8A", openKey: "1m", mode: "minor" };
  const track = /** @type {any} */ ({
    name: "a.mp3", tags: { title: "T".repeat(300), artist: "B" }, edit: { key: "E minor", bpm: null, locked: true },
    analysis: { key: { key, clear: true }, rhythm: { bpm: 127.94, snapped: false, clear: true } },
  });
  const options = optionsOf({ ...FIRST_CHOICE, model: "htdemucs", mode: "rest", stem: "drums" }, track, "camelot");
  assert.deepEqual({ ...options, title: options.title?.length }, {
    model: "htdemucs", mode: "rest", stems: ["drums"], format: "flac", spreadResidual: true, title: 200, artist: "B", key: "9A", bpm: 127.9,
  });
  const bare = optionsOf(FIRST_CHOICE, { ...track, analysis: null, tags: null, edit: { key: null } }, "camelot");
  assert.deepEqual([bare.title, bare.artist, bare.key, bare.bpm, bare.stems], ["a", null, null, null, []]);
});

test("a stem that the model lacks gives way to vocals", () => {
  assert.equal(fitting({ ...FIRST_CHOICE, stem: "piano" }, { stems: ["drums", "vocals"] }).stem, "vocals");
  assert.equal(fitting({ ...FIRST_CHOICE, stem: "piano" }, { stems: ["piano", "vocals"] }).stem, "piano");
});
