/**
 * What a person has set in the mixer: frozen, and every change makes a new one. Pure.
 * @import {LaneSetting, Loop, MixerState} from "./mixer-types.js"
 */
import { HIGHEST_DB, LOWEST_DB } from "./mixer-gains.js";

export const SLOWEST = 0.5;
export const FASTEST = 1.2;
export const SPEED_STEP = 0.05;
/** A shorter loop is a buzz. */
export const SHORTEST_LOOP_SECONDS = 0.1;

/** @type {Readonly<LaneSetting>} */
export const UNTOUCHED_LANE = Object.freeze({ gainDb: 0, pan: 0, muted: false, soloed: false });

/** @param {number} lanes @param {number} [volume] @returns {MixerState} */
export function freshState(lanes, volume = 1) {
  return Object.freeze({
    lanes: Object.freeze(Array.from({ length: lanes }, () => UNTOUCHED_LANE)),
    original: false, speed: 1, loop: null, looping: false, volume,
  });
}

/**
 * A mute or a solo that is switched on ends the other of the same lane, so that no lane is both. Whoever turns a knob
 * wants to hear it: A/B goes back to what was set.
 * @param {MixerState} state @param {number} index @param {Partial<LaneSetting>} patch
 * @returns {MixerState}
 */
export function setLane(state, index, patch) {
  const before = state.lanes[index];
  if (!before) return state;
  const next = { ...before, ...patch };
  if (patch.muted) next.soloed = false;
  if (patch.soloed) next.muted = false;
  next.gainDb = clamp(next.gainDb, LOWEST_DB, HIGHEST_DB);
  next.pan = clamp(next.pan, -1, 1);
  const lanes = state.lanes.map((lane, at) => (at === index ? Object.freeze(next) : lane));
  return change(state, { lanes: Object.freeze(lanes), original: false });
}

/** @param {MixerState} state @param {number} index */
export function toggleMute(state, index) {
  return setLane(state, index, { muted: !state.lanes[index]?.muted });
}

/** @param {MixerState} state @param {number} index @param {{alone?: boolean}} [how] alone: no other lane stays soloed */
export function toggleSolo(state, index, { alone = false } = {}) {
  const soloed = !state.lanes[index]?.soloed;
  const others = alone ? change(state, { lanes: state.lanes.map((lane) => (lane.soloed ? { ...lane, soloed: false } : lane)) }) : state;
  return setLane(others, index, { soloed });
}

/** All lanes as they were, but what belongs to playing stays. @param {MixerState} state @returns {MixerState} */
export function resetLanes(state) {
  return change(state, { lanes: freshState(state.lanes.length).lanes, original: false });
}

/** Everything but one lane, at the faders that are set. @param {MixerState} state @param {number} index @returns {MixerState} */
export function allBut(state, index) {
  const lanes = state.lanes.map((lane, at) => Object.freeze({ ...lane, soloed: false, muted: at === index || (lane.muted && !lane.soloed) }));
  return change(state, { lanes: Object.freeze(lanes), original: false });
}

/** Nothing is set: what is heard is the mix. @param {MixerState} state */
export function isUntouched(state) {
  return state.lanes.every(({ gainDb, pan, muted, soloed }) => gainDb === 0 && pan === 0 && !muted && !soloed);
}

/** @param {MixerState} state @param {number} speed @returns {MixerState} */
export function setSpeed(state, speed) {
  // In hundredths: 0.1 + 0.2 is not 0.3, and only exactly 1 plays without the stretcher.
  return change(state, { speed: clamp(Math.round(speed * 100) / 100, SLOWEST, FASTEST) });
}

/**
 * Take a section in hand and repeat it; null lets go. Ends come in any order and stay inside the song.
 * @param {MixerState} state @param {Loop|null} loop @param {number} seconds of the song
 * @returns {MixerState}
 */
export function setLoop(state, loop, seconds) {
  if (loop === null) return change(state, { loop: null, looping: false });
  const [a, b] = [loop.startSeconds, loop.endSeconds].map((end) => clamp(end, 0, seconds)).sort((x, y) => x - y);
  const shortest = Math.min(SHORTEST_LOOP_SECONDS, seconds);
  const startSeconds = Math.min(a ?? 0, seconds - shortest);
  const endSeconds = Math.max(b ?? 0, startSeconds + shortest);
  return change(state, { loop: Object.freeze({ startSeconds, endSeconds }), looping: true });
}

/** @param {MixerState} state @param {Partial<MixerState>} patch @returns {MixerState} */
export function change(state, patch) {
  return Object.freeze({ ...state, ...patch });
}

/** @param {number} value @param {number} least @param {number} most */
function clamp(value, least, most) {
  return Math.min(most, Math.max(least, value));
}
