/**
 * Mood and loudness in the headline, beside key and tempo: one line each. The cards below say the rest.
 * @import {Analysis} from "./protocol.js"
 */
import { setText } from "./dom.js";
import { LUFS_SCALE, scalePercent, signedText } from "./meters.js";
import { make } from "./widget-dom.js";

/** @typedef {{value: string, word: string, percent: number}} Readout percent: of the bar */

const MOOD_SCALE = Object.freeze({ low: 0, high: 100 });

/** @type {ReadonlyArray<readonly [string, (analysis: Analysis) => Readout|null]>} */
const READOUTS = Object.freeze([
  ["Energy", ({ mood }) => moodReadout(mood?.energy)],
  ["Dance", ({ mood }) => moodReadout(mood?.danceability)],
  ["Happy", ({ mood }) => moodReadout(mood?.happiness)],
  ["Loudness", ({ loudness: { integratedLufs: lufs } }) =>
    (lufs === null ? null : { value: signedText(lufs), word: "LUFS", percent: scalePercent(lufs, LUFS_SCALE) })],
]);

/** @param {HTMLElement} element a definition list */
export function mountReadouts(element) {
  const rows = READOUTS.map(([name, read]) => {
    const [value, word, fill] = [make("b", { class: "readout__value" }), make("span", { class: "readout__word" }), make("span", {})];
    const bar = make("span", { class: "readout__bar", "aria-hidden": "true" }, fill);
    element.append(make("div", { class: "readout" }, make("dt", {}, name), make("dd", {}, bar, value, " ", word)));
    return { read, value, word, fill };
  });
  return {
    /** @param {Analysis} analysis @param {boolean} [coming] the mood is on its way */
    show(analysis, coming = false) {
      element.classList.toggle("is-listening", coming && analysis.mood === null);
      for (const { read, value, word, fill } of rows) {
        const shown = read(analysis);
        setText(value, shown?.value ?? (coming ? "" : "–"));
        setText(word, shown?.word ?? "");
        fill.style.width = `${shown?.percent ?? 0}%`;
      }
    },
  };
}

/** @param {{value: number, word: string}|undefined} scale @returns {Readout|null} */
function moodReadout(scale) {
  return scale ? { value: String(Math.round(scale.value)), word: scale.word, percent: scalePercent(scale.value, MOOD_SCALE) } : null;
}
