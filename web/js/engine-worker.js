/**
 * The engine's worker: boots Pyodide with our Python, then answers messages (web/py/worker.py). Once it
 * is ready it starts the tagger's worker, whose network runs beside Python.
 *
 * Sends `{event: "boot", stage, fraction}` while it boots, then `{event: "ready", bootSeconds, fromSnapshot}` or
 * `{event: "bootFailed", message}`. Messages that come before it is ready wait.
 */
import { ASSETS } from "./assets.js";
import { countDownloads } from "./download-progress.js";
import { WorkerClient } from "./worker-client.js";

/** What Python hands back. @typedef {{ok: boolean, value?: string, arrays?: ArrayBufferView[], error?: object}} Answer */
/** @typedef {(text: string, arrays: ArrayBufferView[], report: (stage: string, fraction: number) => void) => Promise<Answer>} AnswerFunction */

/** Shares of the boot's progress, by what they take on a cold start here. */
const DOWNLOAD_SHARE = 0.5;
const START_SHARE = 0.25;
/** How long a song's details wait for the tagger's network to come, and then for its answer (half a second as a rule). */
const LOAD_PATIENCE_MILLISECONDS = 10_000;
const TAG_PATIENCE_MILLISECONDS = 60_000;
const CODE_FOLDER = "/keylight";
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
  const stopCounting = countDownloads(downloads(), (loaded, total) => {
    if (loaded < total) tell("Downloading the analysis engine", (DOWNLOAD_SHARE * loaded) / total);
    else tell("Starting Python", DOWNLOAD_SHARE);
  });
  tell("Downloading the analysis engine", 0);
  const { loadPyodide } = await import(`${ASSETS.pyodide}pyodide.mjs`);
  const codeLoading = fetch(ASSETS.code).then((response) => response.arrayBuffer());
  // Pyodide asks for its packages only once Python runs; asking now fills the browser's cache meanwhile.
  const wheelsLoading = ASSETS.wheels.map((wheel) => fetch(wheel.url).then((response) => response.arrayBuffer()));
  const pyodide = await startPython(loadPyodide);
  await Promise.all(wheelsLoading);
  stopCounting();
  tell("Loading packages", DOWNLOAD_SHARE + START_SHARE);
  await pyodide.loadPackage(ASSETS.wheels.map((wheel) => wheel.url), { messageCallback: () => {}, checkIntegrity: false });
  pyodide.unpackArchive(await codeLoading, "zip", { extractDir: CODE_FOLDER });
  pyodide.pyimport("sys").path.append(CODE_FOLDER);
  tell("Loading the analysis", DOWNLOAD_SHARE + START_SHARE * 1.5);
  const bridge = pyodide.pyimport("web.py.bridge");
  return bridge.start(hear, () => pyodide._module.HEAPU8.length);
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

/**
 * Python from the snapshot of its memory that the service worker keeps (0.4 s rather than 4), else from the start.
 * @param {(options: object) => Promise<any>} loadPyodide
 */
async function startPython(loadPyodide) {
  const options = { indexURL: ASSETS.pyodide, checkAPIVersion: false };
  const snapshot = await keptSnapshot();
  if (!snapshot) return loadPyodide(options);
  try {
    const pyodide = await loadPyodide({ ...options, _loadSnapshot: snapshot });
    fromSnapshot = true;
    return pyodide;
  } catch (error) {
    console.info("The engine starts without its snapshot:", error);
    return loadPyodide(options);
  }
}

/** A first visit does not wait for 5 MB more: only what a visit before has kept is used. @returns {Promise<Uint8Array|null>} */
async function keptSnapshot() {
  if (!ASSETS.snapshot || !("caches" in globalThis)) return null;
  const kept = await caches.match(ASSETS.snapshot).catch(() => undefined);
  return kept ? new Uint8Array(await kept.arrayBuffer()) : null;
}

/** What the start fetches, with sizes; modules come by `import`, which cannot be counted. @returns {Record<string, number>} */
function downloads() {
  const fetched = [ASSETS.code, ...ASSETS.wheels.map((wheel) => wheel.url)];
  const core = Object.keys(ASSETS.bytes).filter((url) => url.startsWith(ASSETS.pyodide) && !url.endsWith(".mjs"));
  return Object.fromEntries([...core, ...fetched].map((url) => [url, ASSETS.bytes[url] ?? 0]));
}
