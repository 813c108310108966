/**
 * The page's side of a worker: one promise per request, however the worker ends.
 *
 * Requests are `{id, request, arrays}`, answers `{id, ok: true, value, arrays}` or
 * `{id, ok: false, error: {type, message, traceback}}`, progress `{id, progress: {stage, fraction}}`, cancel
 * `{id, cancel: true}`, and what nobody asked for is `{event: name, ...}`. `{event: "closed", reason}` is a worker's
 * last word. A worker must listen in its first turn: what arrives before a listener does is lost, so it must not
 * await anything above its `addEventListener("message")`.
 */

/**
 * What the client needs of a Worker, so that a test can stand in for one.
 * @typedef {object} WorkerLike
 * @property {(message: any, transfer: Transferable[]) => void} postMessage
 * @property {(type: string, listener: (event: any) => void) => void} addEventListener
 * @property {(type: string, listener: (event: any) => void) => void} removeEventListener
 * @property {() => void} terminate
 */

/** @typedef {ArrayBufferView} WorkerArray typed arrays that travel beside a message */
/** @typedef {{stage: string, fraction: number|null}} WorkerProgress */
/** @typedef {{value: any, arrays: any[]}} WorkerAnswer */

/**
 * @typedef {object} RequestOptions
 * @property {AbortSignal} [signal]      rejects the call at once and tells the worker to stop
 * @property {(progress: WorkerProgress) => void} [onProgress]
 * @property {boolean} [transfer]        hand the arrays' buffers over (default) rather than copy them
 */

/**
 * @typedef {object} PendingCall
 * @property {(answer: WorkerAnswer) => void} resolve
 * @property {(error: unknown) => void} reject
 * @property {((progress: WorkerProgress) => void)|undefined} onProgress
 */

/** The worker answered that the request failed. `type` is the error's class over there. */
export class WorkerError extends Error {
  /** @param {{type?: string, message?: string, traceback?: string|null}} error */
  constructor({ type = "Error", message = "The worker gave no reason.", traceback = null }) {
    super(message);
    this.name = "WorkerError";
    this.type = type;
    this.traceback = traceback;
  }
}

/** The worker ended before it could answer. */
export class WorkerDeath extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message);
    this.name = "WorkerDeath";
  }
}

/** Starts its worker at the first request, and a new one at the first request after a death. */
export class WorkerClient {
  #spawn;
  #name;
  #onDeath;
  #onEvent;
  /** @type {WorkerLike|null} */
  #worker = null;
  /** @type {Map<number, PendingCall>} */
  #calls = new Map();
  #lastId = 0;
  #abortMilliseconds;
  /** Aborted calls that the worker has not answered. @type {Map<number, ReturnType<typeof setTimeout>>} */
  #aborted = new Map();

  /**
   * @param {object} options
   * @param {() => WorkerLike} options.spawn
   * @param {string} [options.name]                      what messages call the worker, for example "decoder"
   * @param {(error: WorkerDeath) => void} [options.onDeath]  once per death that `terminate` did not ask for
   * @param {(message: any) => void} [options.onEvent]   messages `{event: ...}`
   * @param {number} [options.abortMilliseconds]         a worker that answers no aborted call for so long is ended; none: never
   */
  constructor({ spawn, name = "worker", onDeath, onEvent, abortMilliseconds }) {
    this.#abortMilliseconds = abortMilliseconds;
    this.#spawn = spawn;
    this.#name = name;
    this.#onDeath = onDeath;
    this.#onEvent = onEvent;
  }

  /** How many calls wait for an answer. */
  get pending() {
    return this.#calls.size;
  }

  /** Whether a worker is up (it may still be starting). */
  get running() {
    return this.#worker !== null;
  }

