/**
 * The server's HTTP API, without the upload: every failure is an `ApiError` with a sentence for a person.
 * @import {Capabilities, Job} from "./protocol.js"
 */

export const STEMS_URL = "/api/stems";
/** Nobody waits longer for an answer of a few hundred bytes. */
const PATIENCE_MILLISECONDS = 15_000;

export const NO_SERVER = "No server answers here, so only the quick preview on this device is possible.";
/** The server's own sentence is for programs here. */
export const LOCKED = "This server wants an access token before it works for you.";
const WRONG_TOKEN = "This server does not know this token.";
const UNREACHABLE = "The server does not answer. Check the connection and try again.";

/** No answer, too slow, too much at once, a gateway's or a starting server's errors. */
const PASSING = new Set([0, 408, 429, 502, 503, 504]);

/** What the server, or its absence, said. */
export class ApiError extends Error {
  /** @param {string} message @param {{status?: number, word?: string, retryAfterSeconds?: number|null}} [more] status 0: no answer at all */
  constructor(message, { status = 0, word = "", retryAfterSeconds = null } = {}) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.word = word;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  /** Whether another try may end otherwise without anybody doing anything. */
  get passing() {
    return PASSING.has(this.status);
  }
}

/** @typedef {ReturnType<typeof createApi>} Api */

/** @param {{fetch?: typeof fetch}} [options] */
export function createApi({ fetch: ask = (...args) => fetch(...args) } = {}) {
  /** @param {string} url @param {RequestInit} [init] @returns {Promise<any>} */
  const call = async (url, init = {}) => {
    const response = await ask(url, { signal: AbortSignal.timeout(PATIENCE_MILLISECONDS), cache: "no-store", ...init }).catch(() => {
      throw new ApiError(UNREACHABLE);
    });
    const text = await response.text().catch(() => "");
    if (!response.ok) throw refusal(response.status, text, response.headers.get("retry-after"));
    return read(text);
  };
  return {
    /** @returns {Promise<Capabilities>} */
    capabilities: () => call("/api/capabilities"),
    /** @param {string} id @returns {Promise<Job>} */
    job: (id) => call(jobUrl(id)),
    /** Cancels a job, or removes the files of a finished one. @param {string} id @returns {Promise<Job>} */
    remove: (id) => call(jobUrl(id), { method: "DELETE" }),
    /** Exchange an access token for a cookie: neither event streams nor downloads can carry it. @param {string} token */
    async enter(token) {
      if (!/^[!-~]+$/.test(token)) throw new ApiError(WRONG_TOKEN, { status: 401 });
      await call("/api/session", { method: "POST", headers: { authorization: `Bearer ${token}` } }).catch((error) => {
        throw error.status === 401 ? new ApiError(WRONG_TOKEN, { status: 401 }) : error;
      });
    },
  };
}

/** @param {string} id */
export function jobUrl(id) {
  return `/api/jobs/${encodeURIComponent(id)}`;
}

/** @param {string} text @returns {any} */
export function read(text) {
  if (text === "") return null;
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError("What answers here is no Keylight server.", { status: 404 });
  }
}

/**
 * The error of an answer that is none: the server's own sentence where it has one.
 * @param {number} status @param {string} text @param {string|null} retryAfter seconds, as the header has them
 */
export function refusal(status, text, retryAfter) {
  const seconds = Number.parseFloat(retryAfter ?? "");
  const { error = "", message = "" } = bodyOf(text);
  return new ApiError((status !== 401 && message) || sentenceOf(status), { status, word: error, retryAfterSeconds: Number.isFinite(seconds) ? Math.max(0, seconds) : null });
}

/** @param {string} text @returns {{error?: string, message?: string}} */
function bodyOf(text) {
  try {
    const body = JSON.parse(text);
    return typeof body?.message === "string" ? body : {};
  } catch {
    return {};
  }
}

/** For proxies and servers that say nothing themselves. @param {number} status */
function sentenceOf(status) {
  if (status === 0) return UNREACHABLE;
  if (status === 401) return LOCKED;
  if (status === 404) return "The server does not know this job (any more).";
  if (status === 413) return "The file is too large for this server.";
  if (status === 429) return "The server has enough to do just now.";
  return status >= 500 ? `The server failed (status ${status}). Try again in a while.` : `The server refused this (status ${status}).`;
}
