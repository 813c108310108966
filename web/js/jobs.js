/**
 * The server's jobs from the file to their end: upload, waiting, following, cancel, another try, and finding them again
 * after the page was closed. One tab at a time uploads and follows a job (a lock of the browser); the others see what
 * it writes into the store.
 * @import {Api} from "./jobs-api.js"
 * @import {Job} from "./protocol.js"
 * @import {Separation, Separations} from "./stems-store.js"
 * @import {Upload} from "./upload.js"
 * @import {WatchOptions} from "./jobs-watch.js"
 */
import { ApiError } from "./jobs-api.js";
import { sleep, watchJob } from "./jobs-watch.js";
import { isFinal, newSeparation, randomName } from "./stems-store.js";
import { uploadSong } from "./upload.js";

/** Tries after a broken connection, in seconds from one to the next; then a person decides. */
const RETRY_SECONDS = Object.freeze([3, 10, 30]);
/** Where a full server does not say when to come back. */
const FULL_SECONDS = 30;

export const CUT_OFF = "The upload ended when the page was closed. Drop the song again, then try again.";
const NEEDS_FILE = "The song itself is not here any more. Drop it again, then try again.";

/** Work that only one tab does. @typedef {{request: (name: string, options: {signal: AbortSignal}, work: () => Promise<void>) => Promise<void>}} Locks */

/**
 * @typedef {object} JobsDeps
 * @property {Separations} store
 * @property {Api} api
 * @property {(song: string) => File|null} fileOf   the file with this identity, where it is at hand
 * @property {(sentence: string) => void} [onLocked] the server wants a token
 * @property {Upload} [upload]
 * @property {(id: string, options: WatchOptions) => Promise<Job>} [watch]
 * @property {Locks|null} [locks]
 * @property {() => number} [now]                    milliseconds since 1970
 */

/** Events: "settled" (detail: {entry}) whenever a job ends. */
export class Jobs extends EventTarget {
  #store;
  #api;
  #fileOf;
  #onLocked;
  #uploadSong;
  #watch;
  #locks;
  #now;
  /** What is being done, by entry. @type {Map<string, AbortController>} */
  #work = new Map();
  /** Uploads of this tab. @type {Set<string>} */
  #sending = new Set();

  /** @param {JobsDeps} deps */
  constructor({ store, api, fileOf, onLocked = () => {}, upload = uploadSong, watch = watchJob, locks = browserLocks(), now = Date.now }) {
    super();
    this.#store = store;
    this.#api = api;
    this.#fileOf = fileOf;
    this.#onLocked = onLocked;
    this.#uploadSong = upload;
    this.#watch = watch;
    this.#locks = locks;
    this.#now = now;
    // Cancelled or removed in another tab.
    store.addEventListener("change", (event) => {
      const { id } = /** @type {CustomEvent} */ (event).detail;
      if ((store.get(id)?.state ?? "cancelled") === "cancelled") this.#stop(id);
    });
  }

  /** Whether leaving now would break off an upload. */
  get uploading() {
    return this.#sending.size > 0;
  }

  /** @param {Pick<Separation, "song"|"title"|"artist"|"options"|"label"> & {file: File}} wanted @returns {string} the entry's id */
  start({ file, ...known }) {
    const entry = newSeparation({ ...known, place: "server", bytes: file.size, state: "uploading", stage: "Uploading" });
    this.#store.add(entry);
    this.#run(entry.id, () => this.#send(entry.id, file));
    return entry.id;
  }

