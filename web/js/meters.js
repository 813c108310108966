/**
 * Loudness and confidence: numbers with their uncertainty, in words and as a picture.
 * @import {Loudness} from "./protocol.js"
 * @import {Scope} from "./scope.js"
 */
import { setText } from "./dom.js";
import { CLEAR_CONFIDENCE } from "./protocol.js";
import { make, setAttributes } from "./widget-dom.js";

export const NOT_MEASURABLE = "not measurable";

/** From here on an estimate is called very sure; below CLEAR_CONFIDENCE it is unsure. */
const SURE_CONFIDENCE = 0.7;

/** The loudness scale: what music is mastered to lies well inside. */
export const LUFS_SCALE = Object.freeze({ low: -30, high: 0 });

/** What common players turn songs to (AES TD1008), and where club masters sit. */
export const LUFS_MARKS = Object.freeze([
  Object.freeze({ lufs: -14, name: "Streaming" }),
  Object.freeze({ lufs: -9, name: "Club" }),
]);

/** @param {number} confidence 0-1 @returns {"very sure"|"fairly sure"|"unsure"} */
export function confidenceText(confidence) {
  if (confidence >= SURE_CONFIDENCE) return "very sure";
  return confidence >= CLEAR_CONFIDENCE ? "fairly sure" : "unsure";
}

/** How many of the three bars are lit. @param {number} confidence 0-1 @returns {1|2|3} */
export function confidenceBars(confidence) {
  const words = confidenceText(confidence);
  return words === "very sure" ? 3 : words === "fairly sure" ? 2 : 1;
}

/** Place on a scale in percent, kept inside. @param {number} value @param {{low: number, high: number}} scale @returns {number} */
export function scalePercent(value, { low, high }) {
  return Math.min(100, Math.max(0, (100 * (value - low)) / (high - low)));
}

/** With a true minus sign; never "−0.0". @param {number} value @param {number} [decimals] @returns {string} */
export function signedText(value, decimals = 1) {
  const digits = Math.abs(value).toFixed(decimals);
  return value < 0 && Number(digits) !== 0 ? `−${digits}` : digits;
}

/** What a player that levels to -14 LUFS does with this song. @param {number} lufs @returns {string} */
export function streamingText(lufs) {
  const change = -14 - lufs;
  if (Math.abs(change) < 0.5) return "Right at streaming level.";
  return change < 0 ? `Streaming players turn it down by ${(-change).toFixed(1)} dB.` : `${change.toFixed(1)} dB below streaming level.`;
}

/** A warning, or "" when the peaks fit. @param {number|null} truePeakDb @returns {string} */
export function overText(truePeakDb) {
  if (truePeakDb === null || truePeakDb < 0.05) return ""; // it would read 0.0
  return `Peaks go ${truePeakDb.toFixed(1)} dB over full scale: players may distort them.`;
}

/**
 * Integrated loudness on a scale with reference marks, range and true peak.
 * @param {HTMLElement} element @param {object} _deps @param {Scope} _scope
 */
export function mountLoudness(element, _deps, _scope) {
  const parts = buildLoudness();
  element.replaceChildren(parts.root);
  const show = (/** @type {Loudness|null} */ loudness) => showLoudness(parts, loudness);
  show(null);
  return { show };
}

function buildLoudness() {
  const lufs = make("span", { class: "loudness-value" });
  const fill = make("span", { class: "loudness-fill" });
  const bar = make("div", {
    class: "loudness-bar", role: "meter", "aria-label": "Integrated loudness", "aria-valuemin": LUFS_SCALE.low, "aria-valuemax": LUFS_SCALE.high,
  }, fill);
  const marks = make("div", { class: "loudness-marks", "aria-hidden": "true" });
  for (const { lufs: level, name } of LUFS_MARKS) {
    const mark = make("span", { class: "loudness-mark" }, make("span", {}, name), ` ${signedText(level, 0)}`);
    mark.classList.toggle("is-low", level === LUFS_MARKS[0]?.lufs);
    mark.style.left = `${scalePercent(level, LUFS_SCALE)}%`;
    marks.append(mark);
  }
  const note = make("p", { class: "loudness-note" });
  const range = buildFigure("Range", "LU", "Loudness range: how far loud and soft parts lie apart");
  const peak = buildFigure("True peak", "dBTP", "True peak between the samples, against full scale");
  const over = make("p", { class: "loudness-over", role: "note" });
  const head = make("div", { class: "loudness-head" }, make("span", { class: "loudness-label" }, "Loudness"), lufs);
  const root = make("div", { class: "loudness" }, head, make("div", { class: "loudness-scale" }, bar, marks), note,
    make("dl", { class: "loudness-figures" }, range.root, peak.root), over);
  return { root, lufs, bar, fill, note, range, peak, over };
}

/** @param {string} label @param {string} unit @param {string} title */
function buildFigure(label, unit, title) {
  const value = make("dd", {});
  return { root: make("div", { class: "loudness-figure", title }, make("dt", {}, label), value), value, unit };
}

/** @param {ReturnType<typeof buildLoudness>} parts @param {Loudness|null} loudness */
function showLoudness({ root, lufs, bar, fill, note, range, peak, over }, loudness) {
  const { integratedLufs = null, rangeLu = null, truePeakDb = null } = loudness ?? {};
  root.classList.toggle("is-empty", integratedLufs === null);
  showFigure(lufs, integratedLufs, "LUFS");
  setAttributes(bar, {
    "aria-valuenow": integratedLufs ?? LUFS_SCALE.low,
    "aria-valuetext": integratedLufs === null ? NOT_MEASURABLE : `${integratedLufs.toFixed(1)} LUFS`,
  });
  fill.style.width = `${integratedLufs === null ? 0 : scalePercent(integratedLufs, LUFS_SCALE)}%`;
  setText(note, integratedLufs === null ? "" : streamingText(integratedLufs));
  showFigure(range.value, rangeLu, range.unit);
  showFigure(peak.value, truePeakDb, peak.unit);
  setText(over, overText(truePeakDb));
  over.hidden = over.textContent === "";
  peak.root.classList.toggle("is-over", !over.hidden);
}

/** @param {HTMLElement} element @param {number|null} value @param {string} unit */
function showFigure(element, value, unit) {
  if (value === null) element.replaceChildren(make("span", { class: "meter-none" }, NOT_MEASURABLE));
  else element.replaceChildren(signedText(value), make("span", { class: "meter-unit" }, ` ${unit}`));
}

/**
 * Three bars and two words. null: nothing could be measured.
 * @param {HTMLElement} element @param {object} _deps @param {Scope} _scope
 */
export function mountConfidence(element, _deps, _scope) {
  const bars = [1, 2, 3].map(() => make("span", {}));
  const words = make("span", { class: "confidence-words" });
  const root = make("span", { class: "confidence" }, make("span", { class: "confidence-bars", "aria-hidden": "true" }, ...bars), words);
  element.replaceChildren(root);
  const show = (/** @type {number|null} */ confidence) => {
    root.dataset.bars = confidence === null ? "0" : String(confidenceBars(confidence));
    setText(words, confidence === null ? NOT_MEASURABLE : confidenceText(confidence));
    root.title = confidence === null ? "" : `Confidence ${Math.round(confidence * 100)} %`;
  };
  show(null);
  return { show };
}
