import assert from "node:assert/strict";
import { test } from "node:test";

import { exportFile } from "../../web/js/exports.js";
import { Edits } from "../../web/js/edits.js";
import { bpmText, clockText, keyAnswer, keyChip, keyOtherNames, likelihoodText, nameParts, retryHelps, sampleRateText, shownKey, sizeText, spokenTime, tagBpmText, tuningText } from "../../web/js/labels.js";
import { Playables } from "../../web/js/playables.js";
import { KEYS } from "../../web/js/protocol.js";
import { Store } from "../../web/js/store.js";
import { readBpm } from "../../web/js/tempo-panel.js";
import { nextSort, sortTracks } from "../../web/js/track-order.js";

const key = (/** @type {string} */ name) => /** @type {any} */ (KEYS.find((each) => each.name === name));

/** @param {Partial<import("../../web/js/protocol.js").RhythmEstimate>} [patch] @returns {any} */
const rhythm = (patch) => ({
  bpm: 128, measuredBpm: 128.01, snapped: true, steady: true, confidence: 0.9, clear: true, meter: 4, downbeatConfidence: 0.5, timeSignature: "4/4", beatConfidence: 0.8, tempoMap: [],
  alternatives: [], source: "analysis", ...patch,
});

/** @param {Store} store @param {string} name @param {object} [analysis] */
function analysed(store, name, analysis = {}) {
  const [track] = store.add([{ file: new File(["x"], name), name }]);
  const arrays = { beats: new Float64Array([0, 0.5]), downbeats: new Float64Array([0]), peaks: new Int8Array(2), bands: new Uint8Array(3), embedding: null };
  store.update(track?.id ?? 0, { state: "done", arrays, analysis: /** @type {any} */ ({ durationSeconds: 60, key: null, rhythm: null, mood: null, ...analysis }) });
  return track?.id ?? 0;
}

test("keys in every notation, with real sharps and flats", () => {
  assert.deepEqual(["camelot", "openKey", "musical"].map((each) => keyChip(key("Bb minor"), /** @type {any} */ (each))), ["3A", "8m", "B♭m"]);
  assert.equal(keyAnswer(key("F# major"), "musical"), "F♯ major");
  assert.equal(keyOtherNames(key("A minor"), "camelot"), "A minor · 1m");
  assert.equal(keyOtherNames(key("A minor"), "musical"), "8A · 1m");
});

test("numbers for people", () => {
  assert.equal(bpmText(rhythm()), "128");
  assert.equal(bpmText(rhythm({ bpm: 127.94, snapped: false })), "127.9");
  assert.deepEqual([clockText(187.9), clockText(3727), clockText(Number.NaN)], ["3:07", "1:02:07", "0:00"]);
  assert.equal(spokenTime(61), "1 minute 1 second");
  assert.equal(sampleRateText(44100), "44.1 kHz");
  assert.deepEqual([sizeText(12), sizeText(3_456_789)], ["1 kB", "3.5 MB"]);
  assert.deepEqual(tuningText({ hz: 442.04, cents: 8.01, confidence: 1 }), { hz: "A4 = 442.0 Hz", cents: "+8 cents" });
  assert.equal(tuningText({ hz: 440, cents: -0.2, confidence: 1 }).cents, "±0 cents");
  assert.equal(tuningText({ hz: 440, cents: 1.2, confidence: 1 }).cents, "+1 cent");
  assert.deepEqual(["130.000000", "127,5", "126", "slow"].map(tagBpmText), ["130", "127.5", "126", "slow"]);
  assert.deepEqual(nameParts("set/01. one.two.MP3"), { folder: "set", title: "01. one.two", ending: "MP3" });
});

test("runners-up get words, not numbers that look like probabilities", () => {
  const words = [0.31, 0.25, 0.1, 0.05].map((share) => likelihoodText({ key: key("C major"), share, relation: "relative", reason: "" }));
  assert.deepEqual(words, ["likely", "likely", "possible", null]);
});

