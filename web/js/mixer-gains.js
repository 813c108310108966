/**
 * From what a person has set to the numbers that samples are multiplied with. Pure; the loudspeaker and the file that
 * is saved both come from here.
 * @import {LaneSetting, MixerState} from "./mixer-types.js"
 */

/** The bottom of a fader is silence. */
export const LOWEST_DB = -48;
export const HIGHEST_DB = 6;

/** How left and right go to left and right: [left to left, right to left, left to right, right to right]. @typedef {[number, number, number, number]} Matrix */

/** @type {Readonly<Matrix>} */
const UNTOUCHED = [1, 0, 0, 1];
/** @type {Readonly<Matrix>} */
const SILENT = [0, 0, 0, 0];

/** @param {number} db @returns {number} */
export function dbToGain(db) {
  return db <= LOWEST_DB ? 0 : 10 ** (db / 20);
}

/** @param {number} gain @returns {number} -Infinity for silence */
export function gainToDb(gain) {
  return 20 * Math.log10(gain);
}

/**
 * Panning of a stereo signal as the Web Audio API has it (StereoPannerNode, "stereo panning algorithm", equal power):
 * in the middle nothing changes, so that stems still sum to the mix; to one side, the other channel moves over to it.
 * @param {number} pan -1 (left) to 1 (right)
 * @returns {Matrix}
 */
export function panMatrix(pan) {
  if (pan === 0) return [...UNTOUCHED];
  const angle = ((pan <= 0 ? pan + 1 : pan) * Math.PI) / 2;
  const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
  return pan < 0 ? [1, cosine, 0, sine] : [cosine, 0, sine, 1];
}

/**
 * Which lanes sound: as soon as one is soloed, only those that are.
 * @param {ReadonlyArray<LaneSetting>} lanes
 * @returns {boolean[]}
 */
export function audibleLanes(lanes) {
  const solo = lanes.some((lane) => lane.soloed);
  return lanes.map((lane) => (solo ? lane.soloed : !lane.muted));
}

/** @param {ReadonlyArray<LaneSetting>} lanes @returns {Matrix[]} what each lane is multiplied with */
export function laneMatrices(lanes) {
  const audible = audibleLanes(lanes);
  return lanes.map(({ gainDb, pan }, index) => {
    if (!audible[index]) return [...SILENT];
    const gain = dbToGain(gainDb);
    return /** @type {Matrix} */ (panMatrix(pan).map((part) => part * gain));
  });
}

/**
 * The matrices of all pairs that are fed, the original last where there is one. A/B needs no matching of loudness:
 * untouched stems sum to the mix.
 * @param {MixerState} state
 * @param {boolean} hasMix the original is fed too
 * @returns {Matrix[]}
 */
export function pairMatrices(state, hasMix) {
  const stems = state.original
    ? state.lanes.map(() => /** @type {Matrix} */ ([...(hasMix ? SILENT : UNTOUCHED)]))
    : laneMatrices(state.lanes);
  return hasMix ? [...stems, [...(state.original ? UNTOUCHED : SILENT)]] : stems;
}
