import assert from "node:assert/strict";
import { test } from "node:test";

import { CUT_OFF, Jobs } from "../../web/js/jobs.js";
import { ApiError } from "../../web/js/jobs-api.js";
import { Separations, newSeparation } from "../../web/js/stems-store.js";

const OPTIONS = /** @type {any} */ ({ model: "htdemucs", mode: "each", stems: [], format: "flac" });
const SONG = "a.mp3\n3\n1";
const FILE = new File(["abc"], "a.mp3", { lastModified: 1 });

/** @param {Partial<import("../../web/js/protocol.js").Job>} more @returns {any} */
const job = (more) => ({ id: "j1", state: "queued", stage: "waiting", progress: 0, etaSeconds: null, queuePosition: null, error: null, results: [], expiresAt: null, ...more });
const turn = () => new Promise((resolve) => setTimeout(resolve));

/** One server, played: `uploads` and `watches` hold what waits for an answer. @param {{file?: File|null, store?: Separations}} [more] */
function stage({ file = FILE, store = new Separations() } = {}) {
  /** @type {any[]} */
  const uploads = [];
  /** @type {any[]} */
  const watches = [];
  /** @type {string[]} */
  const removed = [];
  /** @type {string[]} */
  const locks = [];
  const api = { job: async () => job({ state: "done", stage: "done", progress: 1 }), remove: async (/** @type {string} */ id) => void removed.push(id), capabilities: async () => ({}), enter: async () => {} };
  /** @type {string[]} */
  const locked = [];
  const jobs = new Jobs({
    store, api: /** @type {any} */ (api), fileOf: () => file, onLocked: (sentence) => locked.push(sentence), now: () => 1000,
    upload: (request) => new Promise((resolve, reject) => {
      request.signal.addEventListener("abort", () => reject(request.signal.reason));
      uploads.push({ ...request, resolve, reject });
    }),
    watch: (id, options) => new Promise((resolve, reject) => {
      options.signal.addEventListener("abort", () => reject(options.signal.reason));
      watches.push({ id, ...options, end: (/** @type {any} */ last) => (options.onJob(last), resolve(last)), reject });
    }),
    locks: { request: async (name, _options, work) => (locks.push(name), work()) },
  });
  const start = () => jobs.start({ file: FILE, song: SONG, title: "A", artist: null, label: "Studio", options: OPTIONS });
  return { jobs, store, uploads, watches, removed, locks, locked, api, start };
}

test("from the file to the stems: upload, queue, work, done", async () => {
  const { jobs, store, uploads, watches, start } = stage();
  /** @type {any[]} */
  const settled = [];
  jobs.addEventListener("settled", (event) => settled.push(/** @type {CustomEvent} */ (event).detail.entry));
  const id = start();
  assert.equal(jobs.uploading, true);
  uploads[0].onProgress({ sent: 1, total: 4, secondsLeft: 9 });
  assert.deepEqual([store.get(id)?.state, store.get(id)?.fraction, store.get(id)?.secondsLeft], ["uploading", 0.25, 9]);
  uploads[0].resolve(job({ queuePosition: 2 }));
  await turn();
  assert.deepEqual([store.get(id)?.state, store.get(id)?.jobId, store.get(id)?.queuePosition, jobs.uploading], ["queued", "j1", 2, false]);
  watches[0].onJob(job({ state: "running", stage: "separating", progress: 0.5, etaSeconds: 30 }));
  assert.deepEqual([store.get(id)?.state, store.get(id)?.fraction, store.get(id)?.secondsLeft], ["running", 0.5, 30]);
  watches[0].end(job({ state: "done", stage: "done", progress: 1, results: [/** @type {any} */ ({ name: "zip" })] }));
  await turn();
  assert.equal(store.get(id)?.job?.results.length, 1);
  assert.deepEqual(settled.map((entry) => entry.state), ["done"]);
});

test("a broken connection is tried again under the same key", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { store, uploads, start } = stage();
  const id = start();
  uploads[0].reject(new ApiError("The server does not answer."));
  await Promise.resolve().then(() => {}).then(() => {}).then(() => {});
  assert.deepEqual([store.get(id)?.state, store.get(id)?.retryAt, store.get(id)?.error], ["holding", 4000, "The server does not answer."]);
  context.mock.timers.tick(3000);
  await Promise.resolve().then(() => {}).then(() => {}).then(() => {});
  assert.equal(uploads.length, 2);
  assert.equal(uploads[1].key, uploads[0].key);
  assert.equal(store.get(id)?.state, "uploading");
});

test("a full queue is waited for as long as it says, and can be tried at once", async () => {
  const { jobs, store, uploads, start } = stage();
  const id = start();
  uploads[0].reject(new ApiError("The queue is full.", { status: 429, retryAfterSeconds: 60 }));
  await turn();
  assert.deepEqual([store.get(id)?.state, store.get(id)?.retryAt], ["holding", 61_000]);
  assert.equal(jobs.uploading, true);
  jobs.retry(id);
  await turn();
  assert.equal(uploads.length, 2);
  assert.equal(uploads[1].key, uploads[0].key);
  jobs.cancel(id);
});

test("what a person must mend is said and not repeated", async () => {
  for (const [status, sentence] of /** @type {const} */ ([[415, "The file is no audio."], [503, "No model is ready here."], [507, "The disk is full."]])) {
    const { store, uploads, start } = stage();
    const id = start();
    uploads[0].reject(new ApiError(sentence, { status }));
    await turn();
    assert.deepEqual([store.get(id)?.state, store.get(id)?.error, uploads.length], ["failed", sentence, 1]);
  }
});

