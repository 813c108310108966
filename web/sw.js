// The service worker: the whole of Keylight works without network after the first visit.
// The server writes the build's address into the next line, so a new build is a new worker.
const APP = "{{app}}";

/**
 * Two kinds of cache: one for the assets, whose addresses carry version and so never change their content (a new
 * build downloads no Pyodide again), and one per build for our own files and the shell that names them. The shell
 * is taken into the build's cache at install only: shell and files there always belong together.
 */
const ASSETS_CACHE = "keylight-assets";
const APP_CACHE = `keylight${APP.replaceAll("/", "-")}`;
const SHELL = "/";

/** @typedef {{precache: string[], lazy: string[], demand: string[]}} Boot */

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));

worker.addEventListener("install", (event) => event.waitUntil(install()));
worker.addEventListener("activate", (event) => event.waitUntil(activate()));
worker.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== worker.location.origin) return;
  if (event.request.mode === "navigate" && url.pathname === SHELL) event.respondWith(shell(event.request));
  else if (isImmutable(url.pathname)) event.respondWith(immutable(event.request));
  else if (isStatic(url.pathname)) event.respondWith(networkFirst(event.request));
});
worker.addEventListener("message", (event) => {
  if (event.data === "fetch lazy assets") event.waitUntil(fetchLazy());
});

async function install() {
  const boot = await readBoot();
  const ours = await caches.open(APP_CACHE);
  const assets = await caches.open(ASSETS_CACHE);
  const missing = [];
  for (const url of boot.precache) {
    if (url.startsWith("/assets/") && (await assets.match(url))) continue;
    missing.push(url);
  }
  await Promise.all(missing.map((url) => keep(url.startsWith("/assets/") ? assets : ours, url)));
}

async function activate() {
  for (const name of await caches.keys()) {
    if (name.startsWith("keylight-app-") && name !== APP_CACHE) await caches.delete(name);
  }
  const { precache, lazy, demand } = await readBoot();
  const wanted = new Set([...precache, ...lazy, ...demand]);
  const assets = await caches.open(ASSETS_CACHE);
  for (const request of await assets.keys()) {
    if (!wanted.has(new URL(request.url).pathname)) await assets.delete(request);
  }
  await worker.clients.claim();
}

/** What is not needed to start, asked for by the page once it is idle. */
async function fetchLazy() {
  const assets = await caches.open(ASSETS_CACHE);
  for (const url of (await readBoot()).lazy) {
    if (!(await assets.match(url))) await keep(assets, url);
  }
}

/** @returns {Promise<Boot>} */
async function readBoot() {
  const url = `${APP}/boot.json`;
  const answer = (await caches.match(url)) ?? (await fetch(url));
  if (!answer.ok) throw new Error(`expected ${url}, got status ${answer.status}`);
  return answer.json();
}

/** Fetch and keep one address; the browser's own cache may serve what the page just loaded.
 * @param {Cache} cache
 * @param {string} url */
async function keep(cache, url) {
  const answer = await fetch(url, { credentials: "same-origin" });
  if (!answer.ok) throw new Error(`expected ${url}, got status ${answer.status}`);
  await cache.put(url, answer);
}

/** @param {string} path */
function isImmutable(path) {
  return path.startsWith("/app/") || path.startsWith("/assets/");
}

/** @param {string} path */
function isStatic(path) {
  return path === "/manifest.webmanifest" || path === "/favicon.ico";
}

/** The newest shell from the network, else the one that was kept with its build. @param {Request} request */
async function shell(request) {
  try {
    return await fetch(request);
  } catch (error) {
    const kept = (await (await caches.open(APP_CACHE)).match(SHELL)) ?? (await caches.match(SHELL));
    if (kept) return kept;
    throw error;
  }
}

/** @param {Request} request */
async function immutable(request) {
  const asksForAPart = request.headers.has("range");
  const kept = asksForAPart ? undefined : await caches.match(request.url);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.status === 200 && new URL(request.url).pathname.startsWith("/assets/")) {
    const copy = answer.clone();
    await (await caches.open(ASSETS_CACHE)).put(request.url, copy).catch(() => undefined); // no room: no harm
  }
  return answer;
}

/** @param {Request} request */
async function networkFirst(request) {
  try {
    const answer = await fetch(request);
    if (answer.ok) await (await caches.open(APP_CACHE)).put(request.url, answer.clone());
    return answer;
  } catch (error) {
    const kept = await caches.match(request.url);
    if (kept) return kept;
    throw error;
  }
}
