/**
 * Following one job by server-sent events until it ends, through restarts of the server and holes in the network.
 * @import {Job} from "./protocol.js"
 * @import {Api} from "./jobs-api.js"
 */
import { ApiError, jobUrl } from "./jobs-api.js";

/** Waits between questions where the stream cannot be had. */
const FIRST_WAIT_MILLISECONDS = 1000;
const LONGEST_WAIT_MILLISECONDS = 30_000;
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
  for (let pause = FIRST_WAIT_MILLISECONDS; ; pause = Math.min(2 * pause, LONGEST_WAIT_MILLISECONDS)) {
    const hear = (/** @type {Job} */ job) => {
      pause = FIRST_WAIT_MILLISECONDS;
      onConnection(true);
      onJob(job);
    };
    const last = await stream(open(`${jobUrl(id)}/events`), signal, hear, onConnection);
    if (last) return last;
    try {
      const job = await api.job(id);
      hear(job);
      if (ENDED.has(job.state)) return job;
    } catch (error) {
      if (!(error instanceof ApiError) || !error.passing) throw error;
      onConnection(false);
    }
    await wait(pause, signal);
  }
}

/**
 * One stream to its end; the browser itself reconnects a broken one, with Last-Event-ID.
 * @param {EventSource} source @param {AbortSignal} signal
 * @param {(job: Job) => void} onJob @param {(connected: boolean) => void} onConnection
 * @returns {Promise<Job|null>} null: it can't be had
 */
function stream(source, signal, onJob, onConnection) {
  return new Promise((resolve, reject) => {
    const end = (/** @type {() => void} */ how) => {
      signal.removeEventListener("abort", abort);
      source.close();
      how();
    };
    const abort = () => end(() => reject(signal.reason));
    signal.addEventListener("abort", abort);
    source.addEventListener("open", () => onConnection(true));
    source.addEventListener("message", ({ data }) => {
      const job = JSON.parse(data);
      onJob(job);
      if (ENDED.has(job.state)) end(() => resolve(job));
    });
    source.addEventListener("error", () => {
      onConnection(false);
      if (source.readyState === 2) end(() => resolve(null)); // closed for good: an error status
    });
    if (signal.aborted) abort();
  });
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
