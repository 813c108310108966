import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { AnalysisQueue } from "../../web/js/analysis-queue.js";
import { Playables } from "../../web/js/playables.js";
import { Store } from "../../web/js/store.js";

/** Let every pending promise run. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

const ANALYSIS = { notes: ["Clipped."], rhythm: null, key: null, mood: null, structure: null, stepSeconds: { key: 1 } };

/** A decoder that holds each file until `go(name)`; names with "bad" fail. */
class FakeDecoder {
  /** @type {string[]} */
  log = [];
  /** @type {Map<string, () => void>} */
  gates = new Map();
  held = false;
  /** @type {import("../../web/js/types.js").AudioTags|null} */
  tags = null;

  /** @param {File} file @param {any} options */
  async decode(file, { signal, onInfo, onStage, onBlock }) {
    this.log.push(`decode ${file.name}`);
    if (this.held) {
      await new Promise((resolve, reject) => {
        this.gates.set(file.name, () => resolve(null));
        signal.addEventListener("abort", () => reject(signal.reason));
      });
    }
    signal.throwIfAborted();
    if (file.name.includes("bad")) throw new Error(`${file.name} is no audio: it is a text file.`);
    onInfo({ sampleRate: 44100, channels: 1, durationSeconds: 2, format: "WAV", tags: this.tags });
    onStage("Decoding", 0.5);
    await onBlock([new Float32Array(44100)]);
    await onBlock([new Float32Array(44100)]);
    return { info: {}, seconds: 2, playable: file, warnings: ["The end is missing."] };
  }
}

const DETAILS = { structure: { sections: [], cues: [] }, mood: { tags: [] }, notes: ["The tagger was not there."], stepSeconds: { mood: 2 } };

/** An engine that answers at once, except that finishing waits for `go(track)` while `held`, deepening while `heldDetails`. */
class FakeEngine extends EventTarget {
  boot = { state: "ready", stage: "", fraction: 1, error: null, restarted: false };
  /** @type {string[]} */
  log = [];
  /** @type {Map<number, {resolve: (value: any) => void, reject: (error: Error) => void}>} */
  finishing = new Map();
  held = false;
  heldDetails = false;
  fed = 0;

  /** @param {any} request @param {any[]} [_arrays] @param {any} [options] @returns {Promise<any>} */
  async request(request, _arrays = [], { signal, onProgress } = {}) {
    this.log.push(`${request.type} ${request.track}`);
    if (request.type === "feedTrack") return { value: { seconds: ++this.fed % 2 === 1 ? 1 : 2 }, arrays: [] };
    if (request.type !== "finishTrack" && request.type !== "deepenTrack") return { value: {}, arrays: [] };
    const deepens = request.type === "deepenTrack";
    onProgress?.({ stage: deepens ? "Finding sections" : "Finding the key", fraction: 0.5 });
    const answer = deepens
      ? { value: { details: DETAILS }, arrays: [new Float32Array([0.5, 1])] }
      : { value: { analysis: ANALYSIS }, arrays: [new Float64Array([1]), new Float64Array(), new Int8Array(2), new Uint8Array(3)] };
    if (!(deepens ? this.heldDetails : this.held)) return answer;
    return new Promise((resolve, reject) => {
      this.finishing.set(request.track, { resolve: () => resolve(answer), reject });
      signal?.addEventListener("abort", () => reject(signal.reason));
    });
  }

  /** @param {number} id */
  go(id) {
    this.finishing.get(id)?.resolve(null);
    this.finishing.delete(id);
  }

  /** As `engine.js` does: open calls are rejected, and another worker boots. */
  die() {
    const open = [...this.finishing.values()];
    this.finishing.clear();
    for (const { reject } of open) {
      reject(Object.assign(new Error("The analysis engine stopped."), { name: "WorkerDeath" }));
    }
    if (this.boot.state === "ready") {
      this.become("booting");
      this.become("ready");
    }
  }

  /** @param {string} state */
  become(state) {
    this.boot = { ...this.boot, state };
    this.dispatchEvent(new Event("boot"));
  }
}

/** @type {Store} */
let store;
/** @type {FakeEngine} */
let engine;
/** @type {FakeDecoder} */
let decoder;
/** @type {AnalysisQueue} */
let queue;

