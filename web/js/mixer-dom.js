/**
 * The elements of the mixer, not yet alive.
 */
import { HIGHEST_DB, LOWEST_DB } from "./mixer-gains.js";
import { FASTEST, SLOWEST, SPEED_STEP } from "./mixer-state.js";
import { icon, make } from "./widget-dom.js";

const ICONS = {
  play: "M6.5 4.2v11.6c0 .6.7 1 1.2.6l8.3-5.8a.7.7 0 0 0 0-1.2L7.7 3.6c-.5-.4-1.2 0-1.2.6Z",
  pause: "M6 4h2.6v12H6zM11.4 4H14v12h-2.6z",
  loop: "M4 9.5V8a2.5 2.5 0 0 1 2.5-2.5H16M13.5 3 16 5.5 13.5 8M16 10.5V12a2.5 2.5 0 0 1-2.5 2.5H4M6.5 17 4 14.5 6.5 12",
  closer: "M8.5 3.5a5 5 0 1 0 0 10 5 5 0 0 0 0-10M12.2 12.2 16.5 16.5M8.5 6.3v4.4M6.3 8.5h4.4",
  farther: "M8.5 3.5a5 5 0 1 0 0 10 5 5 0 0 0 0-10M12.2 12.2 16.5 16.5M6.3 8.5h4.4",
  whole: "M3 5v10M17 5v10M6 10h8M6 10l2.5-2.5M6 10l2.5 2.5M14 10l-2.5-2.5M14 10l-2.5 2.5",
  save: "M10 3.5v9M6.3 9 10 12.7 13.7 9M4 16.5h12",
  volume: "M3.5 8v4h2.8l3.7 3.2V4.8L6.3 8H3.5ZM13 7.4a3.6 3.6 0 0 1 0 5.2M15 5.3a6.5 6.5 0 0 1 0 9.4",
  reset: "M4.5 10a5.5 5.5 0 1 1 1.7 4M4.5 5.5V10H9",
  send: "M3.5 10h12M11 5.5l4.5 4.5-4.5 4.5",
  down: "M5.5 8 10 12.5 14.5 8",
};

/** @typedef {ReturnType<typeof buildMixer>} MixerParts */
/** @typedef {ReturnType<typeof buildStrip>} LaneParts */

/** Formats of what is saved, and their names. @type {ReadonlyArray<readonly [import("./mixer-types.js").WavFormat, string]>} */
const FORMATS = [["wav24", "24 bit"], ["wav16", "16 bit"], ["wav32f", "32 bit float"]];

/** @param {HTMLElement} element where it goes */
export function buildMixer(element) {
  const bar = buildBar();
  const actions = buildActions();
  const progress = buildProgress();
  const map = buildMap();
  const lanes = make("ul", { class: "mixer-lanes" });
  const error = make("p", { class: "mixer-error", role: "alert", hidden: true });
  const status = make("p", { class: "mixer-hidden", role: "status" });
  const probe = make("span", { class: "mixer-probe", "aria-hidden": "true" });
  const root = make("section", { class: "mixer", "aria-label": "Mixer", tabindex: -1, hidden: true },
    make("header", { class: "mixer-head" }, bar.title, bar.note, actions.root), bar.root, error, progress.root, map.root, lanes, status, probe);
  element.replaceChildren(root);
  return { root, bar, actions, progress, map, lanes, error, status, probe };
}

