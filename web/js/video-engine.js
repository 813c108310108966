/**
 * The page's side of the preview: its worker, which holds Python and the painter on the canvas that is seen.
 * @import {FlashesFound, PreviewRequest, RenderOptions} from "./protocol.js"
 * @import {RequestOptions} from "./worker-client.js"
 */
import { WorkerClient } from "./worker-client.js";

/** Frames per second as painted, milliseconds a frame in Python and in the painter, and the size as a share of the canvas' own. */
/** @typedef {{fps: number, python: number, paint: number, share: number}} PreviewStats */
/** gpu: whether WebGL paints; null until it is known. */
/** @typedef {{state: "booting"|"ready"|"failed", stage: string, fraction: number, error: string|null, gpu: boolean|null}} PreviewBoot */

/** How often the worker hears the time anew while a song plays. */
const CLOCK_MILLISECONDS = 500;

/**
 * Events: "boot", "stats" (detail: PreviewStats), "trouble" (detail: a sentence, "" when it is over), "painted", "lost"
 * (the worker died and another one starts: everything must be told anew). The place of the canvas says in
 * `data-painted` which second was painted last, when nothing moves.
 */
export class PreviewEngine extends EventTarget {
  #client;
  #place;
  /** @type {Worker|null} */
  #worker = null;
  /** @type {PreviewBoot} */
  #boot = { state: "booting", stage: "Starting", fraction: 0, error: null, gpu: null };
  #died = false;
  /** @type {{width: number, height: number}} */
  #size = { width: 640, height: 360 };

  /** @param {HTMLElement} place the canvas is put here */
  constructor(place) {
    super();
    this.#place = place;
    this.#client = new WorkerClient({
      name: "preview", spawn: () => this.#spawn(), onDeath: (error) => this.#onDeath(error.message), onEvent: (event) => this.#onEvent(event),
    });
    this.#client.start();
  }

  /** @returns {PreviewBoot} */
  get boot() {
    return this.#boot;
  }

  /**
   * Ask Python. Early calls wait for it.
   * @param {PreviewRequest} request @param {ArrayBufferView[]} [arrays] @param {RequestOptions} [options]
   * @returns {Promise<{value: any, arrays: any[]}>}
   */
  ask(request, arrays = [], options = {}) {
    return this.#request(request, arrays, options);
  }

  /**
   * Ask the painter's side of the worker. Rejects with a sentence for what is no picture, film or font.
   * @param {{type: "addMedia", id: string, kind: string, blob: Blob}|{type: "dropMedia", id: string}} request
   */
  async paint(request) {
    await this.#request(request, [], {});
  }

  /**
   * Pictures of a template by itself, RGBA. project: as JSON, for its words and canvas.
   * @param {{template: string, project: string, times: number[], width: number, height: number}} wanted
   * @returns {Promise<{arrays: Uint8Array[]}>}
   */
  stills(wanted) {
    return this.#request({ type: "still", ...wanted }, [], {});
  }

  /**
   * Check a film of the project for flashes; the preview then shows how its pictures are held back.
   * @param {RenderOptions} film @param {RequestOptions} [options]
   * @returns {Promise<FlashesFound>}
   */
  async checkFlashes(film, options = {}) {
    return (await this.#request({ type: "checkFlashes", film }, [], options)).value;
  }

  /** @param {any} request @param {ArrayBufferView[]} arrays @param {RequestOptions} options */
  async #request(request, arrays, options) {
    if (this.#boot.state === "failed") throw new Error(this.#boot.error ?? "The preview is not running.");
    return this.#client.request(request, arrays, options);
  }

  /** What second of the song is heard now. @param {{t: number, rate: number}} clock */
  clock({ t, rate }) {
    this.#worker?.postMessage({ clock: { t, rate, abs: performance.timeOrigin + performance.now() } });
  }

  /** Device pixels of the picture on the page. @param {number} width @param {number} height */
  resize(width, height) {
    this.#size = { width, height };
    this.#worker?.postMessage({ size: this.#size });
  }

  /** Paint the picture once more. */
  touch() {
    this.#worker?.postMessage({ touch: true });
  }

  restart() {
    this.#client.terminate("The preview was restarted.");
    this.#set({ state: "booting", stage: "Starting again", fraction: 0, error: null, gpu: null });
    this.#client.start();
    this.dispatchEvent(new Event("lost"));
  }

  dispose() {
    this.#set({ ...this.#boot, state: "failed", error: "The preview was closed." });
    this.#client.terminate("The preview was closed.");
  }

  /** A canvas can be handed over once: each worker gets its own. */
  #spawn() {
    const canvas = document.createElement("canvas");
    canvas.className = "stage__canvas";
    canvas.setAttribute("aria-label", "Preview of the video");
    canvas.setAttribute("role", "img");
    this.#place.replaceChildren(canvas);
    const worker = new Worker(new URL("./video-worker.js", import.meta.url), { type: "module", name: "video" });
    const offscreen = canvas.transferControlToOffscreen();
    worker.postMessage({ canvas: offscreen, size: this.#size }, [offscreen]);
    this.#worker = worker;
    return worker;
  }

  /** @param {string} reason */
  #onDeath(reason) {
    if (this.#boot.state === "failed") return;
    if (this.#boot.state === "ready" && !this.#died) {
      this.#died = true; // one that dies again at once would die for ever
      setTimeout(() => (this.#died = false), 20_000);
      this.restart();
      return;
    }
    this.#set({ ...this.#boot, state: "failed", error: `The preview could not run: ${reason}` });
  }

  /** @param {any} event */
  #onEvent(event) {
    if (event.event === "boot") this.#set({ ...this.#boot, state: "booting", stage: event.stage, fraction: Math.max(this.#boot.fraction, event.fraction) });
    else if (event.event === "ready") this.#set({ state: "ready", stage: "Ready", fraction: 1, error: null, gpu: event.gpu === true });
    else if (event.event === "bootFailed") this.#set({ ...this.#boot, state: "failed", error: event.message });
    else if (event.event === "stats") this.dispatchEvent(new CustomEvent("stats", { detail: event }));
    else if (event.event === "trouble") this.dispatchEvent(new CustomEvent("trouble", { detail: event.message }));
    else if (event.event === "painted") {
      this.#place.dataset.painted = event.t.toFixed(3);
      this.dispatchEvent(new Event("painted"));
    }
  }

  /** @param {PreviewBoot} boot */
  #set(boot) {
    this.#boot = boot;
    this.dispatchEvent(new Event("boot"));
  }
}

/**
 * Tell the preview the player's time whenever it changes, and now and then in between.
 * @param {PreviewEngine} engine
 * @param {EventTarget & {state: {status: string}, position: () => number}} player
 * @param {import("./scope.js").Scope} scope
 */
export function followPlayer(engine, player, scope) {
  const tell = () => engine.clock({ t: player.position(), rate: player.state.status === "playing" ? 1 : 0 });
  scope.on(player, "change", tell);
  const timer = setInterval(() => {
    if (player.state.status === "playing") tell();
  }, CLOCK_MILLISECONDS);
  scope.add(() => clearInterval(timer));
  return tell;
}
