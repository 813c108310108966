import assert from "node:assert/strict";
import { test } from "node:test";
import { WorkerClient, WorkerDeath, WorkerError, buffersOf } from "../../web/js/worker-client.js";

/** A worker whose every message is kept and whose answers the test gives by hand. */
class FakeWorker extends EventTarget {
  /** @type {any[]} */
  sent = [];
  /** @type {any[][]} */
  transfers = [];
  terminated = false;
  /** @param {any} message @param {any[]} transfer */
  postMessage(message, transfer) {
    this.sent.push(structuredClone(message, { transfer }));
    this.transfers.push(transfer);
  }
  terminate() {
    this.terminated = true;
  }
  /** @param {any} data */
  say(data) {
    this.dispatchEvent(Object.assign(new Event("message"), { data }));
  }
}

/** @param {object} [options] */
function setUp(options = {}) {
  /** @type {FakeWorker[]} */
  const workers = [];
  const client = new WorkerClient({
    spawn: () => {
      const worker = new FakeWorker();
      workers.push(worker);
      return worker;
    },
    name: "engine",
    ...options,
  });
  return { client, workers, worker: () => /** @type {FakeWorker} */ (workers.at(-1)) };
}

test("a reply settles its own call, whatever the order", async () => {
  const { client, workers, worker } = setUp();
  assert.equal(workers.length, 0, "no worker before the first request");
  const first = client.request({ type: "a" });
  const second = client.request({ type: "b" });
  assert.equal(workers.length, 1);
  assert.deepEqual(worker().sent, [
    { id: 1, request: { type: "a" }, arrays: [] },
    { id: 2, request: { type: "b" }, arrays: [] },
  ]);
  const beats = new Float64Array([0.5]);
  worker().say({ id: 2, ok: true, value: { type: "B" }, arrays: [beats] });
  worker().say({ id: 1, ok: true, value: { type: "A" } });
  assert.deepEqual(await second, { value: { type: "B" }, arrays: [beats] });
  assert.deepEqual(await first, { value: { type: "A" }, arrays: [] });
  assert.equal(client.pending, 0);
});

test("calls made before the worker said anything all wait and all settle", async () => {
  const { client, worker } = setUp();
  const calls = [1, 2, 3].map((n) => client.request({ n }));
  assert.equal(client.pending, 3);
  for (const { id, request } of worker().sent) worker().say({ id, ok: true, value: request.n * 10 });
  assert.deepEqual((await Promise.all(calls)).map((answer) => answer.value), [10, 20, 30]);
});

test("an error carries type, message and traceback", async () => {
  const { client, worker } = setUp();
  const call = client.request({ type: "feedTrack" });
  worker().say({ id: 1, ok: false, error: { type: "AudioError", message: "No audio.", traceback: "line 3" } });
  await assert.rejects(call, (error) => {
    assert.ok(error instanceof WorkerError);
    assert.equal(error.message, "No audio.");
    assert.equal(error.type, "AudioError");
    assert.equal(error.traceback, "line 3");
    return true;
  });
});

test("progress reaches the call's own listener and settles nothing", async () => {
  const { client, worker } = setUp();
  /** @type {any[]} */
  const seen = [];
  const call = client.request({}, [], { onProgress: (progress) => seen.push(progress) });
  worker().say({ id: 1, progress: { stage: "Decoding", fraction: 0.5 } });
  worker().say({ id: 99, progress: { stage: "Of nobody", fraction: 1 } });
  assert.equal(client.pending, 1);
  worker().say({ id: 1, ok: true, value: 1 });
  await call;
  assert.deepEqual(seen, [{ stage: "Decoding", fraction: 0.5 }]);
});

test("arrays are handed over, or copied on request", async () => {
  const { client, worker } = setUp();
  const given = new Float32Array(4);
  const kept = new Float32Array(4);
  const calls = [client.request({}, [given, given]), client.request({}, [kept], { transfer: false })];
  assert.equal(given.byteLength, 0, "transferred, once");
  assert.equal(kept.byteLength, 16);
  assert.equal(worker().sent[0].arrays[0].length, 4);
  worker().say({ id: 1, ok: true });
  worker().say({ id: 2, ok: true });
  await Promise.all(calls);
});

test("shared memory is never in the transfer list", () => {
  const own = new Float32Array(2);
  assert.deepEqual(buffersOf([own, own.subarray(1), new Float32Array(new SharedArrayBuffer(8))]), [own.buffer]);
});