beforeEach(() => {
  store = new Store();
  engine = new FakeEngine();
  decoder = new FakeDecoder();
  queue = new AnalysisQueue({ store, engine: /** @type {any} */ (engine), decoder: /** @type {any} */ (decoder), playables: new Playables(decoder) });
});

/** @param {...string} names @returns {number[]} */
const add = (...names) => store.add(names.map((name) => ({ file: new File(["x"], name), name }))).map((track) => track.id);
const states = () => store.tracks.map((track) => track.state);

test("a file becomes an answer with its arrays, and warnings come before the notes", async () => {
  engine.heldDetails = true;
  const [id = 0] = add("a.wav");
  await settle();
  const track = store.track(id);
  assert.equal(track?.state, "done");
  assert.deepEqual(track?.analysis?.notes, ["The end is missing.", "Clipped."]);
  assert.deepEqual([...(track?.arrays?.beats ?? [])], [1]);
  assert.deepEqual(engine.log, ["openTrack 1", "feedTrack 1", "feedTrack 1", "finishTrack 1", "deepenTrack 1"]);
});

test("files wait for the engine and are taken in order", async () => {
  engine.boot.state = "booting";
  add("a", "b", "c");
  await settle();
  assert.deepEqual(states(), ["waiting", "waiting", "waiting"]);
  assert.deepEqual(decoder.log, []);
  engine.become("ready");
  await settle();
  assert.deepEqual(states(), ["done", "done", "done"]);
  assert.deepEqual(decoder.log, ["decode a", "decode b", "decode c"]);
});

test("the next file is decoded during the analysis, no further one, and one at a time is finished", async () => {
  engine.held = true;
  const [a = 0, b = 0] = add("a", "b", "c");
  await settle();
  assert.deepEqual(decoder.log, ["decode a", "decode b"]);
  assert.deepEqual(engine.log.filter((line) => line.startsWith("finish")), [`finishTrack ${a}`]);
  assert.equal(store.track(b)?.stage, "Waiting its turn");
  engine.go(a);
  await settle();
  assert.deepEqual(decoder.log, ["decode a", "decode b", "decode c"]);
  assert.deepEqual(engine.log.filter((line) => line.startsWith("finish")), [`finishTrack ${a}`, `finishTrack ${b}`]);
});

/** @param {...string} kinds what was asked of the engine, less the feeding */
const asked = (...kinds) => engine.log.filter((line) => kinds.some((kind) => line.startsWith(kind)));

test("the answer stands while the details come, and what was set by hand meanwhile stays", async () => {
  engine.heldDetails = true;
  const [id = 0] = add("a");
  await settle();
  const before = store.track(id);
  assert.deepEqual([before?.state, before?.deepening.state, before?.deepening.stage, before?.deepening.fraction], ["done", "working", "Finding sections", 0.5]);
  assert.equal(queue.busy, false);
  const byHand = /** @type {any} */ ({ bpm: 64, source: "hand" });
  store.update(id, {
    analysis: /** @type {any} */ ({ ...before?.analysis, rhythm: byHand }), edit: { key: "A minor", bpm: 64, locked: true },
    arrays: /** @type {any} */ ({ ...before?.arrays, beats: new Float64Array([7]) }),
  });
  engine.go(id);
  await settle();
  const track = store.track(id);
  assert.equal(track?.deepening.state, "done");
  assert.deepEqual([track?.analysis?.structure, track?.analysis?.mood], [DETAILS.structure, DETAILS.mood]);
  assert.deepEqual(track?.analysis?.notes, ["The end is missing.", "Clipped.", "The tagger was not there."]);
  assert.deepEqual(track?.analysis?.stepSeconds, { key: 1, mood: 2 });
  assert.deepEqual([...(track?.arrays?.embedding ?? [])], [0.5, 1]);
  assert.equal(track?.analysis?.rhythm, byHand);
  assert.deepEqual([...(track?.arrays?.beats ?? [])], [7]);
  assert.deepEqual(track?.edit, { key: "A minor", bpm: 64, locked: true });
});

