/**
 * The page's side of the analysis engine: boots its worker at once, holds early calls, and restarts it after a death.
 * @import {Request} from "./protocol.js"
 * @import {RequestOptions, WorkerLike} from "./worker-client.js"
 */
import { WorkerClient } from "./worker-client.js";

/**
 * @typedef {object} BootStatus
 * @property {"booting"|"ready"|"failed"} state
 * @property {string} stage           in words
 * @property {number} fraction        0-1
 * @property {string|null} error      one sentence when failed
 * @property {boolean} restarted      whether the worker has died and this is another one
 * @property {number|null} bootSeconds
 * @property {boolean} fromSnapshot   whether Python began from the kept snapshot of its memory
 */

/** @returns {WorkerLike} */
const spawnWorker = () => new Worker(new URL("./engine-worker.js", import.meta.url), { type: "module", name: "engine" });

/**
 * Events: "boot" whenever `boot` changes. A death rejects every open call and starts the worker anew; one that dies
 * before it was ready leaves the engine failed until `restart`.
 */
export class Engine extends EventTarget {
  #client;
  #wasReady = false;
  /** @type {BootStatus} */
  #boot = { state: "booting", stage: "Starting", fraction: 0, error: null, restarted: false, bootSeconds: null, fromSnapshot: false };

  /** @param {{spawn?: () => WorkerLike}} [options] */
  constructor({ spawn = spawnWorker } = {}) {
    super();
    this.#client = new WorkerClient({
      spawn, name: "analysis engine", onDeath: (error) => this.#onDeath(error.message), onEvent: (event) => this.#onEvent(event),
    });
    this.#client.start();
  }

  /** @returns {BootStatus} */
  get boot() {
    return this.#boot;
  }

  /**
   * Ask the engine; early calls wait for it. Rejects as `WorkerClient.request` does.
   * @param {Request} request
   * @param {ArrayBufferView[]} [arrays]
   * @param {RequestOptions} [options]
   * @returns {Promise<{value: any, arrays: any[]}>}
   */
  async request(request, arrays = [], options = {}) {
    if (this.#boot.state === "failed") throw new Error(this.#boot.error ?? "The analysis engine is not running.");
    return this.#client.request(request, arrays, options);
  }

  /** Start again after a failure. */
  restart() {
    this.#client.terminate("The analysis engine was restarted.");
    this.#wasReady = false;
    this.#set({ state: "booting", stage: "Starting again", fraction: 0, error: null, restarted: true, bootSeconds: null, fromSnapshot: false });
    this.#client.start();
  }

  /** End the worker; every open call rejects, and so does every later one. */
  dispose() {
    this.#set({ ...this.#boot, state: "failed", error: "The analysis engine was stopped." });
    this.#client.terminate("The analysis engine was stopped.");
  }

  /** @param {string} reason */
  #onDeath(reason) {
    if (this.#boot.state === "failed") return;
    if (this.#wasReady) {
      this.restart();
      return;
    }
    this.#set({
      ...this.#boot, state: "failed",
      error: `The analysis engine could not run: ${reason} Reload the page; if it stays, try a current Chrome, Edge, Firefox or Safari.`,
    });
  }

  /** @param {{event: string, stage?: string, fraction?: number, message?: string, bootSeconds?: number, fromSnapshot?: boolean}} event */
  #onEvent({ event, stage = "", fraction = 0, message = "", bootSeconds = 0, fromSnapshot = false }) {
    if (event === "boot") this.#set({ ...this.#boot, state: "booting", stage, fraction: Math.max(this.#boot.fraction, fraction) });
    else if (event === "ready") {
      this.#wasReady = true;
      this.#set({ ...this.#boot, state: "ready", stage: "Ready", fraction: 1, bootSeconds, fromSnapshot });
    } else if (event === "bootFailed") {
      this.#set({ ...this.#boot, state: "failed", error: `The analysis engine could not start: ${message}. Check the connection and reload the page.` });
    }
  }

  /** @param {BootStatus} boot */
  #set(boot) {
    this.#boot = boot;
    this.dispatchEvent(new Event("boot"));
  }
}

/** @param {{spawn?: () => WorkerLike}} [options] @returns {Engine} */
export function createEngine(options) {
  return new Engine(options);
}