test("death by error settles every call, is told once, and the next call starts a new worker", async () => {
  /** @type {string[]} */
  const deaths = [];
  const { client, workers, worker } = setUp({ onDeath: (/** @type {Error} */ error) => deaths.push(error.message) });
  const calls = [client.request({}), client.request({})];
  const dead = worker();
  dead.dispatchEvent(Object.assign(new Event("error"), { message: "out of memory" }));
  dead.dispatchEvent(Object.assign(new Event("error"), { message: "again" }));
  for (const call of calls)
    await assert.rejects(call, new WorkerDeath("The engine stopped unexpectedly: out of memory"));
  assert.deepEqual(deaths, ["The engine stopped unexpectedly: out of memory"]);
  assert.ok(dead.terminated);
  assert.equal(client.running, false);
  const next = client.request({ type: "again" });
  assert.equal(workers.length, 2);
  dead.say({ id: 3, ok: true, value: "from the grave" });
  worker().say({ id: 3, ok: true, value: "alive" });
  assert.equal((await next).value, "alive");
});

test("a script that does not load is named as such", async () => {
  const { client, worker } = setUp();
  const call = client.request({});
  worker().dispatchEvent(new Event("error"));
  await assert.rejects(call, { message: "The engine stopped unexpectedly: Its script could not be loaded." });
});

test("messageerror settles every call", async () => {
  const { client, worker } = setUp();
  const call = client.request({});
  worker().dispatchEvent(new Event("messageerror"));
  await assert.rejects(call, {
    name: "WorkerDeath",
    message: "The engine stopped unexpectedly: A message from it could not be read.",
  });
});

test("a worker's last word settles every call", async () => {
  const { client, worker } = setUp();
  const call = client.request({});
  worker().say({ event: "closed", reason: "Python ended." });
  await assert.rejects(call, { message: "The engine stopped unexpectedly: Python ended." });
  assert.ok(worker().terminated);
});

test("terminate settles every call with its reason and is no unexpected death", async () => {
  let deaths = 0;
  const { client, worker } = setUp({ onDeath: () => deaths++ });
  const call = client.request({});
  client.terminate("The page was closed.");
  await assert.rejects(call, new WorkerDeath("The page was closed."));
  assert.ok(worker().terminated);
  assert.equal(deaths, 0);
  client.terminate();
});

test("abort rejects at once, tells the worker, and drops the late answer", async () => {
  const { client, worker } = setUp();
  const controller = new AbortController();
  const call = client.request({}, [], { signal: controller.signal });
  controller.abort();
  await assert.rejects(call, { name: "AbortError" });
  assert.deepEqual(worker().sent[1], { id: 1, cancel: true });
  worker().say({ id: 1, ok: true, value: "late" });
  assert.equal(client.pending, 0);
});

test("an aborted signal starts nothing, and an abort after the answer says nothing", async () => {
  const { client, workers, worker } = setUp();
  await assert.rejects(client.request({}, [], { signal: AbortSignal.abort() }), { name: "AbortError" });
  assert.equal(workers.length, 0);
  const controller = new AbortController();
  const call = client.request({}, [], { signal: controller.signal });
  worker().say({ id: 1, ok: true });
  await call;
  controller.abort();
  assert.equal(worker().sent.length, 1);
});

test("a request that cannot be cloned rejects and leaves nothing behind", async () => {
  const { client } = setUp();
  await assert.rejects(client.request({ run: () => 1 }), { name: "DataCloneError" });
  assert.equal(client.pending, 0);
});

test("events go to onEvent", () => {
  /** @type {any[]} */
  const events = [];
  const { client, worker } = setUp({ onEvent: (/** @type {any} */ message) => events.push(message) });
  client.start();
  worker().say({ event: "boot", fraction: 0.2 });
  worker().say(null);
  assert.deepEqual(events, [{ event: "boot", fraction: 0.2 }]);
});

test("a worker that leaves an aborted call unanswered is ended, one that answers goes on", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { client, workers, worker } = setUp({ abortMilliseconds: 5000 });
  const abortOne = async () => {
    const controller = new AbortController();
    const call = client.request({ type: "next" }, [], { signal: controller.signal });
    controller.abort(new Error("enough"));
    await assert.rejects(call, { message: "enough" });
  };
  await abortOne();
  worker().say({ id: 1, progress: { stage: "", fraction: 0 } });
  t.mock.timers.tick(4999);
  worker().say({ id: 1, ok: true });
  t.mock.timers.tick(5000);
  assert.equal(worker().terminated, false);
  await abortOne();
  const other = client.request({ type: "open" });
  const rejected = assert.rejects(other, { name: "WorkerDeath", message: "The engine stopped unexpectedly: It did not answer." });
  t.mock.timers.tick(5000);
  await rejected;
  assert.equal(workers[0]?.terminated, true);
  client.request({ type: "open" }).catch(() => {});
  assert.equal(workers.length, 2);
  client.terminate();
});