test("a file that waits for its answer goes before details, and never do more than two wait for those", async () => {
  engine.held = engine.heldDetails = true;
  add("a", "b", "c", "d", "e");
  for (let turn = 0; turn < 12; turn++) {
    await settle();
    const [id] = [...engine.finishing.keys()];
    assert.equal(engine.finishing.size, 1, "Python does one thing at a time");
    assert.ok(store.tracks.filter((track) => track.deepening.state === "waiting").length <= 2);
    engine.go(id ?? 0);
    if (turn === 9) break;
  }
  await settle();
  assert.deepEqual(asked("finish", "deepen"), [
    "finishTrack 1", "finishTrack 2", "deepenTrack 1", "finishTrack 3", "deepenTrack 2", "finishTrack 4", "deepenTrack 3", "finishTrack 5",
    "deepenTrack 4", "deepenTrack 5",
  ]);
  assert.ok(store.tracks.every((track) => track.deepening.state === "done"));
});

test("the details of the track that is looked at come first", async () => {
  engine.held = engine.heldDetails = true;
  const [a = 0, b = 0] = add("a", "b");
  await settle();
  engine.go(a);
  await settle();
  store.select(b);
  engine.go(b);
  await settle();
  assert.deepEqual(asked("deepen"), [`deepenTrack ${b}`]);
});

test("details that fail leave the answer and say why; analysing again brings them", async () => {
  const answer = engine.request.bind(engine);
  engine.request = async (request, arrays, options) => {
    if (request.type === "deepenTrack") throw new Error("The tagger ate the song.");
    return answer(request, arrays, options);
  };
  const [id = 0] = add("a");
  await settle();
  assert.equal(store.track(id)?.state, "done");
  assert.deepEqual(store.track(id)?.deepening, { state: "missing", stage: "", fraction: 0, error: "Sections and mood are missing. The tagger ate the song." });
  assert.ok(engine.log.includes(`cancelTrack ${id}`));
  engine.request = answer;
  queue.retry(id);
  await settle();
  assert.deepEqual([store.track(id)?.state, store.track(id)?.deepening.state], ["done", "done"]);
});

test("when the engine dies over the details, the answer stays and the file is decoded once more for them", async () => {
  engine.heldDetails = true;
  const [id = 0] = add("a");
  await settle();
  const { analysis } = /** @type {any} */ (store.track(id));
  const states = new Set();
  const fractions = /** @type {number[]} */ ([]);
  store.addEventListener("tracks", () => {
    states.add(store.track(id)?.state);
    fractions.push(store.track(id)?.deepening.fraction ?? 0);
  });
  engine.die();
  await settle();
  assert.deepEqual(decoder.log, ["decode a", "decode a"]);
  assert.equal(store.track(id)?.analysis, analysis);
  engine.go(id);
  await settle();
  assert.deepEqual([...states], ["done"]);
  assert.deepEqual(fractions, [...fractions].sort((x, y) => x - y));
  assert.equal(store.track(id)?.deepening.state, "done");
  assert.deepEqual(store.track(id)?.analysis?.notes, ["The end is missing.", "Clipped.", "The tagger was not there."]);
});

test("a file that kills the engine over its details does so twice, takes nobody along and keeps its answer", async () => {
  engine.held = engine.heldDetails = true;
  const [a = 0, b = 0] = add("a", "b");
  await settle();
  engine.go(a);
  await settle();
  engine.go(b);
  await settle();
  assert.deepEqual(states(), ["done", "done"]);
  engine.held = false;
  engine.die();
  await settle();
  engine.die();
  await settle();
  assert.match(store.track(a)?.deepening.error ?? "", /missing\. The analysis engine stopped/);
  engine.go(b);
  await settle();
  assert.deepEqual([store.track(a)?.state, store.track(b)?.deepening.state], ["done", "done"]);
});

test("with an engine that is gone for good the answer stays, and the details are said to be missing", async () => {
  engine.heldDetails = true;
  const [id = 0] = add("a");
  await settle();
  engine.boot.state = "failed";
  engine.die();
  await settle();
  assert.deepEqual([store.track(id)?.state, store.track(id)?.deepening.state], ["done", "missing"]);
});

