/**
 * What comes next on the tape: stretches of the song one after another, with the jumps of a loop between them. Pure
 * but for reading the lanes.
 * @import {Lane, Loop, Stereo} from "./mixer-types.js"
 */

/** From `place` on the tape the song runs on from `sample`. @typedef {{place: number, sample: number}} Anchor */

/** A jump is blended over this time into what lies before the loop's start, so that it does not click. */
const BLEND_SECONDS = 0.006;
/** Long enough for few messages, short enough to start at once. */
const CHUNK_SECONDS = 0.25;

/**
 * What to read next.
 * @param {number} sample where the song stands
 * @param {{length: number, rate: number, loop: Loop|null}} song length in samples; loop: null while none is repeated
 * @returns {{start: number, count: number, next: number, blend: {start: number, count: number}|null}} next: where the
 *   song stands after it; blend: the end of it fades into these samples, which lead up to `next`. count 0: the song is over
 */
export function nextSpan(sample, { length, rate, loop }) {
  const chunk = Math.round(CHUNK_SECONDS * rate);
  const bounds = loop ? loopSamples(loop, { length, rate }) : null;
  // Behind the loop it plays on to the end of the song.
  if (!bounds || sample >= bounds.end) {
    const count = Math.max(0, Math.min(chunk, length - sample));
    return { start: sample, count, next: sample + count, blend: null };
  }
  const left = bounds.end - sample;
  // The jump and its blend are never cut in two.
  const size = Math.min(Math.round(BLEND_SECONDS * rate), bounds.end - bounds.start, left);
  const count = left <= chunk + size ? left : chunk;
  if (count < left) return { start: sample, count, next: sample + count, blend: null };
  return { start: sample, count, next: bounds.start, blend: { start: bounds.start - size, count: size } };
}

/** @param {Loop} loop @param {{length: number, rate: number}} song @returns {{start: number, end: number}} samples */
export function loopSamples({ startSeconds, endSeconds }, { length, rate }) {
  const start = Math.min(length - 1, Math.round(startSeconds * rate));
  return { start, end: Math.max(start + 1, Math.min(length, Math.round(endSeconds * rate))) };
}

/**
 * Read one span of all lanes into one piece of memory.
 * @param {ReadonlyArray<Lane>} lanes
 * @param {ReturnType<typeof nextSpan>} span
 * @returns {Promise<Float32Array>} [lanes * 2, count]
 */
export async function readSpan(lanes, { start, count, blend }) {
  const samples = new Float32Array(2 * lanes.length * count);
  await Promise.all(lanes.map(async (lane, index) => {
    const planes = await readExactly(lane, start, count);
    // Before the song there is silence.
    const early = blend ? Math.max(0, -blend.start) : 0;
    const lead = blend ? await readExactly(lane, blend.start + early, blend.count - early) : null;
    for (const [channel, plane] of planes.entries()) {
      const row = samples.subarray((2 * index + channel) * count, (2 * index + channel + 1) * count);
      row.set(plane);
      if (lead && blend) blendEnd(row, /** @type {Float32Array} */ (lead[channel]), blend.count, early);
    }
  }));
  return samples;
}

/** @param {Lane} lane @param {number} start @param {number} count @returns {Promise<Stereo>} */
export async function readExactly(lane, start, count) {
  const [left, right] = await lane.read(start, count);
  if (left.length !== count || right.length !== count) throw new Error(`${lane.label}: expected ${count} samples at ${start}, got ${left.length} and ${right.length}.`);
  return [left, right];
}

/**
 * The last `count` samples of a row turn evenly into `lead`, whose first `early` samples are silence and left out.
 * @param {Float32Array} row @param {Float32Array} lead @param {number} count @param {number} early
 */
function blendEnd(row, lead, count, early) {
  const at = row.length - count;
  for (let i = 0; i < count; i++) {
    const share = (i + 1) / (count + 1);
    row[at + i] = (1 - share) * (row[at + i] ?? 0) + share * (lead[i - early] ?? 0);
  }
}

/** Which sample of the song lies at a place of the tape. @param {ReadonlyArray<Anchor>} anchors ascending, at least one @param {number} place */
export function sampleAt(anchors, place) {
  let found = anchors[0] ?? { place: 0, sample: 0 };
  for (const anchor of anchors) if (anchor.place <= place) found = anchor;
  return found.sample + Math.max(0, place - found.place);
}