function buildBar() {
  const title = make("h3", { class: "mixer-title" });
  const note = make("p", { class: "mixer-note", hidden: true });
  const play = make("button", { type: "button", class: "mixer-play", "aria-keyshortcuts": "Space" }, solid(ICONS.play), solid(ICONS.pause));
  const time = make("span", { class: "mixer-time" }, "0:00.0");
  const total = make("span", { class: "mixer-total" }, "0:00");
  const clock = make("p", { class: "mixer-clock" }, time, total);
  const loop = tool("Repeat the section in hand", ICONS.loop, { "aria-pressed": "false", "aria-keyshortcuts": "L" }, "Loop");
  const own = make("button", { type: "button", "aria-pressed": "true", title: "What is set here (B)" }, "Your mix");
  const original = make("button", { type: "button", "aria-pressed": "false", "aria-keyshortcuts": "B", title: "The untouched mix (B); hold for a moment only" }, "Original");
  const ab = make("div", { class: "mixer-ab", role: "group", "aria-label": "Compare" }, own, original);
  const speed = range("Speed", { min: SLOWEST * 100, max: FASTEST * 100, step: SPEED_STEP * 100, value: 100 }, "mixer-speed", "Speed, pitch stays. Double-click: 100 %");
  const volume = range("Volume", { min: 0, max: 100, step: 1, value: 100 }, "mixer-volume", "Volume of the loudspeaker only");
  volume.caption.replaceChildren(icon(ICONS.volume));
  const meter = buildMeter("mixer-master");
  const farther = tool("Zoom out", ICONS.farther, { "aria-keyshortcuts": "-" });
  const closer = tool("Zoom in", ICONS.closer, { "aria-keyshortcuts": "+" });
  const whole = tool("Show the whole song", ICONS.whole, { "aria-keyshortcuts": "0" });
  const zoom = make("div", { class: "mixer-zoom", role: "group", "aria-label": "View" }, farther, closer, whole);
  const main = make("div", { class: "mixer-main" }, play, clock);
  const root = make("div", { class: "mixer-bar", role: "group", "aria-label": "Playback" }, main, loop, ab, zoom, speed.root, make("div", { class: "mixer-out" }, volume.root, meter.root));
  return { root, title, note, play, time, total, loop, own, original, speed, volume, meter, closer, farther, whole };
}

function buildActions() {
  const reset = tool("Put all faders back", ICONS.reset, { class: "mixer-tool mixer-reset" }, "Reset");
  const lyrics = tool("Send the vocals to the lyrics room", ICONS.send, { hidden: true }, "Vocals to lyrics");
  const video = tool("Send everything but the vocals to the video editor", ICONS.send, { hidden: true }, "Instrumental to video");
  const butVocals = tool("Mute the vocals and save the rest as a file", ICONS.save, { hidden: true }, "Save all but vocals");
  const items = make("div", { class: "mixer-menu-items" });
  const formats = make("fieldset", { class: "mixer-formats" }, make("legend", {}, "WAV with"), ...FORMATS.map(([value, text], index) =>
    make("label", {}, make("input", { type: "radio", name: freshId("format"), value, checked: index === 0 }), make("span", {}, text))));
  const name = freshId("formats");
  for (const input of formats.querySelectorAll("input")) input.name = name;
  const summary = make("summary", { class: "mixer-tool mixer-tool--primary", title: "Save the mix or a stem" }, icon(ICONS.save), make("span", {}, "Save"), icon(ICONS.down));
  const menu = make("details", { class: "mixer-menu" }, summary, make("div", { class: "mixer-menu-sheet" }, items, formats));
  const root = make("div", { class: "mixer-actions", role: "group", "aria-label": "Save and send" }, lyrics, video, reset, butVocals, menu);
  return { root, reset, lyrics, video, butVocals, menu, summary, items, formats };
}

function buildProgress() {
  const text = make("span", { class: "mixer-progress-text" });
  const bar = make("progress", { max: 1, value: 0, "aria-label": "Saving" });
  const cancel = make("button", { type: "button", class: "mixer-tool" }, make("span", {}, "Cancel"));
  return { root: make("div", { class: "mixer-progress", hidden: true }, text, bar, cancel), text, bar, cancel };
}

function buildMap() {
  const sections = make("div", { class: "mixer-sections", role: "group", "aria-label": "Loop a section", hidden: true });
  const track = buildTrack("mixer-ruler");
  const start = make("span", { class: "mixer-grip mixer-grip--start", role: "slider", tabindex: 0, "aria-label": "Start of the loop", "aria-orientation": "horizontal" });
  const end = make("span", { class: "mixer-grip mixer-grip--end", role: "slider", tabindex: 0, "aria-label": "End of the loop", "aria-orientation": "horizontal" });
  // Beside the ruler, not in it: a slider has no children that can be reached.
  const grips = make("div", { class: "mixer-grips", hidden: true }, start, end);
  for (const [name, value] of Object.entries({ role: "slider", tabindex: 0, "aria-label": "Position in the song", "aria-orientation": "horizontal", "aria-valuemin": 0 })) track.root.setAttribute(name, String(value));
  const hint = make("p", { class: "mixer-hint" }, "Drag over the waves to loop");
  const root = make("div", { class: "mixer-map" }, hint, make("div", { class: "mixer-timeline" }, sections, make("div", { class: "mixer-rulerbox" }, track.root, grips)));
  return { root, sections, ruler: track, grips, start, end, hint };
}

