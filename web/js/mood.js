/**
 * The mood card: six scales 0-100, each opening to what moved it most, the tags, and what all this was heard by.
 * @import {Factor, Mood, MoodScale, Tag} from "./protocol.js"
 * @import {Scope} from "./scope.js"
 * @import {Deepening} from "./types.js"
 */
import { capitalized, heardByText, tagStrength, tagText } from "./detail-labels.js";
import { setText } from "./dom.js";
import { percentText } from "./labels.js";
import { NOT_MEASURABLE, scalePercent } from "./meters.js";
import { make, setAttributes } from "./widget-dom.js";

/** @typedef {"energy"|"danceability"|"happiness"|"acousticness"|"instrumentalness"|"speechiness"} MoodName */

/** @type {ReadonlyArray<readonly [MoodName, string]>} */
const MOOD_SCALES = Object.freeze([
  ["energy", "Energy"], ["danceability", "Danceability"], ["happiness", "Happiness"],
  ["acousticness", "Acousticness"], ["instrumentalness", "Instrumentalness"], ["speechiness", "Speechiness"],
]);
const MOST_FACTORS = 3;
const MOST_TAGS = 10;
/** So many points fill half a lane. */
const LANE_POINTS = 33;
/** Widths of the chips that stand in for tags, in em. */
const GHOST_TAGS = [5, 7, 4, 6, 5];

/** "+6" or "−3". @param {number} points whole ones @returns {string} */
export function pointsText(points) {
  return points === 0 ? "±0" : points > 0 ? `+${points}` : `−${-points}`;
}

/**
 * How a scale comes to its value, as a column that adds up: where the average song stands, what moved it most, the rest.
 * @param {MoodScale} scale
 * @returns {{average: number, moved: Factor[], rest: number}} whole points; average + moved + rest = the value as shown
 */
export function moodColumn({ value, average, factors }) {
  const moved = factors.slice(0, MOST_FACTORS).map(({ name, points }) => ({ name, points: Math.round(points) }));
  const start = Math.round(average);
  return { average: start, moved, rest: moved.reduce((left, { points }) => left - points, Math.round(value) - start) };
}

/** How far the value may lie off. @param {MoodScale} scale @returns {string} */
export function moodRangeText({ low, high }) {
  return `likely between ${Math.round(low)} and ${Math.round(high)}`;
}

/**
 * @param {HTMLElement} element
 * @param {object} _deps
 * @param {Scope} _scope
 */
export function mountMood(element, _deps, _scope) {
  const rows = MOOD_SCALES.map(([name, label]) => ({ name, row: buildRow(name, label) }));
  const work = buildWork();
  const missing = make("p", { class: "mood-text" });
  const again = make("button", { type: "button", class: "button button--small", "data-action": "again" }, "Analyse again");
  const trouble = make("div", { class: "mood-trouble", hidden: true }, missing, again);
  const tags = make("ul", { class: "mood-tags", "aria-label": "Tags" });
  const heardBy = make("p", { class: "mood-heard" });
  const scales = make("div", { class: "mood" }, ...rows.map(({ row }) => row.root));
  element.replaceChildren(work.root, trouble, scales, tags, heardBy);
  /** @type {Mood|null|undefined} */
  let shown;

  return {
    /** @param {Mood|null} mood @param {Deepening} [deepening] */
    show(mood, deepening) {
      const coming = deepening?.state === "waiting" || deepening?.state === "working";
      element.classList.toggle("is-listening", coming);
      work.root.hidden = !coming;
      if (deepening && coming) showWork(work, deepening);
      trouble.hidden = deepening?.state !== "missing";
      setText(missing, deepening?.error ?? "");
      const lost = deepening?.state === "missing" && mood === null;
      scales.hidden = lost;
      tags.hidden = lost || (!coming && (mood?.tags.length ?? 0) === 0);
      heardBy.hidden = !coming && mood === null;
      if (mood === shown && tags.childElementCount > 0 && !coming) return;
      shown = mood;
      for (const { name, row } of rows) showRow(row, mood?.[name] ?? null, coming);
      tags.replaceChildren(...(coming && mood === null ? GHOST_TAGS.map(ghostTag) : (mood?.tags ?? []).slice(0, MOST_TAGS).map(tagChip)));
      setText(heardBy, mood ? heardByText(mood) : "");
    },
  };
}

