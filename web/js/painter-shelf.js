/**
 * What is kept while there is room: made when first asked for, let go when the least recently used must leave.
 * Whatever was asked for since the last `turn` stays, so that a frame never loses what it draws with.
 */

/** @template T @typedef {{value: T, bytes: number, turn: number}} Kept */

/** @template T */
export class Shelf {
  /** @type {Map<string, Kept<T>>} */
  #kept = new Map();
  #bytes = 0;
  #turn = 0;
  #room;
  #drop;

  /** @param {number} room bytes @param {(value: T) => void} drop */
  constructor(room, drop) {
    this.#room = room;
    this.#drop = drop;
  }

  get bytes() {
    return this.#bytes;
  }

  /** The next frame begins. */
  turn() {
    this.#turn += 1;
  }

  /** @param {string} key @param {() => {value: T, bytes: number}} make @returns {T} */
  get(key, make) {
    let found = this.#kept.get(key);
    if (found) this.#kept.delete(key); // and in again at the end, which makes the map's order that of use
    else {
      found = { ...make(), turn: 0 };
      this.#bytes += found.bytes;
    }
    found.turn = this.#turn;
    this.#kept.set(key, found);
    this.#makeRoom();
    return found.value;
  }

  clear() {
    for (const { value } of this.#kept.values()) this.#drop(value);
    this.#kept.clear();
    this.#bytes = 0;
  }

  #makeRoom() {
    for (const [key, { value, bytes, turn }] of this.#kept) {
      if (this.#bytes <= this.#room || turn === this.#turn) return;
      this.#kept.delete(key);
      this.#bytes -= bytes;
      this.#drop(value);
    }
  }
}
