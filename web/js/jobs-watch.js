/**
 * Following one job by server-sent events until it ends, through restarts of the server and holes in the network.
 * @import {Job} from "./protocol.js"
 * @import {Api} from "./jobs-api.js"
 */
import { ApiError, jobUrl } from "./jobs-api.js";

/** Waits between questions where the stream cannot be had. */
const FIRST_WAIT_MILLISECONDS = 1000;
const LONGEST_WAIT_MILLISECONDS = 30_000;
/** A stream that is renewed within this time was not lost. */
const LOST_MILLISECONDS = 4000;
const ENDED = new Set(["done", "failed", "cancelled", "expired"]);

/**
 * @typedef {object} WatchOptions
 * @property {Api} api
 * @property {AbortSignal} signal
 * @property {(job: Job) => void} onJob
 * @property {(connected: boolean) => void} onConnection
 * @property {(url: string) => EventSource} [open]
 * @property {(milliseconds: number, signal: AbortSignal) => Promise<void>} [wait]
 */

/**
 * Resolves with the job's last word. Rejects with `ApiError` when the server does not know it or wants a token, and
 * with the signal's reason.
 * @param {string} id @param {WatchOptions} options @returns {Promise<Job>}
 */
export async function watchJob(id, { api, signal, onJob, onConnection, open = (url) => new EventSource(url), wait = sleep }) {
  const link = new Link(onConnection);
  signal.addEventListener("abort", () => link.end());
  for (let pause = FIRST_WAIT_MILLISECONDS; ; pause = Math.min(2 * pause, LONGEST_WAIT_MILLISECONDS)) {
    const hear = (/** @type {Job} */ job) => {
      pause = FIRST_WAIT_MILLISECONDS;
      link.have();
      onJob(job);
    };
    const last = await stream(open(`${jobUrl(id)}/events`), signal, hear, link);
    if (last) return last;
    try {
      const job = await api.job(id);
      hear(job);
      if (ENDED.has(job.state)) return job;
    } catch (error) {
      if (!(error instanceof ApiError) || !error.passing) {
        link.end();
        throw error;
      }
      link.lose();
    }
    await wait(pause, signal);
  }
}

/**
 * One stream to its end; the browser itself reconnects a broken one, with Last-Event-ID.
 * @param {EventSource} source @param {AbortSignal} signal
 * @param {(job: Job) => void} onJob @param {Link} link
 * @returns {Promise<Job|null>} null: it can't be had
 */
function stream(source, signal, onJob, link) {
  return new Promise((resolve, reject) => {
    const end = (/** @type {() => void} */ how) => {
      signal.removeEventListener("abort", abort);
      source.close();
      how();
    };
    const abort = () => end(() => reject(signal.reason));
    signal.addEventListener("abort", abort);
    source.addEventListener("open", () => link.have());
    source.addEventListener("message", ({ data }) => {
      const job = JSON.parse(data);
      onJob(job);
      if (ENDED.has(job.state)) end(() => resolve(job));
    });
    source.addEventListener("error", () => {
      link.lose();
      if (source.readyState === 2) end(() => resolve(null)); // closed for good: an error status
    });
    if (signal.aborted) abort();
  });
}

/** Whether the server is heard, told with patience: what comes back at once was never away. */
class Link {
  #tell;
  /** @type {ReturnType<typeof setTimeout>|null} */
  #timer = null;

  /** @param {(connected: boolean) => void} tell */
  constructor(tell) {
    this.#tell = tell;
  }

  have() {
    this.end();
    this.#tell(true);
  }

  lose() {
    this.#timer ??= setTimeout(() => this.#tell(false), LOST_MILLISECONDS);
  }

  end() {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}

/** @param {number} milliseconds @param {AbortSignal} signal @returns {Promise<void>} rejects with the signal's reason */
export function sleep(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    signal.addEventListener("abort", stop, { once: true });
  });
}
