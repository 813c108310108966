import assert from "node:assert/strict";
import { test } from "node:test";
import { createEngine } from "../../web/js/engine.js";

class FakeWorker extends EventTarget {
  /** @type {any[]} */
  sent = [];
  terminated = false;
  /** @param {any} message */
  postMessage(message) {
    this.sent.push(message);
  }
  terminate() {
    this.terminated = true;
  }
  /** @param {any} data */
  say(data) {
    this.dispatchEvent(Object.assign(new Event("message"), { data }));
  }
  /** @param {string} message */
  die(message) {
    this.dispatchEvent(Object.assign(new Event("error", { cancelable: true }), { message }));
  }
}

function setUp() {
  /** @type {FakeWorker[]} */
  const workers = [];
  const engine = createEngine({
    spawn: () => {
      const worker = new FakeWorker();
      workers.push(worker);
      return worker;
    },
  });
  return { engine, workers, worker: (/** @type {number} */ index) => /** @type {FakeWorker} */ (workers[index]) };
}

/** @type {import("../../web/js/protocol.js").Request} */
const STATUS = { type: "getStatus" };

test("the worker boots at once and tells its stages, never backwards", () => {
  const { engine, workers, worker } = setUp();
  assert.equal(workers.length, 1);
  worker(0).say({ event: "boot", stage: "Downloading", fraction: 0.4 });
  worker(0).say({ event: "boot", stage: "Starting Python", fraction: 0.3 });
  assert.deepEqual([engine.boot.state, engine.boot.stage, engine.boot.fraction], ["booting", "Starting Python", 0.4]);
  worker(0).say({ event: "ready", bootSeconds: 4.5 });
  assert.deepEqual([engine.boot.state, engine.boot.fraction, engine.boot.bootSeconds], ["ready", 1, 4.5]);
});

test("a call made before the engine is ready is answered once it is", async () => {
  const { engine, worker } = setUp();
  const answer = engine.request(STATUS);
  worker(0).say({ event: "ready", bootSeconds: 1 });
  worker(0).say({ id: worker(0).sent[0].id, ok: true, value: { type: "engineStatus" }, arrays: [] });
  assert.equal((await answer).value.type, "engineStatus");
});

test("a death rejects what was open, and the engine starts once more and says so", async () => {
  const { engine, workers, worker } = setUp();
  worker(0).say({ event: "ready", bootSeconds: 1 });
  const first = engine.request(STATUS);
  worker(0).say({ id: 1, ok: true, value: { type: "engineStatus" }, arrays: [] });
  await first;
  const lost = engine.request(STATUS);
  worker(0).die("out of memory");
  await assert.rejects(lost, /out of memory/);
  assert.equal(workers.length, 2);
  assert.deepEqual([engine.boot.state, engine.boot.restarted], ["booting", true]);
  worker(1).say({ event: "ready", bootSeconds: 1 });
  assert.equal(engine.boot.state, "ready");
  assert.equal(engine.boot.restarted, true);
});

test("a death before it was ready leaves it failed, with a sentence and a way back", async () => {
  const { engine, workers, worker } = setUp();
  worker(0).die("no WebAssembly");
  assert.equal(engine.boot.state, "failed");
  assert.match(engine.boot.error ?? "", /could not run: .*no WebAssembly.*Reload the page/);
  await assert.rejects(engine.request(STATUS), /no WebAssembly/);
  engine.restart();
  assert.equal(workers.length, 2);
  assert.equal(engine.boot.state, "booting");
});

test("a boot that fails says why", () => {
  const { engine, worker } = setUp();
  worker(0).say({ event: "bootFailed", message: "numpy is missing" });
  assert.match(engine.boot.error ?? "", /could not start: numpy is missing/);
});
