/**
 * What has been read of a song's lanes, in the order in which it will be heard: blocks of all lanes together, so that
 * no lane can ever be ahead of another. A place on the tape is a whole number of samples since it began; a loop or a
 * seek changes what follows on the tape, never where it is. Pure; it runs in the audio thread.
 * @import {Matrix} from "./mixer-gains.js"
 */

/**
 * @typedef {object} Block
 * @property {number} start                   its place on the tape
 * @property {number} count                   samples
 * @property {Float32Array} samples           [pairs * 2, count]: left, right of each pair
 */

/** @typedef {{left: Float64Array, right: Float64Array}} Sums */

export class Tape {
  /** @type {Block[]} */
  #blocks = [];
  #pairs;
  #start = 0;
  #end = 0;
  #over = false;

  /** @param {number} pairs stereo signals side by side */
  constructor(pairs) {
    this.#pairs = pairs;
  }

  /** Where the next block belongs. */
  get end() {
    return this.#end;
  }

  /** Nothing will come after `end`. */
  get isOver() {
    return this.#over;
  }

  /** @param {Block} block at `end` */
  append({ start, count, samples }) {
    if (start !== this.#end) throw new Error(`Expected a block at ${this.#end}, got one at ${start}.`);
    if (samples.length !== 2 * this.#pairs * count) throw new Error(`Expected ${2 * this.#pairs * count} samples, got ${samples.length}.`);
    if (count > 0) this.#blocks.push({ start, count, samples });
    this.#end += count;
  }

  /** What comes after `end` is silence. */
  finish() {
    this.#over = true;
  }

  /** Forget everything from `place` on: something else will follow. @param {number} place */
  cut(place) {
    this.#end = Math.min(this.#end, Math.max(place, this.#start));
    this.#over = false;
    while ((this.#blocks.at(-1)?.start ?? -1) >= this.#end) this.#blocks.pop();
    const last = this.#blocks.at(-1);
    if (last && last.start + last.count > this.#end) this.#blocks.push(shortened(/** @type {Block} */ (this.#blocks.pop()), this.#end - last.start, this.#pairs));
  }

  /** Let go of the blocks that end before `place`. @param {number} place */
  drop(place) {
    while (this.#blocks[0] && this.#blocks[0].start + this.#blocks[0].count <= place) this.#blocks.shift();
    this.#start = this.#blocks[0]?.start ?? this.#end;
  }

  /** How many samples can be played from `place` on. @param {number} place */
  available(place) {
    return this.#over ? Infinity : Math.max(0, this.#end - place);
  }

  /**
   * Add all pairs up, each multiplied with its matrix, which moves evenly from `from` to `to`. What the tape does not
   * hold is silence.
   * @param {number} place @param {number} count
   * @param {{from: ReadonlyArray<Matrix>, to: ReadonlyArray<Matrix>}} matrices by pair
   * @param {Sums} sums is overwritten up to `count`
   * @param {Float32Array|null} peaks [pairs * 2] grow to the loudest sample of each pair, left and right
   */
  mix(place, count, matrices, sums, peaks) {
    sums.left.fill(0, 0, count);
    sums.right.fill(0, 0, count);
    for (const block of this.#blocks) {
      const first = Math.max(place, block.start);
      const last = Math.min(place + count, block.start + block.count);
      if (first < last) this.#addBlock(block, first - block.start, last - first, { at: first - place, count }, matrices, sums, peaks);
    }
  }

  /**
   * @param {Block} block @param {number} from @param {number} size
   * @param {{at: number, count: number}} span where that lies in the whole
   * @param {{from: ReadonlyArray<Matrix>, to: ReadonlyArray<Matrix>}} matrices @param {Sums} sums @param {Float32Array|null} peaks
   */
  #addBlock({ count, samples }, from, size, span, matrices, sums, peaks) {
    for (let pair = 0; pair < this.#pairs; pair++) {
      const [a, b] = [matrices.from[pair], matrices.to[pair]];
      if (!a || !b || (isSilent(a) && isSilent(b))) continue;
      const start = 2 * pair * count + from;
      const left = samples.subarray(start, start + size);
      const right = samples.subarray(start + count, start + count + size);
      const loudest = addPair({ left, right }, { a, b }, span, sums);
      if (!peaks) continue;
      peaks[2 * pair] = Math.max(peaks[2 * pair] ?? 0, loudest[0]);
      peaks[2 * pair + 1] = Math.max(peaks[2 * pair + 1] ?? 0, loudest[1]);
    }
  }
}

/** @param {Readonly<Matrix>} matrix */
function isSilent(matrix) {
  return matrix[0] === 0 && matrix[1] === 0 && matrix[2] === 0 && matrix[3] === 0;
}

/**
 * @param {{left: Float32Array, right: Float32Array}} input
 * @param {{a: Readonly<Matrix>, b: Readonly<Matrix>}} matrices at the span's start and end
 * @param {{at: number, count: number}} span @param {Sums} sums
 * @returns {[number, number]} the loudest sample on either side
 */
export function addPair({ left, right }, { a, b }, { at, count }, sums) {
  const [da, db, dc, dd] = [b[0] - a[0], b[1] - a[1], b[2] - a[2], b[3] - a[3]];
  let [topLeft, topRight] = [0, 0];
  for (let i = 0; i < left.length; i++) {
    // A gain at rest is b exactly: nothing is lost to the way there.
    const rest = 1 - (at + i + 1) / count;
    const [l, r] = [left[i] ?? 0, right[i] ?? 0];
    const outLeft = (b[0] - rest * da) * l + (b[1] - rest * db) * r;
    const outRight = (b[2] - rest * dc) * l + (b[3] - rest * dd) * r;
    sums.left[at + i] = (sums.left[at + i] ?? 0) + outLeft;
    sums.right[at + i] = (sums.right[at + i] ?? 0) + outRight;
    topLeft = Math.max(topLeft, Math.abs(outLeft));
    topRight = Math.max(topRight, Math.abs(outRight));
  }
  return [topLeft, topRight];
}

/** @param {Block} block @param {number} count @param {number} pairs @returns {Block} */
function shortened(block, count, pairs) {
  const samples = new Float32Array(2 * pairs * count);
  for (let row = 0; row < 2 * pairs; row++) samples.set(block.samples.subarray(row * block.count, row * block.count + count), row * count);
  return { start: block.start, count, samples };
}
