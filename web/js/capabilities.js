/**
 * Whether a server for stems stands behind this page, and what it can do. It is asked when somebody wants to know,
 * never at start: the page works without.
 *
 * Event "change" whenever `state` or `known` changes.
 * @import {Api} from "./jobs-api.js"
 * @import {Capabilities} from "./protocol.js"
 */
import { ApiError, NO_SERVER } from "./jobs-api.js";

/**
 * unknown: not asked yet. here: `known` is what it can do. absent: `sentence` says why (offline, static hosting).
 * locked: it wants a token first.
 * @typedef {"unknown"|"asking"|"here"|"absent"|"locked"} ServerState
 */

export class Server extends EventTarget {
  #api;
  /** @type {Promise<void>|null} */
  #asking = null;
  /** @type {ServerState} */
  state = "unknown";
  /** @type {Capabilities|null} as last told */
  known = null;
  /** @type {string|null} */
  sentence = null;

  /** Whether the answer will be another one soon: a server or its separator is just starting. */
  passing = false;

  /** @param {{api: Api}} deps */
  constructor({ api }) {
    super();
    this.#api = api;
  }

  /** Ask what the server can do; what was known stays in sight meanwhile. Never rejects. @returns {Promise<void>} */
  ask() {
    this.#asking ??= this.#ask().finally(() => (this.#asking = null));
    return this.#asking;
  }

  /** A token for this server; rejects with the sentence that says why it is not taken. @param {string} token */
  async enter(token) {
    await this.#api.enter(token);
    await this.ask();
  }

  /** A request was refused for want of a token. @param {string} sentence */
  lock(sentence) {
    this.passing = false;
    this.#set("locked", sentence);
  }

  async #ask() {
    // What a person reads or types in stays in sight until there is news.
    if (this.state !== "here" && this.state !== "locked") this.#set("asking", null);
    try {
      this.known = await this.#api.capabilities();
      this.passing = !this.known.separation;
      this.#set("here", null);
    } catch (error) {
      const { status, message } =  error instanceof ApiError ? error : new ApiError(String(error));
      this.passing = status === 503;
      if (status === 401) this.#set("locked", message);
      else this.#set("absent", status === 404 || status === 0 ? NO_SERVER : message);
    }
  }

  /** @param {ServerState} state @param {string|null} sentence */
  #set(state, sentence) {
    this.state = state;
    this.sentence = sentence;
    this.dispatchEvent(new Event("change"));
  }
}