test("another try helps when the engine stopped, not when the file is at fault", () => {
  assert.deepEqual([
    null, "The analysis engine stopped while it worked on this file.", "a.wma needs the fallback decoder, which could not be loaded: offline.",
    "a.mp3 is empty (0 bytes).", "a.mp3 is no audio: it is a text file.", "a.mp3 can no longer be read: it was moved. Add it again.",
  ].map(retryHelps), [true, true, true, false, false, false]);
});

test("a typed tempo: comma or point, and a clear error", () => {
  assert.equal(readBpm(" 127,5 ").bpm, 127.5);
  assert.match(readBpm("").error ?? "", /Type a tempo/);
  assert.match(readBpm("fast").error ?? "", /“fast” is not a number/);
  assert.match(readBpm("1e2").error ?? "", /not a number/);
  assert.equal(readBpm("19.9").error, "19.9 BPM is out of range. Choose 20 to 400.");
  assert.equal(readBpm("400").bpm, 400);
});

test("the list sorts by what is shown, tracks without a value last both ways", () => {
  const store = new Store();
  analysed(store, "b 10", { key: { key: key("C major"), clear: true }, rhythm: rhythm({ bpm: 90 }) });
  analysed(store, "b 9");
  const byHand = analysed(store, "a", { key: { key: key("C major"), clear: true }, rhythm: rhythm({ bpm: 120 }) });
  store.update(byHand, { edit: { key: "G# minor", bpm: null, locked: false } });
  const names = (/** @type {any} */ sort) => sortTracks(store.tracks, sort).map((track) => track.name);
  assert.deepEqual(names({ column: "name", descending: false }), ["a", "b 9", "b 10"]);
  assert.deepEqual(names({ column: "bpm", descending: true }), ["a", "b 10", "b 9"]);
  assert.deepEqual(names({ column: "bpm", descending: false }), ["b 10", "a", "b 9"]);
  assert.deepEqual(names({ column: "key", descending: false }), ["a", "b 10", "b 9"]);
});

test("an unclear answer sorts after every clear one, both ways", () => {
  const store = new Store();
  analysed(store, "guess", { rhythm: rhythm({ bpm: 100, clear: false }) });
  analysed(store, "slow", { rhythm: rhythm({ bpm: 90 }) });
  analysed(store, "none");
  analysed(store, "fast", { rhythm: rhythm({ bpm: 120 }) });
  const names = (/** @type {boolean} */ descending) => sortTracks(store.tracks, { column: "bpm", descending }).map((track) => track.name);
  assert.deepEqual([names(false), names(true)], [["slow", "fast", "guess", "none"], ["fast", "slow", "guess", "none"]]);
});

test("a column's head turns: up, down, as added", () => {
  const up = nextSort({ column: "added", descending: false }, "bpm");
  const down = nextSort(up, "bpm");
  assert.deepEqual([up, down, nextSort(down, "bpm")], [
    { column: "bpm", descending: false }, { column: "bpm", descending: true }, { column: "added", descending: false },
  ]);
});

test("a key by hand wins and is clear", () => {
  const store = new Store();
  const id = analysed(store, "a", { key: { key: key("C major"), clear: false } });
  store.update(id, { edit: { key: "A minor", bpm: null, locked: false } });
  const track = /** @type {any} */ (store.track(id));
  assert.deepEqual(shownKey(track), { key: key("A minor"), byHand: true, clear: true });
});

/** Answers Retempo with the tempo asked for, and keeps what was sent. */
class FakeEngine extends EventTarget {
  boot = { state: "ready", error: null };
  /** @type {any[]} */
  sent = [];
  /** @type {Error|null} */
  error = null;

  /** @param {any} request @param {any[]} [arrays] @returns {Promise<any>} */
  async request(request, arrays = []) {
    this.sent.push({ ...request, arrays: structuredClone(arrays, { transfer: arrays.map((each) => each.buffer) }) });
    if (this.error) throw this.error;
    if (request.type === "export") return { value: { type: "textFile", name: "k.csv", mediaType: "text/csv", text: "x" }, arrays: [] };
    const structure = request.structure && { ...request.structure, cues: [{ seconds: 7 + request.shiftSeconds }] };
    return { value: { rhythm: rhythm({ bpm: request.bpm, source: "hand" }), structure }, arrays: [new Float64Array([7]), new Float64Array([7])] };
  }
}

