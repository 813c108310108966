/**
 * Whose turn it is with Python, which does one long thing at a time: say a track's answer, or its details.
 *
 * A file that waits for its answer goes before the details of earlier ones, since key and tempo are what people came
 * for. But a track that waits for its details keeps its features in Python's memory (some 15 MB a song), so only few may.
 */

/** How many tracks may wait for their details before a file that waits for its answer stands back. */
export const MOST_WAITING_FOR_DETAILS = 2;

/** @typedef {"answer"|"details"} TurnKind */
/** Somebody who takes turns. @typedef {{id: number, controller: AbortController}} Taker */
/** @typedef {{taker: Taker, kind: TurnKind, go: () => void}} Turn */

export class Turns {
  #prefers;
  /** @type {Taker|null} */
  #holder = null;
  /** @type {Turn[]} */
  #waiting = [];

  /** @param {(id: number) => boolean} prefers whose details go first: the track that is looked at */
  constructor(prefers = () => false) {
    this.#prefers = prefers;
  }

  /** Whether this kind of turn would have to wait now. */
  get taken() {
    return this.#holder !== null;
  }

  /**
   * Wait for a turn; it lasts until `leave` or the next `take`. Rejects with the reason when the taker is aborted.
   * @param {Taker} taker @param {TurnKind} kind
   * @returns {Promise<void>}
   */
  take(taker, kind) {
    const { signal } = taker.controller;
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const abort = () => {
        this.#waiting = this.#waiting.filter((each) => each !== turn);
        reject(signal.reason);
      };
      const turn = { taker, kind, go: () => (signal.removeEventListener("abort", abort), resolve()) };
      signal.addEventListener("abort", abort, { once: true });
      this.#waiting.push(turn);
      if (this.#holder === taker) this.#holder = null;
      this.#advance();
    });
  }

  /** Whoever does not have the turn may say so, too. @param {Taker} taker */
  leave(taker) {
    if (this.#holder !== taker) return;
    this.#holder = null;
    this.#advance();
  }

  #advance() {
    const next = this.#holder ? undefined : this.#next();
    if (!next) return;
    this.#holder = next.taker;
    this.#waiting = this.#waiting.filter((each) => each !== next);
    next.go();
  }

  /** @returns {Turn|undefined} */
  #next() {
    const details = this.#waiting.filter(({ kind }) => kind === "details");
    const answer = this.#waiting.find(({ kind }) => kind === "answer");
    if (answer && details.length < MOST_WAITING_FOR_DETAILS) return answer;
    return details.find(({ taker }) => this.#prefers(taker.id)) ?? details[0];
  }
}
