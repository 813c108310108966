/**
 * The heart of the mixer, in the audio thread: a tape of all lanes, their gains, one sum, and the time stretcher behind
 * it where the speed is not 1. Lanes are in step because there is only one place on the tape; at speed 1 the sum goes
 * out untouched. Pure but for the stretcher, so that Node tests it.
 * @import {Matrix} from "./mixer-gains.js"
 * @import {Stretch} from "./mixer-stretch.js"
 * @import {Block, Sums} from "./mixer-tape.js"
 */
import { Tape } from "./mixer-tape.js";

/**
 * tape: which tape the place is on. place: the sample that is heard at `frame`, with a fraction when stretched. peaks:
 * the loudest sample of each pair since the last report, and of what goes out, left and right. starved: it waits for
 * samples.
 * @typedef {{tape: number, place: number, frame: number, running: boolean, starved: boolean, ended: boolean, peaks: Float32Array}} Report
 */

/** Start, pause and seek fade this long, so that they do not crackle. */
const FADE_SECONDS = 0.008;
/** A gain moves to its new value in this time: no zipper, and still at once. */
const GLIDE_SECONDS = 0.012;
/** Playing begins, or goes on after a gap, with this much in hand. */
const ENOUGH_SECONDS = 0.4;
/** Played samples stay this long: going back to speed 1 needs what the stretcher has taken but not given. */
const KEPT_SECONDS = 1;
/** The largest block that the audio thread ever asks for; the Web Audio API's is 128. */
const LARGEST = 2048;
/** Fastest speed, with room. */
const LARGEST_INPUT = 2 * LARGEST;

export class MixEngine {
  #pairs;
  #rate;
  /** @type {Stretch|null} */
  #stretch;
  #tape;
  #tapeNumber = 0;
  /** @type {{tape: Tape, number: number, place: number}|null} what plays as soon as the old has faded */
  #next = null;
  /** The first sample of the tape that has not gone into the output, or into the stretcher. */
  #place = 0;
  #speed = 1;
  #stretching = false;
  #owed = 0;
  /** What the stretcher took for its last `outputLatency` samples of output, block by block. @type {Array<{input: number, output: number}>} */
  #taken = [];
  #wanted = false;
  #level = 0;
  #starved = true;
  /** @type {Matrix[]} */
  #gains;
  /** @type {Matrix[]} */
  #targets;
  #gliding = 0;
  #peaks;
  /** @type {Sums} */
  #sums = { left: new Float64Array(LARGEST_INPUT), right: new Float64Array(LARGEST_INPUT) };

  /** @param {{pairs: number, sampleRate: number, stretch: Stretch|null}} shape */
  constructor({ pairs, sampleRate, stretch }) {
    this.#pairs = pairs;
    this.#rate = sampleRate;
    this.#stretch = stretch;
    this.#tape = new Tape(pairs);
    this.#gains = Array.from({ length: pairs }, () => [1, 0, 0, 1]);
    this.#targets = this.#gains;
    this.#peaks = new Float32Array(2 * pairs + 2);
  }

  /** Whether other speeds than 1 can be had. */
  get stretches() {
    return this.#stretch !== null;
  }

