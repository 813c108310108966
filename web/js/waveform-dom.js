/**
 * The elements of the waveform widget, not yet alive.
 */
import { buildTimeline } from "./timeline-dom.js";
import { icon, make } from "./widget-dom.js";

const ICONS = {
  closer: "M8.5 3.5a5 5 0 1 0 0 10 5 5 0 0 0 0-10M12.2 12.2 16.5 16.5M8.5 6.3v4.4M6.3 8.5h4.4",
  farther: "M8.5 3.5a5 5 0 1 0 0 10 5 5 0 0 0 0-10M12.2 12.2 16.5 16.5M6.3 8.5h4.4",
  whole: "M3 5v10M17 5v10M6 10h8M6 10l2.5-2.5M6 10l2.5 2.5M14 10l-2.5-2.5M14 10l-2.5 2.5",
  follow: "M10 3v14M4 7l-1.5 3L4 13M16 7l1.5 3L16 13",
  grid: "M4 4v12M8 6v8M12 6v8M16 4v12",
  earlier: "M12.5 5 7.5 10l5 5",
  later: "M7.5 5l5 5-5 5",
  one: "M6 17V3.5h8.5L12 7l2.5 3.5H6",
};

/** @typedef {ReturnType<typeof buildWaveform>} WaveformParts */

/** @param {HTMLElement} element where it goes */
export function buildWaveform(element) {
  const summary = make("p", { class: "waveform-hidden", id: freshId() });
  const status = make("p", { class: "waveform-hidden", role: "status" });
  const readout = buildReadout();
  const tools = buildTools();
  const timeline = buildTimeline();
  const stage = buildStage(summary.id, timeline.flags);
  const overview = buildOverview(stage.root.id, timeline.ticks);
  const grid = buildGridTools();
  const probe = make("span", { class: "waveform-probe", "aria-hidden": "true" });
  const bar = make("div", { class: "waveform-bar" }, readout.root, tools.root);
  const screen = make("div", { class: "waveform-screen" }, timeline.root, stage.root);
  const map = make("div", { class: "waveform-map" }, overview.root, timeline.strip, timeline.keys);
  const root = make("div", { class: "waveform" }, bar, screen, map, timeline.cues, grid.root, summary, status, probe);
  element.replaceChildren(root);
  return { root, summary, status, readout, tools, timeline, stage, overview, grid, probe };
}

function buildReadout() {
  const time = make("span", { class: "waveform-time" }, "0:00.0");
  const total = make("span", { class: "waveform-total" }, "0:00");
  const place = make("span", { class: "waveform-place" }, "–");
  const placeCaption = make("span", { class: "waveform-caption" }, "Bar");
  const placeBox = make("span", { class: "waveform-placebox" }, placeCaption, place);
  return { root: make("div", { class: "waveform-readout" }, time, total, placeBox), time, total, place, placeCaption };
}

function buildTools() {
  const follow = tool("Follow the playhead", ICONS.follow, { "aria-pressed": "true" });
  const farther = tool("Zoom out", ICONS.farther, { "aria-keyshortcuts": "-" });
  const closer = tool("Zoom in", ICONS.closer, { "aria-keyshortcuts": "+" });
  const whole = tool("Show the whole song", ICONS.whole, { "aria-keyshortcuts": "0" });
  const span = make("span", { class: "waveform-span" });
  const root = make("div", { class: "waveform-tools", role: "group", "aria-label": "View of the waveform" }, span, follow, farther, closer, whole);
  return { root, follow, farther, closer, whole, span };
}

/** @param {string} summaryId @param {HTMLElement} flags */
function buildStage(summaryId, flags) {
  const canvas = make("canvas", { "aria-hidden": "true" });
  const hover = make("div", { class: "waveform-hover", hidden: true, "aria-hidden": "true" }, make("span", {}));
  const playhead = make("div", { class: "waveform-playhead", "aria-hidden": "true" });
  const hint = make("p", { class: "waveform-hint", hidden: true, "aria-hidden": "true" }, "Ctrl + scroll to zoom, drag to move");
  const root = make("div", {
    class: "waveform-stage", id: freshId(), tabindex: 0, role: "slider", "aria-label": "Position in the song", "aria-orientation": "horizontal",
    "aria-describedby": summaryId, "aria-valuemin": 0, "aria-valuemax": 0, "aria-valuenow": 0, "aria-valuetext": "No song",
  }, canvas, flags, hover, playhead, hint);
  return { root, canvas, hover, playhead, hint };
}

/** @param {string} stageId @param {HTMLElement} ticks */
function buildOverview(stageId, ticks) {
  const canvas = make("canvas", { "aria-hidden": "true" });
  const played = make("div", { class: "waveform-played", "aria-hidden": "true" });
  const windowFrame = make("div", { class: "waveform-window", "aria-hidden": "true" });
  const root = make("div", {
    class: "waveform-overview", tabindex: 0, role: "scrollbar", "aria-label": "Visible part of the song", "aria-controls": stageId,
    "aria-orientation": "horizontal", "aria-valuemin": 0, "aria-valuemax": 100, "aria-valuenow": 0,
  }, canvas, played, windowFrame, ticks);
  return { root, canvas, played, windowFrame };
}

function buildGridTools() {
  const show = tool("Show the grid although the beat is not clear", ICONS.grid, { "aria-pressed": "false", hidden: true }, "Show grid");
  const earlier = tool("Move the beat grid 10 ms earlier", ICONS.earlier, {}, "Grid earlier");
  const later = tool("Move the beat grid 10 ms later", ICONS.later, {}, "Grid later");
  later.append(/** @type {Node} */ (later.firstChild));
  const one = tool("The beat at the playhead starts a bar", ICONS.one, {}, "Set downbeat here");
  const root = make("div", { class: "waveform-grid", role: "group", "aria-label": "Beat grid" }, show, earlier, later, one);
  return { root, show, earlier, later, one };
}

/** @param {string} label @param {string} path @param {import("./widget-dom.js").Attributes} attributes @param {string} [text] is then the button's name */
function tool(label, path, attributes, text) {
  const words = text === undefined ? [] : [make("span", {}, text)];
  return make("button", { type: "button", class: "waveform-tool", "aria-label": text === undefined ? label : null, title: label, ...attributes }, icon(path), ...words);
}

let ids = 0;

function freshId() {
  ids += 1;
  return `waveform-${ids}`;
}
