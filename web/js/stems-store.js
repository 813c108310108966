/**
 * The separations that this browser knows: those of this visit on the device, and the server's jobs, which are kept
 * so that they are found again after the page was closed. Updates replace an entry, never change it in place.
 *
 * Event "change" (detail: {id, structure}); structure: an entry came or went.
 * @import {Job, StemsOptions} from "./protocol.js"
 */

/**
 * uploading: `fraction` and `secondsLeft` are the upload's. holding: it is tried again at `retryAt`, `error` says why.
 * queued, running: the job's. done, failed, cancelled, expired: the end.
 * @typedef {"uploading"|"holding"|"queued"|"running"|"done"|"failed"|"cancelled"|"expired"} SeparationState
 */

/**
 * @typedef {object} Separation
 * @property {string} id                  the page's own name for it
 * @property {"device"|"server"} place
 * @property {string} song                identity of its file, as in intake-files.js
 * @property {string} title
 * @property {string|null} artist
 * @property {number} bytes               of the file
 * @property {StemsOptions} options
 * @property {string} label               of the model, for people
 * @property {number} createdAt           milliseconds since 1970
 * @property {string} key                 Idempotency-Key: a try that is sent twice is one job
 * @property {string|null} jobId          the server's name for it, once it has one
 * @property {SeparationState} state
 * @property {string} stage               the server's or the engine's word
 * @property {number} fraction            0-1 of the upload or of the work
 * @property {number|null} secondsLeft
 * @property {number|null} queuePosition  1: the next
 * @property {number|null} retryAt        milliseconds since 1970
 * @property {string|null} error          one sentence
 * @property {boolean} connected          false: the server does not answer, and is asked again
 * @property {Job|null} job               as the server last told it
 */

/** What is kept. @typedef {{read: () => Separation[], write: (entry: Separation) => void, remove: (id: string) => void, listen: (onEntry: (id: string, entry: Separation|null) => void) => void}} Kept */

const FINAL = new Set(["done", "failed", "cancelled", "expired"]);

export class Separations extends EventTarget {
  /** @type {Map<string, Separation>} */
  #entries = new Map();
  #kept;

  /** @param {Kept|null} [kept] where the server's jobs are remembered */
  constructor(kept = null) {
    super();
    this.#kept = kept;
    for (const entry of kept?.read() ?? []) this.#entries.set(entry.id, entry);
    kept?.listen((id, entry) => this.#fromAnotherTab(id, entry));
  }

  /** Newest first. @returns {Separation[]} */
  get list() {
    return [...this.#entries.values()].sort((one, other) => other.createdAt - one.createdAt);
  }

  /** @param {string} id @returns {Separation|null} */
  get(id) {
    return this.#entries.get(id) ?? null;
  }

  /** The separations of one file, newest first. @param {string} song */
  of(song) {
    return this.list.filter((entry) => entry.song === song);
  }

  /** @param {Separation} entry */
  add(entry) {
    this.#put(entry, true);
  }

  /** @param {string} id @param {Partial<Separation>} patch @returns {boolean} false: there is no such entry (any more) */
  update(id, patch) {
    const entry = this.#entries.get(id);
    if (!entry) return false;
    this.#put({ ...entry, ...patch, id }, false);
    return true;
  }

  /** @param {string} id */
  remove(id) {
    if (!this.#entries.delete(id)) return;
    this.#kept?.remove(id);
    this.#tell(id, true);
  }

  /** @param {Separation} entry @param {boolean} structure */
  #put(entry, structure) {
    this.#entries.set(entry.id, entry);
    if (entry.place === "server") this.#kept?.write(entry);
    this.#tell(entry.id, structure);
  }

  /** @param {string} id @param {Separation|null} entry null: it was removed */
  #fromAnotherTab(id, entry) {
    const known = this.#entries.has(id);
    if (entry) this.#entries.set(id, entry);
    else this.#entries.delete(id);
    if (known || entry) this.#tell(id, known !== (entry !== null));
  }

  /** @param {string} id @param {boolean} structure */
  #tell(id, structure) {
    this.dispatchEvent(new CustomEvent("change", { detail: { id, structure } }));
  }
}

/** @param {Pick<Separation, "state">} entry */
export function isFinal({ state }) {
  return FINAL.has(state);
}

/**
 * A separation that begins.
 * @param {Pick<Separation, "place"|"song"|"title"|"artist"|"bytes"|"options"|"label"> & Partial<Separation>} known
 * @returns {Separation}
 */
export function newSeparation(known) {
  return {
    id: randomName(), createdAt: Date.now(), key: randomName(), jobId: null, state: "queued", stage: "", fraction: 0, secondsLeft: null,
    queuePosition: null, retryAt: null, error: null, connected: true, job: null, ...known,
  };
}

/** 128 random bits in hex. (`randomUUID` is for secure origins only.) */
export function randomName() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