test("every tempo by hand starts from the analysed grid, and reset brings that back", async () => {
  const [store, engine] = [new Store(), new FakeEngine()];
  const edits = new Edits({ store, engine: /** @type {any} */ (engine) });
  const id = analysed(store, "a", { rhythm: rhythm() });
  await edits.setBpm(id, 64);
  await edits.shift(id, 0.01);
  await edits.shift(id, 0.01);
  await edits.shiftDownbeat(id, 1);
  const last = engine.sent.at(-1);
  assert.equal(last.rhythm.bpm, 128);
  assert.deepEqual([last.bpm, last.shiftSeconds, last.downbeatShift], [64, 0.02, 1]);
  assert.deepEqual([...last.arrays[0]], [0, 0.5]);
  assert.deepEqual([store.track(id)?.analysis?.rhythm?.bpm, store.track(id)?.edit.bpm], [64, 64]);
  assert.equal(edits.analysed(id)?.bpm, 128);
  edits.resetTempo(id);
  assert.deepEqual([...(store.track(id)?.arrays?.beats ?? [])], [0, 0.5]);
  assert.equal(store.track(id)?.edit.bpm, null);
});

const FOUND = { sections: [], cues: [{ seconds: 3, kind: "drop", reason: "" }] };
const cueSeconds = (/** @type {Store} */ store, /** @type {number} */ id) => store.track(id)?.analysis?.structure?.cues.map((cue) => cue.seconds);

test("sections and cues follow the grid, always from where they were found, and come back with it", async () => {
  const [store, engine] = [new Store(), new FakeEngine()];
  const edits = new Edits({ store, engine: /** @type {any} */ (engine) });
  const id = analysed(store, "a", { rhythm: rhythm(), structure: FOUND });
  await edits.shift(id, 0.25);
  const undo = edits.undoTempo(id);
  await edits.shift(id, 0.25);
  assert.deepEqual(engine.sent.map((each) => each.structure), [FOUND, FOUND]);
  assert.deepEqual(cueSeconds(store, id), [7.5]);
  await undo();
  assert.deepEqual(cueSeconds(store, id), [7.25]);
  edits.resetTempo(id);
  assert.equal(store.track(id)?.analysis?.structure, FOUND);
});

test("what was done to the grid before the details is done to them when they come", async () => {
  const [store, engine] = [new Store(), new FakeEngine()];
  const edits = new Edits({ store, engine: /** @type {any} */ (engine) });
  const [id, other] = [analysed(store, "a", { rhythm: rhythm(), structure: null }), analysed(store, "b", { rhythm: rhythm(), structure: FOUND })];
  await edits.setBpm(id, 64);
  const shifting = edits.shift(id, 0.5);
  store.update(id, { analysis: /** @type {any} */ ({ ...store.track(id)?.analysis, structure: FOUND }) });
  await Promise.all([shifting, edits.deepened(id), edits.deepened(other)]);
  assert.deepEqual([engine.sent.length, engine.sent.at(-1).bpm, engine.sent.at(-1).shiftSeconds], [3, 64, 0.5]);
  assert.deepEqual(cueSeconds(store, id), [7.5]);
  assert.equal(store.track(id)?.analysis?.rhythm?.bpm, 64);
  edits.resetTempo(id);
  assert.equal(store.track(id)?.analysis?.structure, FOUND);
  assert.equal(store.track(other)?.analysis?.structure, FOUND);
});

test("a tempo can be undone to the one before, and to the analysis", async () => {
  const [store, engine] = [new Store(), new FakeEngine()];
  const edits = new Edits({ store, engine: /** @type {any} */ (engine) });
  const id = analysed(store, "a", { rhythm: rhythm() });
  const undoFirst = edits.undoTempo(id);
  await edits.setBpm(id, 64);
  const undoSecond = edits.undoTempo(id);
  await edits.setBpm(id, 32);
  await undoSecond();
  assert.deepEqual([store.track(id)?.analysis?.rhythm?.bpm, store.track(id)?.edit.bpm], [64, 64]);
  await undoFirst();
  assert.deepEqual([store.track(id)?.analysis?.rhythm?.source, store.track(id)?.edit.bpm], ["analysis", null]);
});

