/**
 * A second engine for quick separation, so that analysis goes on beside it: started when first needed, ended when
 * nobody has needed it for a while (its Python holds some 100 MB).
 * @import {Request} from "./protocol.js"
 * @import {RequestOptions, WorkerLike} from "./worker-client.js"
 * @import {BootStatus, Engine} from "./engine.js"
 */
import { createEngine } from "./engine.js";

const IDLE_MILLISECONDS = 60_000;

/** @returns {WorkerLike} the name tells the worker that nobody will ask it for tags */
const spawnWorker = () => new Worker(new URL("./engine-worker.js", import.meta.url), { type: "module", name: "split" });

/** What a separation needs of it. @typedef {Pick<SplitEngine, "hold"|"release"|"request"|"stop">} SplitEngineLike */

export class SplitEngine {
  #spawn;
  #idleMilliseconds;
  /** @type {Engine|null} */
  #engine = null;
  #holders = 0;
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  #idle;

  /** @param {{spawn?: () => WorkerLike, idleMilliseconds?: number}} [options] */
  constructor({ spawn = spawnWorker, idleMilliseconds = IDLE_MILLISECONDS } = {}) {
    this.#spawn = spawn;
    this.#idleMilliseconds = idleMilliseconds;
  }

  /** Whether its worker is up. */
  get running() {
    return this.#engine !== null;
  }

  /**
   * Somebody needs the engine from now on, until `release`. Resolves when it is ready.
   * @param {(boot: BootStatus) => void} onBoot
   * @param {AbortSignal} signal
   * @returns {Promise<void>} rejects with the sentence why it could not start, or with the signal's reason
   */
  hold(onBoot, signal) {
    clearTimeout(this.#idle);
    this.#holders += 1;
    if (this.#engine?.boot.state === "failed") this.stop();
    const engine = (this.#engine ??= createEngine({ spawn: this.#spawn }));
    return new Promise((resolve, reject) => {
      const end = (/** @type {() => void} */ how) => {
        engine.removeEventListener("boot", look);
        signal.removeEventListener("abort", abort);
        how();
      };
      const abort = () => end(() => reject(signal.reason));
      const look = () => {
        onBoot(engine.boot);
        if (engine.boot.state === "ready") end(resolve);
        else if (engine.boot.state === "failed") end(() => reject(new Error(engine.boot.error ?? "The engine could not start.")));
      };
      engine.addEventListener("boot", look);
      signal.addEventListener("abort", abort);
      if (signal.aborted) abort();
      else look();
    });
  }

  /** It is not needed any more by one of those who held it. */
  release() {
    this.#holders -= 1;
    if (this.#holders === 0) this.#idle = setTimeout(() => this.stop(), this.#idleMilliseconds);
  }

  /** @param {Request} request @param {ArrayBufferView[]} [arrays] @param {RequestOptions} [options] */
  request(request, arrays, options) {
    if (!this.#engine) return Promise.reject(new Error("The engine for quick previews is not running."));
    return this.#engine.request(request, arrays, options);
  }

  /** End the worker; whatever it works on rejects. */
  stop() {
    clearTimeout(this.#idle);
    this.#engine?.dispose();
    this.#engine = null;
  }
}
