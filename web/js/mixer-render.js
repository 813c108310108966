/**
 * The mix as a file: the same numbers as for the loudspeaker, without one, at full speed and full quality.
 * @import {Matrix} from "./mixer-gains.js"
 * @import {Lane, MixerState, WavFormat} from "./mixer-types.js"
 */
import { laneMatrices } from "./mixer-gains.js";
import { readExactly } from "./mixer-feed.js";
import { addPair } from "./mixer-tape.js";
import { WavWriter } from "./mixer-wav.js";

/** Read and written at once. */
const CHUNK_SECONDS = 1;

/** @typedef {{format?: WavFormat, onProgress?: (fraction: number) => void, signal?: AbortSignal}} RenderOptions */

/** @typedef {{blob: Blob, format: WavFormat, peak: number}} Rendered  format: as it was written; peak: of the loudest sample */

/**
 * What is set, as a WAV file. A mix that goes over full scale is written as 32-bit float whatever was asked, so that
 * nothing is cut off.
 * @param {ReadonlyArray<Lane>} lanes
 * @param {MixerState} state
 * @param {RenderOptions} [options]
 * @returns {Promise<Rendered>}
 */
export function renderMix(lanes, state, options) {
  const matrices = laneMatrices(state.original ? state.lanes.map((lane) => ({ ...lane, gainDb: 0, pan: 0, muted: false, soloed: false })) : state.lanes);
  return render(lanes.map((lane, index) => ({ lane, matrix: matrices[index] ?? [0, 0, 0, 0] })), options);
}

/** One lane as it is. @param {Lane} lane @param {RenderOptions} [options] */
export function renderLane(lane, options) {
  return render([{ lane, matrix: [1, 0, 0, 1] }], options);
}

/**
 * @param {ReadonlyArray<{lane: Lane, matrix: Matrix}>} parts
 * @param {RenderOptions} [options]
 * @returns {Promise<Rendered>}
 */
async function render(parts, { format = "wav24", onProgress = () => {}, signal } = {}) {
  const written = await attempt(parts, { format, onProgress, signal });
  return written ?? /** @type {Rendered} */ (await attempt(parts, { format: "wav32f", onProgress, signal }));
}

/**
 * @param {ReadonlyArray<{lane: Lane, matrix: Matrix}>} parts
 * @param {{format: WavFormat, onProgress: (fraction: number) => void, signal: AbortSignal|undefined}} options
 * @returns {Promise<Rendered|null>} null: it goes over what this format can hold
 */
async function attempt(parts, { format, onProgress, signal }) {
  const sampleRate = parts[0]?.lane.sampleRate ?? 44100;
  const frames = Math.round(Math.max(0, ...parts.map(({ lane }) => lane.seconds)) * sampleRate);
  const writer = new WavWriter({ sampleRate, frames, format });
  const heard = parts.filter(({ matrix }) => matrix.some((gain) => gain !== 0));
  let peak = 0;
  for (let start = 0; start < frames; start += CHUNK_SECONDS * sampleRate) {
    signal?.throwIfAborted();
    const count = Math.min(CHUNK_SECONDS * sampleRate, frames - start);
    const { left, right } = await sumOf(heard, start, count);
    for (let i = 0; i < count; i++) peak = Math.max(peak, Math.abs(left[i] ?? 0), Math.abs(right[i] ?? 0));
    if (peak > 1 && format !== "wav32f") return null;
    writer.write(left, right, count);
    onProgress((start + count) / frames);
  }
  return { blob: writer.finish(), format, peak };
}

/** @param {ReadonlyArray<{lane: Lane, matrix: Matrix}>} parts @param {number} start @param {number} count */
async function sumOf(parts, start, count) {
  const sums = { left: new Float64Array(count), right: new Float64Array(count) };
  const blocks = await Promise.all(parts.map(({ lane }) => readExactly(lane, start, count)));
  for (const [index, [left, right]] of blocks.entries()) {
    const { matrix } = /** @type {{matrix: Matrix}} */ (parts[index]);
    addPair({ left, right }, { a: matrix, b: matrix }, { at: 0, count }, sums);
  }
  return sums;
}
