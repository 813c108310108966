/**
 * The engine's worker: boots Pyodide with our Python, then answers messages (web/py/worker.py). Once it
 * is ready it starts the tagger's worker, whose network runs beside Python.
 *
 * Sends `{event: "boot", stage, fraction}` while it boots, then `{event: "ready", bootSeconds, fromSnapshot}` or
 * `{event: "bootFailed", message}`. Messages that come before it is ready wait.
 */
import { bootPython } from "./python-boot.js";
import { WorkerClient } from "./worker-client.js";

/** What Python hands back. @typedef {{ok: boolean, value?: string, arrays?: ArrayBufferView[], error?: object}} Answer */
/** @typedef {(text: string, arrays: ArrayBufferView[], report: (stage: string, fraction: number) => void) => Promise<Answer>} AnswerFunction */

/** How long a song's details wait for the tagger's network to come, and then for its answer (half a second as a rule). */
const LOAD_PATIENCE_MILLISECONDS = 10_000;
const TAG_PATIENCE_MILLISECONDS = 60_000;
/** The name of a worker that only separates (split-engine.js): nobody asks it for tags. */
const SPLIT = "split";

/** @type {Set<number>} */
const cancelled = new Set();
let fromSnapshot = false;
/** @type {Promise<unknown>|null} */
let loadingTags = null;
let patienceMilliseconds = LOAD_PATIENCE_MILLISECONDS;
const tagger = new WorkerClient({
  name: "tagger",
  spawn: () => new Worker(new URL("./tags-worker.js", import.meta.url), { type: "module", name: "tags" }),
});
const startMilliseconds = performance.now();
const booted = boot();
booted.catch(() => {});

addEventListener("message", async ({ data }) => {
  const { id, request, arrays = [], cancel } = data;
  if (cancel) {
    cancelled.add(id);
    return;
  }
  try {
    const answer = await booted;
    if (cancelled.delete(id)) return;
    const report = (/** @type {string} */ stage, /** @type {number} */ fraction) =>
      postMessage({ id, progress: { stage, fraction } });
    const result = await answer(JSON.stringify(request), arrays, report);
    cancelled.delete(id);
    if (result.ok) {
      const outputs = result.arrays ?? [];
      postMessage({ id, ok: true, value: JSON.parse(result.value ?? "null"), arrays: outputs }, outputs.map((one) => /** @type {ArrayBuffer} */ (one.buffer)));
    } else {
      postMessage({ id, ok: false, error: result.error });
    }
  } catch (error) {
    fail(error, id);
  }
});

/** Errors that Python did not turn into an answer end the worker: its state can't be trusted. @param {unknown} error @param {number} id */
function fail(error, id) {
  const reason = error instanceof Error ? error.message : String(error);
  postMessage({ id, ok: false, error: { type: "EngineError", message: `The analysis engine stopped: ${reason}`, traceback: null } });
  postMessage({ event: "closed", reason });
  close();
}

/** @param {string} stage @param {number} fraction */
function tell(stage, fraction) {
  postMessage({ event: "boot", stage, fraction });
}

/** @returns {Promise<AnswerFunction>} */
async function boot() {
  try {
    const answer = await start();
    postMessage({ event: "ready", bootSeconds: (performance.now() - startMilliseconds) / 1000, fromSnapshot });
    if (self.name !== SPLIT) tagsReady().catch(() => {}); // Python hears of it when it asks, and then it is tried again
    return answer;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    postMessage({ event: "bootFailed", message: reason });
    throw error;
  }
}

/** @returns {Promise<AnswerFunction>} */
async function start() {
  const started = await bootPython(tell, { downloading: "Downloading the analysis engine", loading: "Loading the analysis" });
  fromSnapshot = started.fromSnapshot;
  const bridge = started.pyodide.pyimport("web.py.bridge");
  return bridge.start(hear, () => started.pyodide._module.HEAPU8.length);
}

/**
 * What Python asks for tags: patches one after the other in one array.
 * @param {Float32Array} patches @param {number} count
 */
function hear(patches, count) {
  const answer = heard(patches, count);
  answer.catch(() => {}); // Python may have let the track go by the time it fails
  return answer;
}

/** @param {Float32Array} patches @param {number} count */
async function heard(patches, count) {
  try {
    await within(tagsReady(), patienceMilliseconds, "it is still being downloaded; analyse again in a while");
  } catch (error) {
    patienceMilliseconds = 0; // one song waits for a slow download, those after it do not
    throw error;
  }
  patienceMilliseconds = LOAD_PATIENCE_MILLISECONDS;
  try {
    const { arrays: [logits, embedding] } = await within(
      tagger.request({ type: "tag", count }, [patches]), TAG_PATIENCE_MILLISECONDS, "it gave no answer in time",
    );
    return { logits, embedding };
  } catch (error) {
    tagger.terminate();
    loadingTags = null;
    throw error;
  }
}

/** The network, loaded once; what failed is tried again. @returns {Promise<unknown>} */
function tagsReady() {
  loadingTags ??= tagger.request({ type: "load" }).catch((error) => {
    loadingTags = null;
    throw error;
  });
  return loadingTags;
}

/**
 * @template T
 * @param {Promise<T>} promise @param {number} milliseconds @param {string} reason
 * @returns {Promise<T>}
 */
function within(promise, milliseconds, reason) {
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(reason)), milliseconds);
  });
  return Promise.race([promise, /** @type {Promise<never>} */ (late)]).finally(() => clearTimeout(timer));
}