  /** Take up every job that has not ended, as after a reload. */
  resume() {
    for (const { id, place, state, jobId } of this.#store.list) {
      if (place !== "server" || this.#work.has(id)) continue;
      if (jobId !== null && state !== "failed" && state !== "cancelled" && state !== "expired") this.#run(id, () => this.#follow(id));
      else if (jobId === null && !isFinal({ state })) this.#run(id, () => this.#takeOver(id));
    }
  }

  /** Try again: the same try where the server may have it already, else a new one. @param {string} id */
  retry(id) {
    const entry = this.#store.get(id);
    if (!entry || entry.place !== "server") return;
    const file = this.#fileOf(entry.song);
    this.#stop(id);
    if (entry.jobId !== null && !isFinal(entry)) return this.#run(id, () => this.#follow(id));
    if (!file) return void this.#store.update(id, { state: "failed", error: NEEDS_FILE, retryAt: null });
    // A job that ended is over under its key; a try that got no answer may be a job by now.
    const key = entry.jobId === null && entry.state !== "cancelled" ? entry.key : randomName();
    this.#store.update(id, { ...BEGINNING, key });
    this.#run(id, () => this.#send(id, file));
  }

  /** @param {string} id */
  async cancel(id) {
    const entry = this.#store.get(id);
    if (!entry || isFinal(entry)) return;
    this.#stop(id);
    this.#store.update(id, { state: "cancelled", error: null, retryAt: null, secondsLeft: null, queuePosition: null });
    if (entry.jobId !== null) await this.#api.remove(entry.jobId).catch((error) => this.#notCancelled(entry, error));
  }

  /** Forget a job, with its files on the server. @param {string} id @returns {Promise<void>} rejects when the server still has it */
  async remove(id) {
    const entry = this.#store.get(id);
    if (!entry) return;
    this.#stop(id);
    if (entry.jobId !== null && (entry.state === "done" || !isFinal(entry))) {
      await this.#api.remove(entry.jobId).catch((error) => {
        if (error.status === 404) return;
        if (!isFinal(entry)) this.#run(id, () => this.#follow(id));
        throw error;
      });
    }
    this.#store.remove(id);
  }

  /** It goes on over there, so it is followed on. @param {Separation} entry @param {ApiError} error */
  #notCancelled(entry, error) {
    if (error.status === 404) return;
    this.#store.update(entry.id, { ...entry, error: `It could not be cancelled. ${error.message}` });
    this.#run(entry.id, () => this.#follow(entry.id));
  }

  /** @param {string} id @param {() => Promise<void>} work */
  #run(id, work) {
    const controller = new AbortController();
    this.#work.set(id, controller);
    const locked = () => (this.#locks ? this.#locks.request(`keylight.job.${id}`, { signal: controller.signal }, work) : work());
    locked().catch((error) => {
      if (!controller.signal.aborted) this.#failed(id, error);
    }).finally(() => {
      if (this.#work.get(id) === controller) this.#work.delete(id);
    });
  }

  /** @param {string} id */
  #stop(id) {
    this.#work.get(id)?.abort(new DOMException("Stopped.", "AbortError"));
    this.#work.delete(id);
  }

  /** @param {string} id @returns {AbortSignal} */
  #signal(id) {
    return this.#work.get(id)?.signal ?? AbortSignal.abort();
  }

  /** Upload until the server has it, then follow. @param {string} id @param {File} file */
  async #send(id, file) {
    this.#sending.add(id);
    try {
      await this.#upload(id, file);
    } finally {
      this.#sending.delete(id);
    }
    await this.#follow(id);
  }

  /** @param {string} id @param {File} file */
  async #upload(id, file) {
    const signal = this.#signal(id);
    for (let tries = 0; ; tries++) {
      const entry = this.#store.get(id);
      if (!entry) return;
      try {
        const job = await this.#uploadSong({
          file, options: entry.options, key: entry.key, signal,
          onProgress: ({ sent, total, secondsLeft }) => this.#store.update(id, { fraction: total > 0 ? sent / total : 0, secondsLeft }),
        });
        this.#store.update(id, { jobId: job.id, fraction: 0, secondsLeft: null });
        return this.#hear(id, job);
      } catch (error) {
        const seconds = waitOf(error, tries);
        if (signal.aborted || seconds === null || this.#store.get(id)?.jobId !== null) throw error;
        await this.#hold(id, seconds, /** @type {ApiError} */ (error), signal);
      }
    }
  }

  /** @param {string} id @param {number} seconds @param {ApiError} error @param {AbortSignal} signal */
  async #hold(id, seconds, error, signal) {
    this.#store.update(id, { state: "holding", error: error.message, retryAt: this.#now() + 1000 * seconds, secondsLeft: null, fraction: 0 });
    await sleep(1000 * seconds, signal);
    this.#store.update(id, BEGINNING);
  }

  /** Another tab had the upload; now it is over, one way or the other. @param {string} id */
  async #takeOver(id) {
    const entry = this.#store.get(id);
    if (!entry || isFinal(entry)) return;
    if (entry.jobId !== null) return this.#follow(id);
    const file = this.#fileOf(entry.song);
    if (file) return this.#send(id, file);
    this.#store.update(id, { state: "failed", error: CUT_OFF, retryAt: null, secondsLeft: null, fraction: 0 });
  }

  /** @param {string} id */
  async #follow(id) {
    const entry = this.#store.get(id);
    if (!entry?.jobId) return;
    const signal = this.#signal(id);
    if (entry.state === "done") return this.#hear(id, await this.#api.job(entry.jobId));
    await this.#watch(entry.jobId, {
      api: this.#api, signal, onJob: (job) => this.#hear(id, job),
      onConnection: (connected) => {
        if (this.#store.get(id)?.connected !== connected) this.#store.update(id, { connected });
      },
    });
  }

  /** @param {string} id @param {Job} job */
  #hear(id, job) {
    const before = this.#store.get(id);
    if (!before) return;
    this.#store.update(id, {
      job, state: job.state, stage: job.stage, fraction: job.progress, secondsLeft: job.etaSeconds, queuePosition: job.queuePosition,
      error: job.error, retryAt: null, connected: true,
    });
    if (isFinal(job) && !isFinal(before)) this.#settled(id);
  }

  /** @param {string} id @param {unknown} error */
  #failed(id, error) {
    const { status, message } = error instanceof ApiError ? error : new ApiError(error instanceof Error ? error.message : String(error));
    const entry = this.#store.get(id);
    if (!entry) return;
    if (status === 401) this.#onLocked(message);
    // The job goes on over there, and is followed again once the token is known.
    if (entry.jobId !== null && status === 401) return void this.#store.update(id, { connected: false });
    if (entry.jobId !== null && status === 404) this.#store.update(id, { ...ENDING, state: "expired" });
    // What is done stays done while its server cannot be asked.
    else if (entry.state === "done") return void this.#store.update(id, { connected: false });
    else this.#store.update(id, { ...ENDING, state: "failed", error: message });
    this.#settled(id);
  }

  /** @param {string} id */
  #settled(id) {
    this.dispatchEvent(new CustomEvent("settled", { detail: { entry: this.#store.get(id) } }));
  }
}

/** @type {Partial<Separation>} */
const ENDING = Object.freeze({ error: null, retryAt: null, secondsLeft: null, queuePosition: null });

/** @type {Partial<Separation>} */
const BEGINNING = Object.freeze({
  ...ENDING, state: "uploading", stage: "Uploading", fraction: 0, jobId: null, job: null, connected: true,
});

/** Seconds until a try is repeated; null: a person must do something. @param {unknown} error @param {number} tries before */
function waitOf(error, tries) {
  if (!(error instanceof ApiError) || !error.passing) return null;
  if (error.retryAfterSeconds !== null) return error.retryAfterSeconds;
  if (error.status === 429) return FULL_SECONDS;
  // A server without workers or models says so at once, and a person has to mend that.
  return error.status === 503 ? null : (RETRY_SECONDS[tries] ?? null);
}

/** Locks are for secure origins; without them every tab does the work. @returns {Locks|null} */
function browserLocks() {
  return globalThis.navigator?.locks ? /** @type {any} */ (navigator.locks) : null;
}
