import assert from "node:assert/strict";
import { test } from "node:test";

import { SplitEngine } from "../../web/js/split-engine.js";
import { Splits } from "../../web/js/split.js";
import { Separations } from "../../web/js/stems-store.js";

const RATE = 1000;
const OPTIONS = /** @type {any} */ ({ model: "quick", mode: "each", stems: [] });
const turn = () => new Promise((resolve) => setTimeout(resolve));
/** @param {() => boolean} holds */
async function until(holds) {
  for (let turns = 0; !holds(); turns++) {
    assert.ok(turns < 500, "waited in vain");
    await turn();
  }
}

/** Hands out blocks of ones; `hold` keeps the rest back until it is called. @param {{blocks?: number, broken?: boolean}} [how] */
function decoder({ blocks = 3, broken = false } = {}) {
  return {
    /** @param {File} _file @param {any} options */
    async decode(_file, { signal, onInfo, onBlock }) {
      onInfo({ sampleRate: RATE, channels: 1, durationSeconds: blocks, format: "WAV", tags: null });
      for (let at = 0; at < blocks; at++) {
        signal.throwIfAborted();
        await onBlock([new Float32Array(RATE).fill(at + 1)]);
        if (broken) throw new Error("a.mp3 is damaged.");
      }
      return { info: /** @type {any} */ ({}), seconds: blocks, playable: new Blob(), warnings: [] };
    },
  };
}

/** An engine whose stems are quarters of the mix, one block late, as overlapping windows make them. */
function engine() {
  /** @type {string[]} */
  const asked = [];
  /** @type {Map<number, {late: Float32Array|null, start: number}>} */
  const open = new Map();
  const planes = (/** @type {Float32Array} */ mix) => Array.from({ length: 8 }, () => mix.map((each) => each / 4));
  let holders = 0;
  return {
    asked,
    get holders() { return holders; },
    async hold() { holders += 1; },
    release() { holders -= 1; },
    stop() {},
    /** @param {any} request @param {any[]} arrays @param {any} options @returns {Promise<{value: any, arrays: any[]}>} */
    async request(request, arrays = [], { signal } = {}) {
      asked.push(request.type);
      await turn();
      signal?.throwIfAborted();
      if (request.type === "openSplit") open.set(request.split, { late: null, start: 0 });
      const state = open.get(request.split);
      if (!state || request.type === "openSplit" || request.type === "cancelSplit") return { value: { split: request.split }, arrays: [] };
      const due = state.late;
      const startSample = state.start;
      state.late = arrays[0] ?? null;
      state.start += due?.length ?? 0;
      return { value: { split: request.split, startSample, samples: due?.length ?? 0 }, arrays: due ? planes(due) : [] };
    },
  };
}

/** @param {any} [how] */
function stage(how) {
  const store = new Separations();
  const sinks = /** @type {any[]} */ ([]);
  const played = engine();
  const splits = new Splits({
    store, decoder: decoder(how), engine: /** @type {any} */ (played),
    makeSink: (shape) => {
      const sink = { shape, blocks: /** @type {any[]} */ ([]), finished: false, disposed: false, add: (/** @type {number} */ at, /** @type {Float32Array[]} */ planes) => sink.blocks.push({ at, planes }), finish: () => (sink.finished = true), dispose: () => (sink.disposed = true) };
      sinks.push(sink);
      return sink;
    },
  });
  const start = (name = "a.mp3") => splits.start({ file: new File(["x"], name), song: name, title: name, artist: null, options: OPTIONS });
  return { store, splits, sinks, engine: played, start };
}

test("all blocks of all stems arrive, in order, and sum to the song", async () => {
  const { store, splits, sinks, engine: played, start } = stage();
  const id = start();
  await until(() => store.get(id)?.state === "done");
  const [sink] = sinks;
  assert.deepEqual(sink.blocks.map((/** @type {any} */ block) => block.at), [0, RATE, 2 * RATE]);
  for (const [at, { planes }] of sink.blocks.entries()) {
    assert.equal([0, 2, 4, 6].reduce((sum, stem) => sum + planes[stem][0], 0), at + 1);
  }
  assert.deepEqual([sink.finished, sink.disposed, sink.shape.seconds, played.holders, splits.sink(id)], [true, false, 3, 0, sink]);
  assert.deepEqual(played.asked, ["openSplit", "feedSplit", "feedSplit", "feedSplit", "finishSplit"]);
  assert.ok((splits.speed ?? 0) > 0);
});

