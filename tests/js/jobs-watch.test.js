import assert from "node:assert/strict";
import { test } from "node:test";

import { ApiError } from "../../web/js/jobs-api.js";
import { sleep, watchJob } from "../../web/js/jobs-watch.js";

/** Plays the browser's part. */
class Stream extends EventTarget {
  readyState = 0;
  closed = false;
  close() {
    this.closed = true;
    this.readyState = 2;
  }
  /** @param {object} job */
  tell(job) {
    this.readyState = 1;
    this.dispatchEvent(Object.assign(new Event("message"), { data: JSON.stringify(job) }));
  }
  /** @param {boolean} forGood */
  fail(forGood) {
    this.readyState = forGood ? 2 : 0;
    this.dispatchEvent(new Event("error"));
  }
}

/** @param {(id: string) => Promise<any>} [job] */
function watching(job = async () => ({ state: "running" })) {
  const controller = new AbortController();
  /** @type {Stream[]} */
  const streams = [];
  /** @type {any[]} */
  const heard = [];
  /** @type {boolean[]} */
  const connections = [];
  /** @type {number[]} */
  const waits = [];
  const ended = watchJob("j/1", {
    api: /** @type {any} */ ({ job }), signal: controller.signal, onJob: (each) => heard.push(each), onConnection: (each) => connections.push(each),
    open: (url) => {
      const stream = Object.assign(new Stream(), { url });
      streams.push(stream);
      return /** @type {any} */ (stream);
    },
    wait: async (milliseconds) => void waits.push(milliseconds),
  });
  return { controller, streams, heard, connections, waits, ended };
}

const turn = () => new Promise((resolve) => setTimeout(resolve));

test("a job is followed to its end, and the stream is closed then", async () => {
  const { streams, heard, ended } = watching();
  const [stream] = streams;
  assert.equal(/** @type {any} */ (stream).url, "/api/jobs/j%2F1/events");
  stream?.tell({ state: "running", progress: 0.5 });
  stream?.tell({ state: "done", progress: 1 });
  assert.equal((await ended).state, "done");
  assert.deepEqual(heard.map((job) => job.progress), [0.5, 1]);
  assert.ok(stream?.closed);
});

test("while the browser reconnects the job goes on; only what stays away is lost", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { streams, connections, ended } = watching();
  streams[0]?.fail(false);
  context.mock.timers.tick(3999);
  streams[0]?.dispatchEvent(new Event("open"));
  streams[0]?.fail(false);
  context.mock.timers.tick(4000);
  streams[0]?.tell({ state: "done" });
  await ended;
  assert.deepEqual(connections, [true, false, true]);
  assert.equal(streams.length, 1);
});

test("where there is no stream the job is asked for, ever more rarely while nobody answers", async () => {
  let answers = 0;
  const { streams, connections, waits, heard, ended } = watching(async () => {
    if (++answers <= 3) throw new ApiError("The server does not answer.");
    return { state: "running", progress: 0.7 };
  });
  for (let at = 0; at < 4; at++) {
    await turn();
    streams[at]?.fail(true);
  }
  await turn();
  assert.deepEqual(waits, [1000, 2000, 4000, 1000]);
  assert.equal(connections.at(-1), true);
  assert.equal(heard.at(-1).progress, 0.7);
  streams[4]?.tell({ state: "failed", error: "No." });
  assert.equal((await ended).state, "failed");
});

test("a job that the server does not know ends the watch", async () => {
  const { streams, ended } = watching(async () => { throw new ApiError("Not known.", { status: 404 }); });
  streams[0]?.fail(true);
  await assert.rejects(ended, { status: 404 });
});

test("an abort closes the stream and rejects with its reason", async () => {
  const { controller, streams, ended } = watching();
  controller.abort(new Error("enough"));
  await assert.rejects(ended, /enough/);
  assert.ok(streams[0]?.closed);
});

test("a sleep ends early by its signal", async () => {
  const controller = new AbortController();
  const asleep = sleep(60_000, controller.signal);
  controller.abort(new Error("up"));
  await assert.rejects(asleep, /up/);
});
