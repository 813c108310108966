/**
 * The preview's worker: Python makes each frame's display list, CanvasKit paints it on the page's canvas, side by side
 * in one thread, so that nothing is copied between them.
 *
 * Requests are `{id, request, arrays}` as of `worker-client.js`; those of shared/schema/preview.py go to Python
 * (web/py/preview.py), `addMedia`, `dropMedia`, `still` and `checkFlashes` to the painter. Beside them come `{canvas, size}` once,
 * `{clock}`, `{size}` and `{touch}`, which have no answer.
 */
import { ASSETS } from "./assets.js";
import { bootPython } from "./python-boot.js";
import { Films } from "./video-films.js";
import { lookForFlashes } from "./video-flash-look.js";
import { FrameLoop } from "./video-loop.js";
import { VideoPainter } from "./video-paint.js";

/**
 * @typedef {import("./video-paint.js").Held & {answer: Function, still: Function, look: Function, release: () => void, refresh: () => void,
 *   generation: () => number}} Preview
 */

/** Requests that change the picture. Others must not have it painted: whoever asks where things lie asks again once it is. */
const SEEN = new Set(["setProject", "takeSong", "finishSong", "markSong", "finishStems"]);
const LOST = "The browser has taken the graphics away. The preview goes on as soon as they are back.";

/** @type {(value: {canvas: OffscreenCanvas, size: {width: number, height: number}}) => void} */
let giveCanvas;
/** @type {Promise<{canvas: OffscreenCanvas, size: {width: number, height: number}}>} */
const canvasGiven = new Promise((resolve) => (giveCanvas = resolve));
const loop = new FrameLoop({ paint, resize: (size) => painter?.resize(size), tell: (event) => postMessage(event) });
/** @type {VideoPainter|null} */
let painter = null;
/** @type {Preview|null} */
let preview = null;
let trouble = "";
const films = new Films({ onFrame: () => loop.touch() });
/** Files of films by medium: a check reads them beside the preview. @type {Map<string, Blob>} */
const filmFiles = new Map();
/** What can be stopped, by its request's id. @type {Map<number, AbortController>} */
const running = new Map();
const booted = boot();
booted.catch(() => {});

addEventListener("message", ({ data }) => {
  if (data.canvas) giveCanvas(data);
  else if (data.clock) loop.setClock(data.clock);
  else if (data.size) loop.setSize(data.size);
  else if (data.touch) loop.touch();
  else if (data.cancel) running.get(data.id)?.abort();
  else void answer(data);
});

/** @param {{id: number, request: any, arrays: ArrayBufferView[]}} message */
async function answer({ id, request, arrays = [] }) {
  try {
    const ready = await booted;
    const result = await take(ready, id, request, arrays, (/** @type {string} */ stage, /** @type {number} */ fraction) => postMessage({ id, progress: { stage, fraction } }));
    if (!result.ok) return postMessage({ id, ok: false, error: result.error });
    const outputs = result.arrays ?? [];
    postMessage({ id, ok: true, value: result.value, arrays: outputs }, outputs.map((/** @type {ArrayBufferView} */ one) => one.buffer));
  } catch (error) {
    postMessage({ id, ok: false, error: { type: "PreviewError", message: messageOf(error), traceback: null } });
  }
}

/**
 * @param {{preview: Preview, painter: VideoPainter}} ready @param {number} id @param {any} request @param {ArrayBufferView[]} arrays @param {(stage: string, fraction: number) => void} report
 * @returns {Promise<any>}
 */
async function take(ready, id, request, arrays, report) {
  switch (request.type) {
    case "addMedia":
      await addMedia(ready, request);
      return { ok: true, value: null };
    case "dropMedia":
      ready.painter.dropMedia(request.id);
      films.drop(request.id);
      filmFiles.delete(request.id);
      ready.preview.release();
      renewed(ready);
      return { ok: true, value: null };
    case "checkFlashes":
      return { ok: true, value: JSON.parse(await checkFlashes(ready, id, request, report)) };
    case "still":
      return { ok: true, value: null, arrays: await still(ready, request) };
    default: {
      const result = await ready.preview.answer(JSON.stringify(request), arrays, report);
      if (request.type === "setProject" && result.ok) ready.painter.setCanvas(request.project.canvas);
      if (SEEN.has(request.type)) loop.touch();
      return { ...result, value: JSON.parse(result.value ?? "null") };
    }
  }
}

/** @param {{preview: Preview, painter: VideoPainter}} ready @param {{id: string, kind: string, blob: Blob}} request */
async function addMedia(ready, { id, kind, blob }) {
  if (kind === "video") {
    await films.add(id, blob);
    filmFiles.set(id, blob);
  } else if (kind === "font") ready.painter.setFont(id, await blob.arrayBuffer());
  else ready.painter.setPicture(id, new Uint8Array(await blob.arrayBuffer()));
  ready.preview.release();
  renewed(ready);
}