test("a track that was removed and put back has its grid still", async () => {
  const [store, engine] = [new Store(), new FakeEngine()];
  const edits = new Edits({ store, engine: /** @type {any} */ (engine) });
  const id = analysed(store, "a", { rhythm: rhythm() });
  await edits.setBpm(id, 64);
  const track = /** @type {any} */ (store.track(id));
  store.remove([id]);
  assert.equal(edits.analysed(id), null);
  store.putBack([track]);
  assert.equal(edits.analysed(id)?.bpm, 128);
  const answering = edits.setBpm(id, 32);
  store.remove([id]);
  await answering;
  store.putBack([track]);
  await edits.shift(id, 0.1);
  assert.deepEqual([engine.sent.at(-1).bpm, engine.sent.at(-1).rhythm.bpm], [64, 128]);
});

test("a tempo that Python refuses changes nothing", async () => {
  const [store, engine] = [new Store(), new FakeEngine()];
  const edits = new Edits({ store, engine: /** @type {any} */ (engine) });
  const id = analysed(store, "a", { rhythm: rhythm() });
  engine.error = new Error("No grid at this tempo.");
  await assert.rejects(edits.setBpm(id, 64), /No grid/);
  assert.equal(store.track(id)?.analysis?.rhythm?.bpm, 128);
  assert.equal(edits.analysed(id), null);
});

test("a locked tempo is laid over the grid of another analysis", async () => {
  const [store, engine] = [new Store(), new FakeEngine()];
  const edits = new Edits({ store, engine: /** @type {any} */ (engine) });
  const id = analysed(store, "a", { rhythm: rhythm() });
  await edits.setBpm(id, 64);
  edits.setLocked(id, true);
  const analysis = /** @type {any} */ (store.track(id)?.analysis);
  store.update(id, { analysis: { ...analysis, rhythm: rhythm({ bpm: 130 }) } });
  await edits.analysedAnew(id);
  assert.equal(engine.sent.at(-1).rhythm.bpm, 130);
  assert.equal(store.track(id)?.analysis?.rhythm?.bpm, 64);
});

test("an export sends copies of the beats, and the reason of what failed", async () => {
  const [store, engine] = [new Store(), new FakeEngine()];
  const id = analysed(store, "a", { rhythm: rhythm() });
  const [failed] = store.add([{ file: new File(["x"], "b"), name: "b" }]);
  store.update(failed?.id ?? 0, { state: "failed", error: "No audio." });
  await exportFile(/** @type {any} */ (engine), store.tracks, "json");
  const [sent] = engine.sent;
  assert.deepEqual(sent.records.map((/** @type {any} */ record) => [record.file, record.error]), [["a", null], ["b", "No audio."]]);
  assert.equal(sent.arrays.length, 4);
  assert.equal(store.track(id)?.arrays?.beats.length, 2);
});

test("files play as they are; made ones are kept for the last few only", async () => {
  let made = 0;
  const decoder = { decode: async () => ({ playable: new Blob([String(++made)]) }) };
  const playables = new Playables(decoder, 2);
  const store = new Store();
  const tracks = store.add(["a", "b", "c"].map((name) => ({ file: new File(["x"], name), name })));
  const [a, b, c] = /** @type {any[]} */ (tracks);
  playables.keep(a.file, a.file);
  assert.equal(await playables.get(a), a.file);
  assert.equal(made, 0);
  await playables.get(b);
  await playables.get(c);
  await playables.get(b);
  assert.equal(made, 2);
  for (let more = 0; more < 2; more++) playables.keep(new File(["x"], `more ${more}`), new Blob(["y"]));
  await playables.get(b);
  assert.equal(made, 3);
});
