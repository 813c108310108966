/**
 * The one clock of playback: which second of the track sounds at which time of the AudioContext, in whole frames of
 * the context so that neighbouring blocks meet without a gap. Pure.
 */

export class PlayClock {
  #rate;
  #originFrame;
  #originSeconds;

  /**
   * @param {number} rate            frames per second of the context
   * @param {number} contextSeconds  when playback begins
   * @param {number} trackSeconds    at which second of the track
   */
  constructor(rate, contextSeconds, trackSeconds) {
    this.#rate = rate;
    this.#originFrame = Math.ceil(contextSeconds * rate);
    this.#originSeconds = trackSeconds;
  }

  /** The second of the track at which this clock began. */
  get startSeconds() {
    return this.#originSeconds;
  }

  /** Context time at which a second of the track sounds: a whole frame. @param {number} trackSeconds */
  timeOf(trackSeconds) {
    return (this.#originFrame + Math.round((trackSeconds - this.#originSeconds) * this.#rate)) / this.#rate;
  }

  /** The second of the track that sounds at a context time. @param {number} contextSeconds */
  secondAt(contextSeconds) {
    return this.#originSeconds + contextSeconds - this.#originFrame / this.#rate;
  }

  /** Everything from now on sounds this much later (the decoder did not keep up). @param {number} seconds */
  delay(seconds) {
    this.#originFrame += Math.ceil(seconds * this.#rate);
  }
}

/** @typedef {{seconds: number, downbeat: boolean}} Click */

/** A beat and a downbeat this near are the same. */
const SAME_SECONDS = 0.005;

/**
 * The clicks of a grid with `from` <= seconds < `to`.
 * @param {{beats: ArrayLike<number>, downbeats: ArrayLike<number>}} grid seconds, ascending
 * @param {number} from
 * @param {number} to
 * @returns {Click[]}
 */
export function clicksBetween({ beats, downbeats }, from, to) {
  /** @type {Click[]} */
  const clicks = [];
  for (let i = firstAtLeast(beats, from); i < beats.length; i++) {
    const seconds = beats[i] ?? Infinity;
    if (seconds >= to) break;
    const near = downbeats[firstAtLeast(downbeats, seconds - SAME_SECONDS)] ?? Infinity;
    clicks.push({ seconds, downbeat: near <= seconds + SAME_SECONDS });
  }
  return clicks;
}

/** Index of the first value that is at least `least`. @param {ArrayLike<number>} values ascending @param {number} least */
export function firstAtLeast(values, least) {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] ?? Infinity) < least) low = middle + 1;
    else high = middle;
  }
  return low;
}
