/**
 * How a number follows the music: which feature of the song or of a stem, from where to where, how smoothly, with a
 * meter of what it does now.
 * @import {Drive, InputWords} from "./protocol.js"
 * @import {VideoModel} from "./video-model.js"
 */
import { stemLabel } from "./stems-words.js";
import { numberText, selectOf, unitOf, wordsOf } from "./video-parts.js";
import { make } from "./widget-dom.js";

/**
 * @param {InputWords} input @param {Drive} first
 * @param {{model: VideoModel, set: (drive: Drive, live: boolean) => void}} deps
 * @returns {{element: HTMLElement, show: (drive: Drive, share: number|null) => void}}
 */
export function makeDrive(input, first, { model, set }) {
  let drive = first;
  const change = (/** @type {Partial<Drive>} */ patch, live = false) => set({ ...drive, ...patch }, live);
  const features = (model.tables?.features ?? []).map((name) => /** @type {const} */ ([name, wordsOf(name)]));
  const ofStems = new Set(model.tables?.stemFeatures ?? []);
  const feature = selectOf(features, drive.feature, (value) => change({ feature: value, stem: ofStems.has(value) ? drive.stem ?? null : null }), `What ${input.label} follows`);
  const source = selectOf([["", "Whole song"], ...stemsFor(model, drive)], drive.stem ?? "", (value) => change({ stem: value || null }), `Whose ${input.label} follows`);
  const waiting = make("p", { class: "prop__note", hidden: true }, "Its stem is not heard yet: until then it follows the whole song.");
  const fill = make("span", { class: "meter__fill" });
  const span = make("span", { class: "meter__span" });
  const meter = make("div", { class: "meter-live", role: "meter", "aria-label": `${input.label} now`, "aria-valuemin": 0, "aria-valuemax": 1 }, span, fill);
  const { factor, sign } = unitOf(input.unit);
  const low = end(input, "from", () => drive.low ?? 0, (value, live) => change({ low: value }, live));
  const high = end(input, "to", () => drive.high ?? 1, (value, live) => change({ high: value }, live));
  const smooth = slider("Smooth", 0, 2, 0.01, "s", (value, live) => change({ smooth: value }, live));
  const delay = slider("Delay", -1, 1, 0.01, "s", (value, live) => change({ delay: value }, live));
  const invert = check("Invert", (value) => change({ invert: value }));
  const cumulative = check("Adds up", (value) => change({ cumulative: value }), "Goes on and on, faster when the music is strong: for turning and travelling.");
  const more = make("details", { class: "drive__more" }, make("summary", {}, "Smooth, delay, invert"), smooth.element, delay.element,
    make("div", { class: "drive__checks" }, invert.element, cumulative.element));
  const element = make("div", { class: "drive" },
    make("div", { class: "drive__of" }, source, feature), waiting,
    make("div", { class: "drive__line" }, low.element, make("span", { class: "drive__to", "aria-hidden": "true" }, "to"), high.element,
      make("span", { class: "field-unit", "aria-hidden": "true" }, sign)), meter, more);
  const share = (/** @type {number} */ value) => Math.min(1, Math.max(0, (value - input.low) / Math.max(1e-9, input.high - input.low)));
  return {
    element,
    show(next, now) {
      drive = next;
      feature.value = next.feature;
      source.value = next.stem ?? "";
      source.disabled = !ofStems.has(next.feature);
      source.title = source.disabled ? "Beats, bars, sections and progress are the song's own." : "";
      waiting.hidden = !next.stem || (model.song.stems ?? []).includes(next.stem);
      for (const each of [low, high]) each.show(factor);
      smooth.show(next.smooth ?? 0);
      delay.show(next.delay ?? 0);
      invert.show(next.invert ?? false);
      cumulative.show(next.cumulative ?? false);
      const [from, to] = [share(Math.min(next.low ?? 0, next.high ?? 1)), share(Math.max(next.low ?? 0, next.high ?? 1))];
      span.style.left = `${100 * from}%`;
      span.style.width = `${100 * (to - from)}%`;
      if (now === null) return;
      fill.style.transform = `scaleX(${now.toFixed(4)})`;
      meter.setAttribute("aria-valuenow", now.toFixed(2));
    },
  };
}

/** Stems that can be followed: those of the song, those a separation gives, and the one that is followed. @param {VideoModel} model @param {Drive} drive */
function stemsFor({ tables, song }, { stem }) {
  const names = new Set([...(tables?.stems ?? []), ...(song.stems ?? []), ...(stem ? [stem] : [])]);
  return [...names].map((name) => /** @type {const} */ ([name, stemLabel(name)]));
}

/** One end of the range. @param {InputWords} input @param {string} words @param {() => number} get @param {(value: number, live: boolean) => void} set */
function end(input, words, get, set) {
  const { factor } = unitOf(input.unit);
  const field = make("input", { type: "text", inputmode: "decimal", class: "field-number", "aria-label": `${input.label} ${words}`, autocomplete: "off" });
  const held = (/** @type {number} */ value) => Math.min(input.high, Math.max(input.low, value));
  field.addEventListener("change", () => {
    const typed = Number(field.value.replace(",", "."));
    if (field.value.trim() !== "" && Number.isFinite(typed)) set(input.unit === "degrees" ? typed : held(typed / factor), false);
  });
  field.addEventListener("keydown", (event) => {
    const by = event.key === "ArrowUp" ? 1 : event.key === "ArrowDown" ? -1 : 0;
    if (by === 0) return;
    event.preventDefault();
    set(held(get() + by * input.step * (event.shiftKey ? 10 : 1)), true);
    field.value = numberText(get() * factor, input.step * factor);
  });
  return {
    element: field,
    show(/** @type {number} */ by) {
      if (document.activeElement !== field) field.value = numberText(get() * by, input.step * by);
    },
  };
}

/** @param {string} label @param {number} low @param {number} high @param {number} step @param {string} unit @param {(value: number, live: boolean) => void} set */
function slider(label, low, high, step, unit, set) {
  const range = make("input", { type: "range", class: "field-range", min: low, max: high, step, "aria-label": label });
  const read = make("output", { class: "drive__read" });
  range.addEventListener("input", () => set(Number(range.value), true));
  range.addEventListener("change", () => set(Number(range.value), false));
  return {
    element: make("label", { class: "drive__slider" }, make("span", {}, label), range, read),
    show(/** @type {number} */ value) {
      range.value = String(value);
      range.style.setProperty("--share", `${(100 * (Number(range.value) - low)) / (high - low)}%`);
      read.textContent = `${numberText(value, step)} ${unit}`;
    },
  };
}

/** @param {string} label @param {(value: boolean) => void} set @param {string} [title] */
function check(label, set, title = "") {
  const box = make("input", { type: "checkbox" });
  box.addEventListener("change", () => set(box.checked));
  return { element: make("label", { class: "drive__check", title: title || null }, box, label), show: (/** @type {boolean} */ value) => (box.checked = value) };
}
