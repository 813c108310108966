/**
 * A song on its way to the server, by XMLHttpRequest: `fetch` cannot tell how far an upload is.
 * @import {Job, StemsOptions} from "./protocol.js"
 */
import { STEMS_URL, createApi, read, refusal } from "./jobs-api.js";

/** @typedef {{sent: number, total: number, secondsLeft: number|null}} UploadProgress in bytes */
/** @typedef {{file: File, options: StemsOptions, key: string, signal: AbortSignal, onProgress: (progress: UploadProgress) => void}} UploadRequest */
/** @typedef {(request: UploadRequest) => Promise<Job>} Upload rejects with ApiError, or the signal's reason */

/** What is left is told from the speed of this long. */
const WINDOW_MILLISECONDS = 6000;
/** Before this the speed is that of a buffer. */
const EARLY_MILLISECONDS = 800;

/** @type {(request: UploadRequest, remove?: (id: string) => Promise<unknown>) => Promise<Job>} */
export function uploadSong({ file, options, ...rest }, remove) {
  return sendForm({ url: STEMS_URL, form: formOf(file, options), ...rest }, remove);
}

/**
 * Send an order with its files. Who stops when all is there cannot tell whether the server has made a job of it, which
 * would then run for nobody: the answer is waited for, and the job removed.
 * @type {(request: Omit<UploadRequest, "file"|"options"> & {url: string, form: FormData}, remove?: (id: string) => Promise<unknown>) => Promise<Job>}
 */
export function sendForm({ url, form, key, signal, onProgress }, remove = createApi().remove) {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const request = new XMLHttpRequest();
    const pace = new Pace(performance.now());
    let whole = false;
    const abort = () => {
      if (!whole) return request.abort();
      request.addEventListener("load", () => {
        if (request.status < 300) remove(read(request.responseText).id).catch(() => undefined);
      });
      settle(() => reject(signal.reason));
    };
    const settle = (/** @type {() => void} */ how) => {
      signal.removeEventListener("abort", abort);
      how();
    };
    signal.addEventListener("abort", abort);
    request.open("POST", url);
    request.setRequestHeader("idempotency-key", key);
    request.upload.addEventListener("progress", ({ loaded, total }) => {
      onProgress({ sent: loaded, total, secondsLeft: pace.secondsLeft(performance.now(), loaded, total) });
    });
    request.upload.addEventListener("load", () => { whole = true; });
    request.addEventListener("load", () => settle(() => {
      try {
        if (request.status >= 300) throw refusal(request.status, request.responseText, request.getResponseHeader("retry-after"));
        resolve(read(request.responseText));
      } catch (error) {
        reject(error);
      }
    }));
    request.addEventListener("error", () => settle(() => reject(refusal(0, "", null))));
    request.addEventListener("abort", () => settle(() => reject(signal.reason)));
    request.send(form);
  });
}

/** The options stand first, so that the server can refuse before the song has come. @param {File} file @param {StemsOptions} options */
function formOf(file, options) {
  const form = new FormData();
  form.append("options", JSON.stringify(options));
  form.append("file", file, file.name);
  return form;
}

/** Speed of late, and what follows from it. Times in milliseconds on any clock. */
export class Pace {
  /** @type {Array<{at: number, sent: number}>} */
  #marks;
  #start;

  /** @param {number} now */
  constructor(now) {
    this.#start = now;
    this.#marks = [{ at: now, sent: 0 }];
  }

  /** @param {number} now @param {number} sent @param {number} total @returns {number|null} null: nobody can tell yet */
  secondsLeft(now, sent, total) {
    this.#marks.push({ at: now, sent });
    while (this.#marks.length > 2 && now - (this.#marks[0]?.at ?? now) > WINDOW_MILLISECONDS) this.#marks.shift();
    const first = this.#marks[0];
    if (!first || now - this.#start < EARLY_MILLISECONDS || sent <= first.sent) return null;
    return ((total - sent) * (now - first.at)) / (sent - first.sent) / 1000;
  }
}