test("a server that wants a token locks, and the same try goes on after it", async () => {
  const { jobs, store, uploads, locked, start } = stage();
  const id = start();
  uploads[0].reject(new ApiError("A token, please.", { status: 401 }));
  await turn();
  assert.deepEqual(locked, ["A token, please."]);
  assert.equal(store.get(id)?.state, "failed");
  jobs.retry(id);
  assert.equal(uploads[1].key, uploads[0].key);
  jobs.cancel(id);
});

test("a job whose server locks is still a job, and is followed again", async () => {
  const { jobs, store, uploads, watches, locked, start } = stage();
  const id = start();
  uploads[0].resolve(job({ state: "running" }));
  await turn();
  watches[0].reject(new ApiError("A token, please.", { status: 401 }));
  await turn();
  assert.deepEqual([store.get(id)?.state, store.get(id)?.connected, locked.length], ["running", false, 1]);
  jobs.resume();
  await turn();
  watches[1].end(job({ state: "done" }));
  await turn();
  assert.deepEqual([store.get(id)?.state, store.get(id)?.connected], ["done", true]);
});

test("cancelled in another tab ends the upload in this one", async () => {
  const { jobs, store, uploads, start } = stage();
  const id = start();
  store.update(id, { state: "cancelled" });
  await turn();
  assert.ok(uploads[0].signal.aborted);
  assert.deepEqual([store.get(id)?.state, jobs.uploading], ["cancelled", false]);
});

test("another try of a job that ended is another job", async () => {
  const { jobs, store, uploads, watches, start } = stage();
  const id = start();
  uploads[0].resolve(job({}));
  await turn();
  watches[0].end(job({ state: "failed", error: "It failed five times." }));
  await turn();
  assert.equal(store.get(id)?.error, "It failed five times.");
  jobs.retry(id);
  assert.notEqual(uploads[1].key, uploads[0].key);
  assert.deepEqual([store.get(id)?.state, store.get(id)?.jobId, store.get(id)?.job], ["uploading", null, null]);
  jobs.cancel(id);
});

test("cancelled while it uploads: the upload ends, nobody else is told", async () => {
  const { jobs, store, uploads, removed, start } = stage();
  const id = start();
  await jobs.cancel(id);
  assert.ok(uploads[0].signal.aborted);
  assert.deepEqual([store.get(id)?.state, removed], ["cancelled", []]);
});

test("cancelled at work: the server is told; when it cannot hear, the job is followed on", async () => {
  const { jobs, store, uploads, watches, removed, api, start } = stage();
  const id = start();
  uploads[0].resolve(job({}));
  await turn();
  api.remove = async () => { throw new ApiError("The server does not answer."); };
  watches[0].onJob(job({ state: "running" }));
  await jobs.cancel(id);
  assert.deepEqual([store.get(id)?.state, store.get(id)?.error], ["running", "It could not be cancelled. The server does not answer."]);
  assert.equal(watches.length, 2);
  api.remove = async (/** @type {string} */ name) => void removed.push(name);
  await jobs.cancel(id);
  assert.deepEqual([store.get(id)?.state, removed], ["cancelled", ["j1"]]);
});

test("a finished job goes with its files; a server that is away keeps it in the list", async () => {
  const { jobs, store, uploads, watches, removed, api, start } = stage();
  const id = start();
  uploads[0].resolve(job({}));
  await turn();
  watches[0].end(job({ state: "done" }));
  await turn();
  const { remove } = api;
  api.remove = async () => { throw new ApiError("The server does not answer."); };
  await assert.rejects(jobs.remove(id), /does not answer/);
  assert.ok(store.get(id));
  api.remove = remove;
  await jobs.remove(id);
  assert.deepEqual([store.get(id), removed], [null, ["j1"]]);
});

test("after a reload jobs are followed, finished ones are asked for, and what was cut off says so", async () => {
  const store = new Separations();
  const known = { place: /** @type {const} */ ("server"), song: SONG, title: "A", artist: null, label: "Studio", bytes: 3, options: OPTIONS };
  store.add(newSeparation({ ...known, id: "runs", jobId: "j1", state: "running" }));
  store.add(newSeparation({ ...known, id: "ready", jobId: "j2", state: "done" }));
  store.add(newSeparation({ ...known, id: "cut", state: "uploading" }));
  store.add(newSeparation({ ...known, id: "over", jobId: "j3", state: "cancelled" }));
  const { jobs, watches, uploads } = stage({ file: null, store });
  jobs.resume();
  await turn();
  assert.deepEqual(watches.map((watch) => watch.id), ["j1"]);
  assert.equal(store.get("ready")?.stage, "done");
  assert.deepEqual([store.get("cut")?.state, store.get("cut")?.error, uploads.length], ["failed", CUT_OFF, 0]);
  assert.equal(store.get("over")?.state, "cancelled");
});

test("a job that the server has deleted is expired; one that cannot be asked for stays done", async () => {
  for (const [status, state, connected] of /** @type {const} */ ([[404, "expired", true], [0, "done", false]])) {
    const store = new Separations();
    store.add(newSeparation({ place: "server", song: SONG, title: "A", artist: null, label: "Studio", bytes: 3, options: OPTIONS, id: "x", jobId: "j1", state: "done" }));
    const { jobs, api } = stage({ store });
    api.job = async () => { throw new ApiError("No.", { status }); };
    jobs.resume();
    await turn();
    assert.deepEqual([store.get("x")?.state, store.get("x")?.connected], [state, connected]);
  }
});

test("one tab does the work, under a lock of the job's name", () => {
  const { jobs, locks, start } = stage();
  const id = start();
  assert.deepEqual(locks, [`keylight.job.${id}`]);
  jobs.cancel(id);
});
