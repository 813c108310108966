/**
 * Mood scales, loudness and confidence: numbers with their uncertainty, in words and as a picture.
 * @import {Loudness, Mood, MoodScale, Factor} from "./protocol.js"
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

/** "+6" or "−3": how many points a factor moved. @param {number} points @returns {string} */
export function pointsText(points) {
  const rounded = Math.round(points);
  return rounded === 0 ? "±0" : rounded > 0 ? `+${rounded}` : `−${-rounded}`;
}

/** For screen readers. @param {MoodScale} scale @returns {string} */
export function moodValueText({ value, low, high, word }) {
  return `${Math.round(value)} of 100, ${word}, likely between ${Math.round(low)} and ${Math.round(high)}`;
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

/** @typedef {"energy"|"danceability"|"happiness"} MoodName */

/** @type {ReadonlyArray<readonly [MoodName, string]>} */
const MOOD_SCALES = Object.freeze([["energy", "Energy"], ["danceability", "Danceability"], ["happiness", "Happiness"]]);

/**
 * Three scales 0-100 with word, likely range and what moved them.
 * @param {HTMLElement} element @param {object} _deps @param {Scope} _scope
 */
export function mountMood(element, _deps, _scope) {
  const rows = MOOD_SCALES.map(([name, label]) => ({ name, row: buildMoodRow(name, label) }));
  element.replaceChildren(make("div", { class: "mood" }, ...rows.map(({ row }) => row.root)));
  const show = (/** @type {Mood|null} */ mood) => {
    for (const { name, row } of rows) showMoodRow(row, mood?.[name] ?? null);
  };
  show(null);
  return { show };
}

/** @typedef {ReturnType<typeof buildMoodRow>} MoodRow */

/** @param {MoodName} name @param {string} label */
function buildMoodRow(name, label) {
  const value = make("span", { class: "mood-value" });
  const word = make("span", { class: "mood-word" });
  const band = make("span", { class: "mood-band" });
  const dot = make("span", { class: "mood-dot" });
  const bar = make("div", { class: "mood-bar", role: "meter", "aria-label": label, "aria-valuemin": 0, "aria-valuemax": 100 }, band, dot);
  const factors = make("ul", { class: "mood-factors" });
  const details = make("details", { class: "mood-details" }, make("summary", {}, "What drives this?", make("span", { class: "meter-hidden" }, ` ${label}`)), factors);
  const head = make("div", { class: "mood-head" }, make("span", { class: "mood-label" }, label), word, value);
  return { root: make("div", { class: `mood-scale mood-${name}` }, head, bar, details), value, word, bar, band, dot, factors, details };
}

/** @param {MoodRow} row @param {MoodScale|null} scale */
function showMoodRow({ root, value, word, bar, band, dot, factors, details }, scale) {
  root.classList.toggle("is-empty", scale === null);
  setText(value, scale ? String(Math.round(scale.value)) : "–");
  setText(word, scale ? scale.word : NOT_MEASURABLE);
  setAttributes(bar, { "aria-valuenow": scale ? Math.round(scale.value) : 0, "aria-valuetext": scale ? moodValueText(scale) : NOT_MEASURABLE });
  details.hidden = (scale?.factors.length ?? 0) === 0;
  factors.replaceChildren(...(scale?.factors ?? []).map(buildFactor));
  if (scale === null) return;
  const [low, high] = [Math.max(0, scale.low), Math.min(100, scale.high)];
  band.style.left = `${low}%`;
  band.style.width = `${Math.max(0, high - low)}%`;
  dot.style.left = `${scalePercent(scale.value, { low: 0, high: 100 })}%`;
}

/** @param {Factor} factor */
function buildFactor({ name, points }) {
  const push = make("span", { class: points < 0 ? "mood-push is-down" : "mood-push" });
  push.style.width = `${Math.min(50, Math.abs(points) * 1.5)}%`; // 33 points fill a half
  const lane = make("span", { class: "mood-lane", "aria-hidden": "true" }, push);
  return make("li", {}, make("span", { class: "mood-factor" }, name), lane, make("span", { class: "mood-points" }, pointsText(points)));
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