/** @param {{preview: Preview}} ready */
function renewed(ready) {
  ready.preview.refresh();
  loop.touch();
}

/** @param {{preview: Preview, painter: VideoPainter}} ready @param {{template: string, project: string, times: number[], width: number, height: number}} request */
async function still({ preview: python, painter: brush }, { template, project, times, width, height }) {
  for (;;) {
    const { guesses } = brush;
    const scene = python.still(template, project);
    try {
      scene.frame(times[0] ?? 0).destroy();
      // A text whose font is on its way is guessed, and a guess stays in the scene that made it.
      if (brush.guesses === guesses) return await brush.stills(scene, times, { width, height });
    } finally {
      scene.frame.destroy();
      scene.fresh.destroy();
    }
    await brush.fontsCame;
  }
}

/**
 * Check a film of what is shown now for flashes.
 * @param {{preview: Preview, painter: VideoPainter}} ready @param {number} id @param {{film: object}} request @param {(stage: string, fraction: number) => void} report
 */
async function checkFlashes({ preview: python, painter: brush }, id, { film }, report) {
  const stop = new AbortController();
  running.set(id, stop);
  const look = python.look(JSON.stringify(film));
  const own = new Films({ onFrame: () => {} });
  try {
    for (const [medium, blob] of filmFiles) await own.add(medium, blob);
    const found = await lookForFlashes(look, brush, own, { signal: stop.signal, report, moving: () => loop.moving });
    loop.touch();
    return found;
  } finally {
    running.delete(id);
    own.dispose();
    for (const each of Object.values(look)) each.destroy?.();
  }
}

/** @param {number} t */
function paint(t) {
  if (!preview || !painter) return null;
  try {
    const cost = painter.paint(preview, t, preview.generation());
    tellTrouble(painter.lost ? LOST : "");
    return cost;
  } catch (error) {
    tellTrouble(messageOf(error));
    return null;
  }
}

/** @param {string} message */
function tellTrouble(message) {
  if (message === trouble) return;
  trouble = message;
  postMessage({ event: "trouble", message });
}

/** @returns {Promise<{preview: Preview, painter: VideoPainter}>} */
async function boot() {
  try {
    const tell = (/** @type {string} */ stage, /** @type {number} */ fraction) => postMessage({ event: "boot", stage, fraction });
    const [ck, { pyodide }, { canvas, size }] = await Promise.all([
      loadPainter(), bootPython((stage, fraction) => tell(stage, 0.9 * fraction), { downloading: "Loading the video editor", loading: "Loading the scene engine" }), canvasGiven,
    ]);
    tell("Starting the painter", 0.9);
    canvas.width = size.width;
    canvas.height = size.height;
    const made = new VideoPainter(ck, canvas, {
      readFont: async (file) => {
        const response = await fetch(ASSETS.painter.fonts + file).catch(() => null);
        if (!response?.ok) throw new Error("A font could not be loaded: open this page once with a connection, then it also works without one.");
        return response.arrayBuffer();
      },
      onFonts: () => {
        if (preview) renewed({ preview });
      },
      onFontTrouble: tellTrouble,
      onRestored: () => loop.touch(),
    });
    made.setFilms(films);
    tell("Loading layers and templates", 0.94);
    const bridge = pyodide.pyimport("web.py.preview_bridge");
    /** @type {Preview} */
    const functions = bridge.start({
      // Python's None is undefined; null would be something else there.
      measure: (/** @type {string} */ json) => made.measure(json) ?? undefined,
      image: (/** @type {string} */ id) => made.image(id) ?? undefined,
      video: (/** @type {string} */ id) => films.facts(id) ?? undefined,
    });
    painter = made;
    preview = functions;
    loop.setSize(size);
    loop.start();
    postMessage({ event: "ready", gpu: made.gpu });
    return { preview: functions, painter: made };
  } catch (error) {
    postMessage({ event: "bootFailed", message: `The video editor could not start: ${messageOf(error)} Check the connection and try again.` });
    throw error;
  }
}

async function loadPainter() {
  const { default: init } = await import(ASSETS.painter.canvaskit);
  return init({ locateFile: () => ASSETS.painter.wasm });
}

/** @param {unknown} error */
function messageOf(error) {
  const text = error instanceof Error ? error.message : String(error);
  // Of Python's traceback the last line says what was wrong.
  const last = text.trim().split("\n").at(-1) ?? text;
  return last.replace(/^[\w.]*Error: /, "");
}