  /** Start the worker now rather than at the first request. */
  start() {
    if (this.#worker) return;
    const worker = this.#spawn();
    this.#worker = worker;
    worker.addEventListener("message", this.#onMessage);
    worker.addEventListener("error", this.#onError);
    worker.addEventListener("messageerror", this.#onMessageError);
  }

  /**
   * Ask the worker. Rejects with `WorkerError` (it answered an error), `WorkerDeath` (it ended) or the signal's reason.
   * @param {any} request
   * @param {WorkerArray[]} [arrays]
   * @param {RequestOptions} [options]
   * @returns {Promise<WorkerAnswer>}
   */
  request(request, arrays = [], { signal, onProgress, transfer = true } = {}) {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      this.start();
      const id = ++this.#lastId;
      this.#post({ id, request, arrays }, transfer ? buffersOf(arrays) : []);
      const abort = () => this.#abort(id, signal?.reason);
      signal?.addEventListener("abort", abort);
      const settle = () => signal?.removeEventListener("abort", abort);
      this.#calls.set(id, {
        resolve: (answer) => (settle(), resolve(answer)),
        reject: (error) => (settle(), reject(error)),
        onProgress,
      });
    });
  }

  /** End the worker now; every open call rejects with `reason`. The next request starts a new worker.
   * @param {string} [reason] */
  terminate(reason = `The ${this.#name} was stopped.`) {
    this.#end(new WorkerDeath(reason));
  }

  /** @param {any} message @param {Transferable[]} transfer */
  #post(message, transfer) {
    this.#worker?.postMessage(message, transfer);
  }

  /** @param {number} id @param {unknown} reason */
  #abort(id, reason) {
    const call = this.#calls.get(id);
    if (!call) return;
    this.#calls.delete(id);
    this.#post({ id, cancel: true }, []);
    if (this.#abortMilliseconds !== undefined)
      this.#aborted.set(id, setTimeout(() => this.#die("It did not answer."), this.#abortMilliseconds));
    call.reject(reason);
  }

  #onMessage = (/** @type {{data: any}} */ { data }) => {
    if (data?.event === "closed") this.#die(data.reason ?? "It closed itself.");
    else if (data?.event !== undefined) this.#onEvent?.(data);
    else this.#answer(data);
  };

  /** Answers to calls that were aborted meanwhile find no call and are dropped. @param {any} data */
  #answer(data) {
    const call = this.#calls.get(data?.id);
    if (!call) return this.#forget(data);
    if (data.progress) {
      call.onProgress?.(data.progress);
      return;
    }
    this.#calls.delete(data.id);
    if (data.ok) call.resolve({ value: data.value, arrays: data.arrays ?? [] });
    else call.reject(new WorkerError(data.error ?? {}));
  }

  /** @param {any} data what came for an aborted call */
  #forget(data) {
    if (data?.progress) return;
    clearTimeout(this.#aborted.get(data?.id));
    this.#aborted.delete(data?.id);
  }

  #onError = (/** @type {{message?: string, preventDefault?: () => void}} */ event) => {
    event.preventDefault?.();
    // A script that could not be loaded fires an event that carries no message.
    this.#die(event.message ? event.message : "Its script could not be loaded.");
  };

  #onMessageError = () => this.#die("A message from it could not be read.");

  /** @param {string} why */
  #die(why) {
    const death = new WorkerDeath(`The ${this.#name} stopped unexpectedly: ${why}`);
    this.#end(death);
    this.#onDeath?.(death);
  }

  /** @param {WorkerDeath} death */
  #end(death) {
    const worker = this.#worker;
    this.#worker = null;
    worker?.removeEventListener("message", this.#onMessage);
    worker?.removeEventListener("error", this.#onError);
    worker?.removeEventListener("messageerror", this.#onMessageError);
    worker?.terminate();
    for (const timer of this.#aborted.values()) clearTimeout(timer);
    this.#aborted.clear();
    const calls = [...this.#calls.values()];
    this.#calls.clear();
    for (const call of calls) call.reject(death);
  }
}

/**
 * The buffers of some arrays, each once: a buffer named twice cannot be transferred. Shared memory is not moved.
 * @param {WorkerArray[]} arrays
 * @returns {ArrayBuffer[]}
 */
export function buffersOf(arrays) {
  const buffers = new Set(arrays.map((array) => array.buffer));
  return [...buffers].filter((buffer) => buffer instanceof ArrayBuffer);
}