test("details can be stopped, and a new analysis begins without their end", async () => {
  engine.heldDetails = true;
  const [a = 0, b = 0] = add("a", "b");
  await settle();
  queue.cancel(a);
  await settle();
  assert.deepEqual([store.track(a)?.state, store.track(a)?.deepening.state], ["done", "missing"]);
  assert.ok(engine.log.includes(`cancelTrack ${a}`));
  queue.retry(b);
  await settle();
  assert.deepEqual(decoder.log, ["decode a", "decode b", "decode b"]);
  assert.equal(store.track(b)?.state, "done");
  queue.remove([b]);
  await settle();
  assert.equal(asked("cancel").at(-1), `cancelTrack ${b}`);
});

test("the tempo range of the settings goes along, and the track says which it was", async () => {
  /** @type {any[]} */
  const ranges = [];
  const answer = engine.request.bind(engine);
  engine.request = async (request, arrays, options) => {
    if (request.type === "openTrack") ranges.push(request.tempoRange);
    return answer(request, arrays, options);
  };
  const [a = 0] = add("a");
  await settle();
  store.set({ tempoRange: { lowBpm: 160, highBpm: 185 } });
  queue.retry(a);
  await settle();
  assert.deepEqual(ranges, [null, { lowBpm: 160, highBpm: 185 }]);
  assert.deepEqual(store.track(a)?.tempoRange, { lowBpm: 160, highBpm: 185 });
});

test("progress only grows: feeding is the first half, finishing the second", async () => {
  /** @type {number[]} */
  const fractions = [];
  store.addEventListener("tracks", () => fractions.push(store.tracks[0]?.fraction ?? 0));
  add("a");
  await settle();
  assert.deepEqual(fractions, [...fractions].sort((x, y) => x - y));
  assert.ok(fractions.includes(0.25) && fractions.includes(0.5) && fractions.includes(0.75));
});

test("a failed file says why and the others are answered", async () => {
  add("a", "bad.mp3", "c");
  await settle();
  assert.deepEqual(states(), ["done", "failed", "done"]);
  assert.equal(store.tracks[1]?.error, "bad.mp3 is no audio: it is a text file.");
});

test("cancelling a waiting file leaves it out", async () => {
  engine.held = true;
  const [a = 0, b = 0, c = 0] = add("a", "b", "c");
  await settle();
  queue.cancel(c);
  engine.go(a);
  await settle();
  engine.go(b);
  await settle();
  assert.deepEqual(states(), ["done", "done", "cancelled"]);
  assert.ok(!decoder.log.includes("decode c"));
});

test("cancelling at any stage frees the track in the engine and lets the next one go on", async () => {
  engine.held = true;
  const [a = 0, b = 0] = add("a", "b");
  await settle();
  queue.cancel(a);
  await settle();
  assert.equal(store.track(a)?.state, "cancelled");
  assert.ok(engine.log.includes(`cancelTrack ${a}`));
  engine.go(b);
  await settle();
  assert.deepEqual(states(), ["cancelled", "done"]);
});

test("a cancelled decode may be tried again at once", async () => {
  decoder.held = true;
  const [a = 0] = add("a");
  await settle();
  queue.cancel(a);
  queue.retry(a);
  await settle();
  decoder.gates.get("a")?.();
  await settle();
  assert.deepEqual(states(), ["done"]);
});

test("a failed file may be tried again", async () => {
  const [id = 0] = add("bad");
  await settle();
  queue.retry(id);
  await settle();
  assert.deepEqual(decoder.log, ["decode bad", "decode bad"]);
  assert.deepEqual(states(), ["failed"]);
});

test("removing and clearing stop the work and tell nobody afterwards", async () => {
  engine.held = true;
  const [a = 0] = add("a", "b", "c");
  await settle();
  queue.remove([a]);
  await settle();
  assert.ok(engine.log.includes(`cancelTrack ${a}`));
  queue.remove(store.tracks.map((track) => track.id));
  await settle();
  assert.equal(store.tracks.length, 0);
  assert.equal(queue.busy, false);
});