/** What a wave and the ruler have in common: a picture, the loop and the playhead over it. @param {string} name */
function buildTrack(name) {
  const canvas = make("canvas", { "aria-hidden": "true" });
  const loop = make("div", { class: "mixer-loop", hidden: true, "aria-hidden": "true" });
  const playhead = make("div", { class: "mixer-playhead", "aria-hidden": "true" });
  return { root: make("div", { class: `mixer-track ${name}` }, canvas, loop, playhead), canvas, loop, playhead };
}

/** One lane. @param {{name: string, label: string}} lane @param {number} number from 1 */
export function buildStrip({ name, label }, number) {
  const keys = number <= 6 ? { mute: ` (${number})`, solo: ` (Shift ${number})` } : { mute: "", solo: "" };
  const mute = make("button", { type: "button", class: "mixer-key mixer-key--mute", "aria-pressed": "false", "aria-label": `Mute ${label}`, title: `Mute${keys.mute}` }, "M");
  const solo = make("button", { type: "button", class: "mixer-key mixer-key--solo", "aria-pressed": "false", "aria-label": `Solo ${label}`, title: `Solo${keys.solo}; with Ctrl: only this one` }, "S");
  const save = tool(`Save ${label}`, ICONS.save, {});
  const gain = range(`Level of ${label}`, { min: LOWEST_DB, max: HIGHEST_DB, step: 0.5, value: 0 }, "mixer-gain", "Level. Double-click: 0 dB");
  const pan = range(`Pan of ${label}`, { min: -100, max: 100, step: 5, value: 0 }, "mixer-pan", "Pan. Double-click: centre");
  const meter = buildMeter("mixer-meter");
  const track = buildTrack("mixer-wave");
  const heading = make("h4", { class: "mixer-name" }, label);
  const strip = make("div", { class: "mixer-strip" }, make("div", { class: "mixer-strip-top" }, heading, mute, solo, save), make("div", { class: "mixer-strip-knobs" }, gain.root, pan.root));
  const root = make("li", { class: "mixer-lane", "data-stem": name }, strip, meter.root, track.root);
  return { root, mute, solo, save, gain, pan, meter, track };
}

/** Two bars that are uncovered from below or from the left. @param {string} name */
function buildMeter(name) {
  const covers = [make("span", {}), make("span", {})];
  const bars = covers.map((cover) => make("span", { class: "mixer-bar-meter" }, cover));
  return { root: make("div", { class: `${name} mixer-levels`, "aria-hidden": "true" }, ...bars), covers };
}

/** @param {string} label @param {Record<string, number>} limits @param {string} name @param {string} title */
function range(label, limits, name, title) {
  const input = make("input", { type: "range", "aria-label": label, title, ...limits });
  const caption = make("span", { class: "mixer-caption", "aria-hidden": "true" }, label);
  const value = make("output", { class: "mixer-value", "aria-hidden": "true" });
  return { root: make("label", { class: `mixer-range ${name}` }, caption, input, value), caption, input, value };
}

/** @param {string} label @param {string} path @param {import("./widget-dom.js").Attributes} attributes @param {string} [text] is then the button's name */
function tool(label, path, attributes, text) {
  const words = text === undefined ? [] : [make("span", {}, text)];
  return make("button", { type: "button", class: "mixer-tool", "aria-label": text === undefined ? label : null, title: label, ...attributes }, icon(path), ...words);
}

/** @param {string} path */
function solid(path) {
  const drawing = icon(path);
  drawing.firstElementChild?.setAttribute("fill", "currentColor");
  return drawing;
}

let ids = 0;

/** @param {string} name */
function freshId(name) {
  ids += 1;
  return `mixer-${name}-${ids}`;
}
