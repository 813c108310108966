/**
 * One lane of the mixer: its knobs and what they show.
 * @import {Scope} from "./scope.js"
 * @import {Lane, LaneSetting} from "./mixer-types.js"
 */
import { setPressed, setText } from "./dom.js";
import { buildStrip } from "./mixer-dom.js";
import { METER_REST_DB, gainText, meterDb, meterShare, panText, spokenPan } from "./mixer-scale.js";

/**
 * @typedef {object} LaneActions
 * @property {(patch: Partial<LaneSetting>) => void} set
 * @property {() => void} mute
 * @property {(alone: boolean) => void} solo
 * @property {() => void} save
 */

export class LaneView {
  /** @param {Lane} lane @param {number} number from 1 @param {LaneActions} actions @param {Scope} scope */
  constructor(lane, number, actions, scope) {
    this.lane = lane;
    this.parts = buildStrip(lane, number);
    this.meter = new MeterView(this.parts.meter.covers);
    const { mute, solo, save, gain, pan } = this.parts;
    scope.on(mute, "click", actions.mute);
    scope.on(solo, "click", (/** @type {MouseEvent} */ event) => actions.solo(event.ctrlKey || event.metaKey));
    scope.on(save, "click", actions.save);
    scope.on(gain.input, "input", () => actions.set({ gainDb: Number(gain.input.value) }));
    scope.on(pan.input, "input", () => actions.set({ pan: Number(pan.input.value) / 100 }));
    scope.on(gain.input, "dblclick", () => actions.set({ gainDb: 0 }));
    scope.on(pan.input, "dblclick", () => actions.set({ pan: 0 }));
  }

  /** @param {LaneSetting} setting @param {boolean} audible */
  show({ gainDb, pan, muted, soloed }, audible) {
    const { parts } = this;
    setPressed(parts.mute, muted);
    setPressed(parts.solo, soloed);
    parts.root.classList.toggle("is-silent", !audible);
    showRange(parts.gain, gainDb, gainText(gainDb), gainText(gainDb));
    showRange(parts.pan, Math.round(pan * 100), panText(pan), spokenPan(pan));
  }
}

/** @param {{input: HTMLInputElement, value: HTMLOutputElement}} range @param {number} value @param {string} text @param {string} spoken */
export function showRange({ input, value: output }, value, text, spoken) {
  if (Number(input.value) !== value) input.value = String(value);
  input.setAttribute("aria-valuetext", spoken);
  setText(output, text);
}

/** Two bars, left and right. */
export class MeterView {
  #covers;
  #shown = [METER_REST_DB, METER_REST_DB];
  #drawn = [-1, -1];

  /** @param {ReadonlyArray<HTMLElement>} covers what hides the part above the level */
  constructor(covers) {
    this.#covers = covers;
  }

  /** @param {ArrayLike<number>} peaks left and right since the last time @param {number} seconds since then @returns {boolean} whether it still moves */
  show(peaks, seconds) {
    this.#shown = this.#shown.map((db, side) => meterDb(db, peaks[side] ?? 0, seconds));
    for (const [side, cover] of this.#covers.entries()) {
      const share = Math.round(meterShare(this.#shown[side] ?? METER_REST_DB) * 200) / 200;
      if (share === this.#drawn[side]) continue;
      this.#drawn[side] = share;
      cover.style.setProperty("--covered", String(1 - share));
    }
    return this.#shown.some((db) => db > METER_REST_DB);
  }
}