test("what was removed comes back in its place: running work begins anew, answers and edits stay", async () => {
  engine.heldDetails = true;
  const [a = 0, b = 0, c = 0] = add("a", "b", "c");
  await settle();
  engine.go(a);
  await settle();
  assert.deepEqual(store.tracks.map((track) => track.deepening.state), ["done", "working", "none"]);
  assert.deepEqual(states(), ["done", "done", "working"]);
  store.update(a, { edit: { key: "A minor", bpm: null, locked: false } });
  const before = store.track(a);
  const [analysisOfB, decoded] = [store.track(b)?.analysis, decoder.log.length];
  const removed = [...queue.remove([a, b]), ...queue.remove([c])];
  assert.deepEqual([removed.length, store.tracks.length, store.selected], [3, 0, null]);
  add("d");
  queue.putBack([...removed].reverse());
  assert.deepEqual(store.tracks.map((track) => track.name), ["a", "b", "c", "d"]);
  assert.equal(store.track(a), before);
  assert.equal(store.track(b)?.analysis, analysisOfB);
  engine.heldDetails = false;
  await settle();
  await settle();
  assert.ok(engine.log.includes(`cancelTrack ${b}`));
  assert.ok(store.tracks.every((track) => track.state === "done" && track.deepening.state === "done"));
  assert.deepEqual(decoder.log.slice(decoded).sort(), ["decode b", "decode c", "decode d"]);
});

test("a removed file that was being analysed waits again when it is put back, also at once", async () => {
  engine.held = true;
  const [a = 0] = add("a");
  await settle();
  queue.putBack(queue.remove([a]));
  assert.deepEqual([store.track(a)?.state, store.track(a)?.fraction], ["waiting", 0]);
  await settle();
  engine.go(a);
  await settle();
  assert.deepEqual(states(), ["done"]);
  assert.deepEqual(asked("open", "cancel"), [`openTrack ${a}`, `cancelTrack ${a}`, `openTrack ${a}`]);
});

test("after the engine's death what it held is tried once more, each alone, so that a deadly file takes no other with it", async () => {
  engine.held = true;
  const [a = 0, b = 0] = add("a", "b");
  await settle();
  engine.die();
  await settle();
  assert.deepEqual(states(), ["working", "waiting"]);
  engine.die();
  await settle();
  assert.equal(store.track(a)?.error, "The analysis engine stopped while it worked on this file.");
  assert.deepEqual(states(), ["failed", "working"]);
  engine.go(b);
  await settle();
  assert.deepEqual(states(), ["failed", "done"]);
  assert.deepEqual(decoder.log, ["decode a", "decode b", "decode a", "decode b"]);
});

test("with an engine that is gone for good, the running file fails and the rest keep waiting", async () => {
  engine.held = true;
  add("a", "b", "c");
  await settle();
  engine.boot.state = "failed";
  engine.die();
  await settle();
  assert.equal(states()[0], "failed");
  assert.equal(states()[2], "waiting");
});

test("a locked edit survives another analysis, an open one does not", async () => {
  const [a = 0, b = 0] = add("a", "b");
  await settle();
  store.update(a, { edit: { key: "A minor", bpm: null, locked: true } });
  store.update(b, { edit: { key: "A minor", bpm: null, locked: false } });
  queue.retry(a);
  queue.retry(b);
  await settle();
  assert.equal(store.track(a)?.edit.key, "A minor");
  assert.equal(store.track(b)?.edit.key, null);
});

test("idle comes once after the last, settled for each", async () => {
  let idle = 0;
  /** @type {string[]} */
  const settled = [];
  queue.addEventListener("idle", () => idle++);
  queue.addEventListener("settled", (event) => settled.push(/** @type {CustomEvent} */ (event).detail.track.name));
  add("a", "bad", "c");
  await settle();
  assert.equal(idle, 1);
  assert.deepEqual(settled.sort(), ["a", "bad", "c"]);
});

test("a thousand files keep no decoded audio: only references to the files", async () => {
  add(...Array.from({ length: 1000 }, (_, index) => `${index}.wav`));
  while (queue.busy) await settle();
  assert.equal(states().filter((state) => state === "done").length, 1000);
});

test("what the engine says while it is fed is what the track says, and tags stay", async () => {
  const answer = engine.request.bind(engine);
  engine.request = async (request, arrays, options) => {
    if (request.type === "feedTrack") throw new Error("The song is longer than 3 hours.");
    return answer(request, arrays, options);
  };
  decoder.tags = { title: "Blue Monday" };
  add("a.mp3");
  await settle();
  assert.equal(store.tracks[0]?.error, "The song is longer than 3 hours.");
  assert.deepEqual(store.tracks[0]?.tags, { title: "Blue Monday" });
});
