import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryFile } from "../../web/js/stem-memory.js";
import { GrowingPeaks, unpackPeaks } from "../../web/js/stem-peaks.js";
import { sourceLane } from "../../web/js/stem-source.js";
import { createStemStore } from "../../web/js/stem-store.js";
import { WorkerClient } from "../../web/js/worker-client.js";

const RATE = 3000;
const STEMS = [{ name: "vocals", label: "Vocals" }, { name: "drums", label: "Drums" }];

/** Does what stem-worker.js does, in this thread; that one runs in a browser's test. */
class HereWorker extends EventTarget {
  /** @type {MemoryFile[]} */
  files = [];
  terminated = false;
  failing = false;

  /** @param {any} message */
  postMessage({ id, request, arrays }) {
    queueMicrotask(() => this.dispatchEvent(Object.assign(new Event("message"), { data: this.#answer(id, request, arrays) })));
  }

  /** @param {number} id @param {any} request @param {Float32Array[]} arrays */
  #answer(id, request, arrays) {
    if (this.failing) return { id, ok: false, error: { type: "StemStoreError", message: "The disk has no room for these stems." } };
    if (request.type === "open") this.files = Array.from({ length: request.lanes }, () => new MemoryFile());
    if (request.type === "write") arrays.forEach((row, lane) => this.files[lane]?.write(new Uint8Array(row.buffer), { at: 8 * request.start }));
    if (request.type !== "read") return { id, ok: true, value: { disk: false }, arrays: [] };
    const row = new Float32Array(2 * request.count);
    const bytes = this.files[request.lane]?.read(new Uint8Array(row.buffer), { at: 8 * request.start }) ?? 0;
    return { id, ok: true, value: null, arrays: [row.slice(0, bytes / 4)] };
  }

  terminate() {
    this.terminated = true;
  }
}

/** @param {number|null} seconds */
function setUp(seconds) {
  const worker = new HereWorker();
  const client = new WorkerClient({ spawn: () => worker, name: "store of stems" });
  return { worker, store: createStemStore({ stems: STEMS, sampleRate: RATE, seconds }, { client }) };
}

/** Left and right of each stem: numbers that tell the sample. @param {number} start @param {number} count */
function block(start, count) {
  return [0, 0.5, 0.25, 0.125].map((offset) => Float32Array.from({ length: count }, (_, i) => offset + (start + i) / 16384));
}

test("what has arrived is read as it came, from any place", async () => {
  const { store } = setUp(2);
  await store.add(0, block(0, 1000));
  await store.add(1000, block(1000, 500));
  const [left, right] = await /** @type {any} */ (store.lanes[1]).read(900, 300);
  assert.deepEqual(left, block(900, 300)[2]);
  assert.deepEqual(right, block(900, 300)[3]);
  assert.equal(store.arrivedSeconds, 0.5);
});

test("a read of what is still to come waits for it", async () => {
  const { store } = setUp(2);
  await store.add(0, block(0, 100));
  let done = false;
  const reading = /** @type {any} */ (store.lanes[0]).read(50, 100).then((/** @type {any} */ planes) => ((done = true), planes));
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(done, false);
  await store.add(100, block(100, 100));
  assert.deepEqual((await reading)[0], block(50, 100)[0]);
});

test("beyond the end is silence, and the length is what came", async () => {
  const { store } = setUp(3);
  assert.equal(store.lanes[0]?.seconds, 3);
  await store.add(0, block(0, 300));
  const reading = /** @type {any} */ (store.lanes[0]).read(200, 200);
  let finished = 0;
  store.addEventListener("finished", () => finished++);
  store.finish();
  const [left] = await reading;
  assert.deepEqual([...left.slice(98, 102)], [block(298, 1)[0]?.[0], block(299, 1)[0]?.[0], 0, 0]);
  assert.equal(store.lanes[0]?.seconds, 0.1);
  assert.equal(finished, 1);
});

test("waveforms grow with what arrives, and say so", async () => {
  const { store } = setUp(null);
  let grown = 0;
  store.addEventListener("grown", () => grown++);
  await store.add(0, block(0, 5));
  assert.equal(store.lanes[0]?.peaks?.length, 2);
  await store.add(5, block(5, 7000));
  assert.equal(store.lanes[0]?.peaks?.length, 2 * Math.ceil(7005 / 10));
  assert.equal(grown, 1);
});

test("blocks out of order or with other channels are refused", async () => {
  const { store } = setUp(1);
  await assert.rejects(store.add(5, block(5, 1)), /expected a block at sample 0, got one at 5/);
  await assert.rejects(store.add(0, block(0, 1).slice(1)), /expected 4 channels, got 3/);
});

test("a full disk is the adder's to know, and whoever waits is told of the end", async () => {
  const { store, worker } = setUp(1);
  await store.add(0, block(0, 10));
  const waiting = /** @type {any} */ (store.lanes[0]).read(0, 20);
  worker.failing = true;
  await assert.rejects(store.add(10, block(10, 10)), /no room/);
  store.dispose();
  await assert.rejects(waiting, /The stems were removed\./);
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(worker.terminated, true);
});

test("a file in memory is written and read over its pieces' borders", () => {
  const file = new MemoryFile();
  const bytes = Uint8Array.from({ length: 100 }, (_, i) => i);
  assert.equal(file.write(bytes, { at: (1 << 22) - 40 }), 100);
  const found = new Uint8Array(60);
  assert.equal(file.read(found, { at: (1 << 22) - 10 }), 60);
  assert.deepEqual(found, bytes.subarray(30, 90));
  assert.equal(file.read(found, { at: (1 << 22) + 50 }), 10);
  file.close();
  assert.equal(file.read(found, { at: 0 }), 0);
});

test("peaks are the lowest and highest of each 1/300 s of both sides' mean", () => {
  const peaks = new GrowingPeaks(44100);
  const left = Float32Array.from({ length: 400 }, (_, i) => (i === 20 ? 1.5 : i === 150 ? -0.5 : i === 146 ? 0.5 : 0));
  const right = left.slice();
  right[150] = 0;
  peaks.add(left.subarray(0, 30), right.subarray(0, 30));
  peaks.add(left.subarray(30), right.subarray(30));
  // 147 samples a cell: 0-146, 147-293, and what there is of the third.
  assert.deepEqual([...peaks.values], [0, 127, -32, 0, 0, 0]);
});

test("the server's peaks are unpacked, and others refused", () => {
  const bytes = new Uint8Array([...new TextEncoder().encode("KLPK"), 1, 0, 44, 1, 2, 0, 0, 0, 129, 127, 255, 1]);
  assert.deepEqual([...unpackPeaks(bytes.buffer)], [-127, 127, -1, 1]);
  assert.throws(() => unpackPeaks(bytes.slice(0, 15).buffer), /expected 2 peaks in 16 bytes, got 15/);
  assert.throws(() => unpackPeaks(bytes.slice(1).buffer), /expected peaks that begin with KLPK/);
  const other = bytes.slice();
  other[4] = 2;
  assert.throws(() => unpackPeaks(other.buffer), /expected peaks of version 1 at 300\/s, got 2, 300\/s/);
});

/** A source of `length` samples that tell their place, in chunks. */
function source(length = 10_000, chunk = 700) {
  const opened = /** @type {number[]} */ ([]);
  return {
    opened, sampleRate: RATE, durationSeconds: length / RATE, close() {},
    /** @param {number} from @returns {AsyncGenerator<import("../../web/js/play-source.js").PlayChunk, void>} */
    async *read(from) {
      opened.push(from);
      for (let start = Math.round(from * RATE); start < length; start += chunk)
        yield { seconds: start / RATE, planes: [Float32Array.from({ length: Math.min(chunk, length - start) }, (_, i) => start + i)] };
    },
  };
}

test("a file's stream is read on, jumped in, and is silent behind its end", async () => {
  const file = source();
  const lane = sourceLane(file, { name: "bass", label: "Bass", peaks: null });
  const first = async (/** @type {number} */ start, /** @type {number} */ count) => [...(await lane.read(start, count))[0]];
  const range = (/** @type {number} */ start, /** @type {number} */ count) => Array.from({ length: count }, (_, i) => start + i);
  assert.deepEqual(await first(0, 1000), range(0, 1000));
  assert.deepEqual(await first(1000, 500), range(1000, 500));
  assert.deepEqual(await first(3000, 10), range(3000, 10));
  assert.deepEqual(file.opened, [0]);
  assert.deepEqual(await first(100, 10), range(100, 10));
  assert.deepEqual(await first(9995, 10), [9995, 9996, 9997, 9998, 9999, 0, 0, 0, 0, 0]);
  assert.deepEqual(await first(9000, 5), range(9000, 5));
  const together = await Promise.all([first(0, 3), first(700, 3), first(3, 3)]);
  assert.deepEqual(together, [range(0, 3), range(700, 3), range(3, 3)]);
  assert.deepEqual((await lane.read(40, 2))[1], Float32Array.of(40, 41), "mono is on both sides");
});