function buildWork() {
  const stage = make("span", { class: "mood-stage" });
  const percent = make("span", { class: "mood-percent" });
  const bar = make("progress", { class: "mood-progress", max: 1, value: 0, "aria-label": "Progress of sections and mood" });
  const stop = make("button", { type: "button", class: "button button--quiet button--small", "data-action": "stop-details" }, "Stop");
  return { root: make("div", { class: "mood-work", hidden: true }, make("div", { class: "mood-words" }, stage, percent, stop), bar), stage, percent, bar };
}

/** @param {ReturnType<typeof buildWork>} work @param {Deepening} deepening */
function showWork({ stage, percent, bar }, { state, stage: words, fraction }) {
  setText(stage, state === "waiting" ? "Listens next" : words);
  setText(percent, state === "waiting" ? "" : percentText(fraction));
  bar.value = fraction;
}

/** @typedef {ReturnType<typeof buildRow>} MoodRow */

/** @param {MoodName} name @param {string} label */
function buildRow(name, label) {
  const value = make("span", { class: "mood-value" });
  const word = make("span", { class: "mood-word" });
  const range = make("span", { class: "meter-hidden" });
  const band = make("span", { class: "mood-band" });
  const dot = make("span", { class: "mood-dot" });
  const bar = make("span", { class: "mood-bar", "aria-hidden": "true" }, band, dot);
  const factors = make("ul", { class: "mood-factors", "aria-label": `How ${label.toLowerCase()} comes to its value, in points` });
  const summary = make("summary", { class: "mood-row" }, make("span", { class: "mood-label" }, label), " ", bar, value, " ", word, range);
  const root = make("details", { class: `mood-scale mood-${name}` }, summary, factors);
  return { root, summary, value, word, range, band, dot, factors };
}

/** @param {MoodRow} row @param {MoodScale|null} scale @param {boolean} coming */
function showRow({ root, summary, value, word, range, band, dot, factors }, scale, coming) {
  const column = scale !== null && scale.factors.length > 0 ? moodColumn(scale) : null;
  root.classList.toggle("is-empty", scale === null);
  // A row with nothing behind it does not open.
  setAttributes(summary, { tabindex: column === null ? -1 : null, "aria-disabled": column === null ? "true" : null });
  if (column === null) root.open = false;
  setText(value, scale ? String(Math.round(scale.value)) : coming ? "" : "–");
  setText(word, scale ? scale.word : coming ? "" : NOT_MEASURABLE);
  setText(range, scale ? `, ${moodRangeText(scale)}` : "");
  factors.replaceChildren(...(column === null ? [] : buildColumn(column)));
  if (scale === null) return;
  summary.title = `${capitalized(moodRangeText(scale))}. Open to see what moved it.`;
  const [low, high] = [Math.max(0, scale.low), Math.min(100, scale.high)];
  band.style.left = `${low}%`;
  band.style.width = `${Math.max(0, high - low)}%`;
  dot.style.left = `${scalePercent(scale.value, { low: 0, high: 100 })}%`;
}

/** @param {ReturnType<typeof moodColumn>} column */
function buildColumn({ average, moved, rest }) {
  const start = make("li", {}, make("span", { class: "mood-factor" }, "Average song"), make("span", {}), make("span", { class: "mood-points" }, String(average)));
  return [start, ...moved.map(buildFactor), ...(rest === 0 ? [] : [buildFactor({ name: "everything else", points: rest })])];
}

/** @param {Factor} factor */
function buildFactor({ name, points }) {
  const push = make("span", { class: points < 0 ? "mood-push is-down" : "mood-push" });
  push.style.width = `${Math.min(50, (50 * Math.abs(points)) / LANE_POINTS)}%`;
  const lane = make("span", { class: "mood-lane", "aria-hidden": "true" }, push);
  return make("li", {}, make("span", { class: "mood-factor" }, capitalized(name)), lane, make("span", { class: "mood-points" }, pointsText(points)));
}

/** @param {Tag} tag */
function tagChip(tag) {
  const strength = tagStrength(tag);
  const dots = make("span", { class: "mood-dots", "aria-hidden": "true" }, ...[1, 2, 3].map((each) => make("i", { class: each <= strength ? "is-lit" : "" })));
  return make("li", { class: "mood-tag", title: `${tag.name}: ${tagText(tag)}` }, tag.name, dots, make("span", { class: "meter-hidden" }, `, ${tagText(tag)}`));
}

/** @param {number} width em */
function ghostTag(width) {
  const ghost = make("li", { class: "mood-tag is-ghost", "aria-hidden": "true" });
  ghost.style.width = `${width}em`;
  return ghost;
}