test("it can be heard before it is finished", async () => {
  const { store, splits, start } = stage({ blocks: 40 });
  const id = start();
  let stateThen = "";
  splits.addEventListener("opened", () => (stateThen = store.get(id)?.state ?? ""));
  await until(() => store.get(id)?.state === "done");
  assert.equal(stateThen, "running");
});

test("cancelled in the middle: nothing is kept, and the next in line begins", async () => {
  const { store, splits, sinks, engine: played, start } = stage({ blocks: 1000 });
  const [first, second] = [start("a"), start("b")];
  await until(() => sinks.length === 1);
  assert.equal(store.get(second)?.state, "queued");
  splits.cancel(first);
  assert.deepEqual([store.get(first)?.state, sinks[0].disposed, splits.sink(first)], ["cancelled", true, null]);
  await until(() => sinks.length === 2);
  assert.ok(played.asked.includes("cancelSplit"));
  assert.equal(store.get(first)?.state, "cancelled");
  splits.cancel(second);
  await until(() => !splits.busy);
  assert.equal(played.holders, 0);
});

test("a song that breaks off says why, and can be tried again", async () => {
  const { store, splits, start } = stage({ broken: true });
  const id = start();
  await until(() => store.get(id)?.state === "failed");
  assert.deepEqual([store.get(id)?.error, splits.sink(id)], ["a.mp3 is damaged.", null]);
  splits.retry(id, new File(["x"], "a.mp3"));
  assert.equal(store.get(id)?.error, null);
  await until(() => store.get(id)?.state === "failed");
  splits.remove(id);
  assert.equal(store.get(id), null);
});

/** A worker that says what it is told to. */
class FakeWorker extends EventTarget {
  ended = false;
  postMessage() {}
  terminate() {
    this.ended = true;
  }
  /** @param {object} data */
  say(data) {
    this.dispatchEvent(Object.assign(new Event("message"), { data }));
  }
}

function splitEngine() {
  /** @type {FakeWorker[]} */
  const workers = [];
  const split = new SplitEngine({ idleMilliseconds: 1000, spawn: () => {
    const worker = new FakeWorker();
    workers.push(worker);
    return worker;
  } });
  return { split, workers };
}

test("the second engine starts with the first need and ends a while after the last", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { split, workers } = splitEngine();
  assert.equal(split.running, false);
  /** @type {string[]} */
  const stages = [];
  const ready = split.hold((boot) => stages.push(boot.stage), new AbortController().signal);
  workers[0]?.say({ event: "boot", stage: "Starting Python", fraction: 0.5 });
  workers[0]?.say({ event: "ready", bootSeconds: 1 });
  await ready;
  assert.deepEqual(stages, ["Starting", "Starting Python", "Ready"]);
  split.release();
  context.mock.timers.tick(999);
  await split.hold(() => {}, new AbortController().signal);
  split.release();
  context.mock.timers.tick(999);
  assert.equal(split.running, true);
  context.mock.timers.tick(1);
  assert.deepEqual([split.running, workers[0]?.ended, workers.length], [false, true, 1]);
});

test("an engine that cannot start says why, and the next need starts another", async () => {
  const { split, workers } = splitEngine();
  const ready = split.hold(() => {}, new AbortController().signal);
  workers[0]?.say({ event: "bootFailed", message: "no network" });
  await assert.rejects(ready, /could not start: no network/);
  split.release();
  const again = split.hold(() => {}, new AbortController().signal);
  workers[1]?.say({ event: "ready" });
  await again;
  split.stop();
  await assert.rejects(split.request({ type: "getStatus" }), /not running/);
});
