/**
 * Python for a worker: Pyodide with numpy, msgspec and our own code, told of in stages while it comes.
 */
import { ASSETS } from "./assets.js";
import { countDownloads } from "./download-progress.js";

/** Shares of the boot's progress, by what they take on a cold start here. */
const DOWNLOAD_SHARE = 0.5;
const START_SHARE = 0.25;
const CODE_FOLDER = "/keylight";

/** @typedef {{downloading: string, loading: string}} BootWords stages in words: fetching it all, loading our own code */

/**
 * @param {(stage: string, fraction: number) => void} tell fraction 0-1 of the whole start
 * @param {BootWords} words
 * @returns {Promise<{pyodide: any, fromSnapshot: boolean}>} `pyimport` finds our code
 */
export async function bootPython(tell, { downloading, loading }) {
  const stopCounting = countDownloads(downloads(), (loaded, total) => {
    if (loaded < total) tell(downloading, (DOWNLOAD_SHARE * loaded) / total);
    else tell("Starting Python", DOWNLOAD_SHARE);
  });
  tell(downloading, 0);
  const { loadPyodide } = await import(`${ASSETS.pyodide}pyodide.mjs`);
  const codeLoading = fetch(ASSETS.code).then((response) => response.arrayBuffer());
  // Pyodide asks for its packages only once Python runs; asking now fills the browser's cache meanwhile.
  const wheelsLoading = ASSETS.wheels.map((wheel) => fetch(wheel.url).then((response) => response.arrayBuffer()));
  const started = await startPython(loadPyodide);
  const { pyodide } = started;
  await Promise.all(wheelsLoading);
  stopCounting();
  tell("Loading packages", DOWNLOAD_SHARE + START_SHARE);
  await pyodide.loadPackage(ASSETS.wheels.map((wheel) => wheel.url), { messageCallback: () => {}, checkIntegrity: false });
  pyodide.unpackArchive(await codeLoading, "zip", { extractDir: CODE_FOLDER });
  pyodide.pyimport("sys").path.append(CODE_FOLDER);
  tell(loading, DOWNLOAD_SHARE + START_SHARE * 1.5);
  return started;
}

/**
 * Python from the snapshot of its memory that the service worker keeps (0.4 s rather than 4), else from the start.
 * @param {(options: object) => Promise<any>} loadPyodide
 */
async function startPython(loadPyodide) {
  const options = { indexURL: ASSETS.pyodide, checkAPIVersion: false };
  const snapshot = await keptSnapshot();
  if (!snapshot) return { pyodide: await loadPyodide(options), fromSnapshot: false };
  try {
    return { pyodide: await loadPyodide({ ...options, _loadSnapshot: snapshot }), fromSnapshot: true };
  } catch (error) {
    console.info("Python starts without its snapshot:", error);
    return { pyodide: await loadPyodide(options), fromSnapshot: false };
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