  /** A new tape: it plays once the old one has faded. @param {number} number */
  reset(number) {
    this.#next = { tape: new Tape(this.#pairs), number, place: 0 };
    if (!this.#running) this.#takeNext();
  }

  /** @param {number} number of the tape @param {Block} block */
  append(number, block) {
    this.#find(number)?.append(block);
  }

  /** Forget a tape from `place` on. @param {number} number @param {number} place */
  cut(number, place) {
    this.#find(number)?.cut(place);
  }

  /** @param {number} number of the tape that gets no more */
  finish(number) {
    this.#find(number)?.finish();
  }

  /** @param {boolean} wanted */
  play(wanted) {
    this.#wanted = wanted;
  }

  /** @param {ReadonlyArray<Matrix>} matrices by pair */
  setGains(matrices) {
    this.#targets = matrices.map((matrix) => [...matrix]);
    this.#gliding = this.#running ? Math.round(GLIDE_SECONDS * this.#rate) : 0;
    if (!this.#running) this.#gains = this.#targets;
  }

  /** @param {number} speed 1 without a stretcher */
  setSpeed(speed) {
    this.#speed = this.#stretch ? speed : 1;
  }

  /** Something sounds, or is fading. */
  get #running() {
    return this.#level > 0 || (this.#wanted && !this.#starved);
  }

  /** The sample that is heard now. */
  get place() {
    return this.#stretching && this.#stretch ? this.#place - this.#lag(this.#stretch) : this.#place;
  }

  /** @param {number} frame of the context @returns {Report} peaks start anew */
  report(frame) {
    const peaks = this.#peaks.slice();
    this.#peaks.fill(0);
    return {
      tape: this.#tapeNumber, place: this.place, frame, running: this.#wanted && !this.#starved && !this.#next,
      starved: this.#wanted && this.#starved, ended: this.#isOver(), peaks,
    };
  }

  /** Fill one block of the output. @param {Float32Array} left @param {Float32Array} right as long */
  process(left, right) {
    const count = left.length;
    left.fill(0);
    right.fill(0);
    if (this.#next && this.#level === 0) this.#takeNext();
    this.#starved &&= !this.#hasEnough();
    if (!this.#next && this.#level === 0 && (!this.#wanted || this.#starved || this.#isOver())) return;
    if (!this.#fill(left, right, count)) this.#starve();
    this.#fade(left, right);
    const own = 2 * this.#pairs;
    this.#peaks[own] = Math.max(this.#peaks[own] ?? 0, loudest(left));
    this.#peaks[own + 1] = Math.max(this.#peaks[own + 1] ?? 0, loudest(right));
    this.#tape.drop(this.#place - KEPT_SECONDS * this.#rate);
  }

  /** @param {Float32Array} left @param {Float32Array} right @param {number} count @returns {boolean} false: samples are missing */
  #fill(left, right, count) {
    const stretching = this.#speed !== 1;
    if (stretching === this.#stretching || this.#level === 0) {
      if (stretching !== this.#stretching && !this.#switch(stretching)) return false;
      return this.#render(left, right, count);
    }
    // From one way of playing to the other, over one block.
    const before = [left.slice(), right.slice()];
    const [oldLeft, oldRight] = /** @type {[Float32Array, Float32Array]} */ (before);
    const [place, owed, gains, gliding] = [this.place, this.#owed, this.#gains, this.#gliding];
    if (!this.#render(oldLeft, oldRight, count)) return false;
    [this.#gains, this.#gliding] = [gains, gliding];
    if (!this.#switchAt(stretching, place) || !this.#render(left, right, count)) {
      this.#owed = owed;
      return false;
    }
    for (let i = 0; i < count; i++) {
      const share = (i + 1) / count;
      left[i] = (1 - share) * (oldLeft[i] ?? 0) + share * (left[i] ?? 0);
      right[i] = (1 - share) * (oldRight[i] ?? 0) + share * (right[i] ?? 0);
    }
    return true;
  }

  /** @param {boolean} stretching */
  #switch(stretching) {
    return this.#switchAt(stretching, this.place);
  }

  /** @param {boolean} stretching @param {number} place that is heard now @returns {boolean} false: samples are missing */
  #switchAt(stretching, place) {
    if (stretching && this.#stretch) {
      const start = Math.round(place);
      if (this.#tape.available(start) < this.#latency(this.#stretch) + LARGEST) return false;
      this.#stretching = true;
      this.#prime(this.#stretch, start);
    } else {
      this.#stretching = false;
      this.#place = Math.round(place);
    }
    return true;
  }

  /**
   * Let the stretcher run up, so that what comes out next is what lies at `start`: it needs what lies `inputLatency`
   * after, and gives it `outputLatency` later.
   * @param {Stretch} stretch @param {number} start
   */
  #prime(stretch, start) {
    this.#owed = 0;
    this.#taken = [];
    this.#place = start + stretch.inputLatency;
    const { left, right } = stretch.buffers();
    this.#sumInto(this.#place - stretch.primeLength, stretch.primeLength, left, right);
    stretch.prime(this.#speed);
    for (let done = 0; done < stretch.outputLatency; ) {
      const step = Math.min(128, stretch.outputLatency - done);
      this.#feed(stretch, step, null);
      done += step;
    }
  }

  /** @param {Float32Array} left @param {Float32Array} right @param {number} count @returns {boolean} */
  #render(left, right, count) {
    if (!this.#stretching || !this.#stretch) {
      if (this.#tape.available(this.#place) < count) return false;
      this.#mix(this.#place, count, this.#peaks);
      left.set(this.#sums.left.subarray(0, count));
      right.set(this.#sums.right.subarray(0, count));
      this.#place += count;
      return true;
    }
    if (this.#tape.available(this.#place) < count * this.#speed + 1) return false;
    this.#feed(this.#stretch, count, this.#peaks);
    const { outLeft, outRight } = this.#stretch.buffers();
    left.set(outLeft.subarray(0, count));
    right.set(outRight.subarray(0, count));
    return true;
  }

  /** Move the stretcher on by `count` samples of output. @param {Stretch} stretch @param {number} count @param {Float32Array|null} peaks */
  #feed(stretch, count, peaks) {
    this.#owed += count * this.#speed;
    const input = Math.floor(this.#owed);
    this.#owed -= input;
    const { left, right } = stretch.buffers();
    this.#mix(this.#place, input, peaks);
    left.set(this.#sums.left.subarray(0, input));
    right.set(this.#sums.right.subarray(0, input));
    this.#place += input;
    this.#taken.push({ input, output: count });
    for (let given = this.#given(); given - (this.#taken[0]?.output ?? 0) >= stretch.outputLatency; given = this.#given()) this.#taken.shift();
    stretch.process(input, count);
  }

  /** What lies on the tape, summed as it is heard now, without a glide. @param {number} place @param {number} count @param {Float32Array} left @param {Float32Array} right */
  #sumInto(place, count, left, right) {
    for (let done = 0; done < count; ) {
      const step = Math.min(LARGEST_INPUT, count - done);
      this.#tape.mix(place + done, step, { from: this.#gains, to: this.#gains }, this.#sums, null);
      left.set(this.#sums.left.subarray(0, step), done);
      right.set(this.#sums.right.subarray(0, step), done);
      done += step;
    }
  }

  /** The sum with gains on their way. @param {number} place @param {number} count @param {Float32Array|null} peaks */
  #mix(place, count, peaks) {
    const from = this.#gains;
    if (this.#gliding > 0) {
      const share = Math.min(1, count / this.#gliding);
      this.#gains = share === 1 ? this.#targets : from.map((matrix, pair) => between(matrix, this.#targets[pair] ?? matrix, share));
      this.#gliding = Math.max(0, this.#gliding - count);
    }
    this.#tape.mix(place, count, { from, to: this.#gains }, this.#sums, peaks);
  }

  /** @param {Float32Array} left @param {Float32Array} right */
  #fade(left, right) {
    const target = this.#wanted && !this.#next && !this.#starved ? 1 : 0;
    if (this.#level === 1 && target === 1) return;
    const step = 1 / (FADE_SECONDS * this.#rate);
    for (let i = 0; i < left.length; i++) {
      this.#level = target === 1 ? Math.min(1, this.#level + step) : Math.max(0, this.#level - step);
      left[i] = (left[i] ?? 0) * this.#level;
      right[i] = (right[i] ?? 0) * this.#level;
    }
  }

  #starve() {
    this.#starved = true;
    this.#level = 0;
  }

  #takeNext() {
    if (!this.#next) return;
    this.#tape = this.#next.tape;
    this.#tapeNumber = this.#next.number;
    this.#place = this.#next.place;
    this.#next = null;
    this.#starved = true;
    this.#stretching = false;
    this.#owed = 0;
    this.#gains = this.#targets;
    this.#gliding = 0;
  }

  #hasEnough() {
    const latency = this.#stretch && this.#speed !== 1 ? this.#latency(this.#stretch) + LARGEST : 0;
    return this.#tape.available(Math.round(this.place)) >= Math.max(ENOUGH_SECONDS * this.#rate, latency);
  }

  #isOver() {
    return this.#tape.isOver && this.place >= this.#tape.end;
  }

  #given() {
    return this.#taken.reduce((sum, { output }) => sum + output, 0);
  }

  /** How far the stretcher's input is ahead of what it gives, at the speeds that it had: samples of the tape. @param {Stretch} stretch */
  #lag(stretch) {
    const input = this.#taken.reduce((sum, each) => sum + each.input, 0);
    return stretch.inputLatency + (input * stretch.outputLatency) / Math.max(1, this.#given());
  }

  /** The same, ahead of time, at the speed that is set. @param {Stretch} stretch */
  #latency(stretch) {
    return stretch.inputLatency + stretch.outputLatency * this.#speed;
  }

  /** @param {number} number */
  #find(number) {
    if (this.#next?.number === number) return this.#next.tape;
    return this.#tapeNumber === number ? this.#tape : null;
  }
}

/** @param {Readonly<Matrix>} from @param {Readonly<Matrix>} to @param {number} share @returns {Matrix} */
function between(from, to, share) {
  return /** @type {Matrix} */ (from.map((value, index) => value + share * ((to[index] ?? value) - value)));
}

/** @param {Float32Array} samples */
function loudest(samples) {
  let top = 0;
  for (const sample of samples) top = Math.max(top, Math.abs(sample));
  return top;
}
