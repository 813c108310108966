/**
 * What lies along the waveform: sections and cue points in the zoomed view, both small over the whole song, and keys
 * where they change. Where things lie comes from timeline-geometry.js; the waveform says when its view has moved.
 * @import {CuePoint, KeySpan, Section, Structure} from "./protocol.js"
 * @import {Notation} from "./store.js"
 * @import {Scope} from "./scope.js"
 * @import {Deepening} from "./types.js"
 * @import {View} from "./waveform-geometry.js"
 * @import {TimelineParts} from "./timeline-dom.js"
 */
import { mountCues } from "./cues.js";
import { cueText, reasonText, sectionName, sectionText } from "./detail-labels.js";
import { setText } from "./dom.js";
import { clockText, keyChip } from "./labels.js";
import { CLEAR_CONFIDENCE } from "./protocol.js";
import { flagsInView, sectionStep, shareOf, spanAt, spansInView } from "./timeline-geometry.js";
import { make } from "./widget-dom.js";

/**
 * structure: null while it is not there. keys: spans in order, shown when there are several.
 * @typedef {object} TimelineContent
 * @property {number} durationSeconds
 * @property {Structure|null} structure
 * @property {Deepening} deepening
 * @property {ReadonlyArray<KeySpan>} keys
 * @property {Notation} notation
 */

/** @typedef {{onSeek: (seconds: number) => void}} TimelineDeps */

const NO_STRUCTURE = Object.freeze({ sections: Object.freeze([]), cues: Object.freeze([]) });
/** Flags stand on the ruler; two at one place hang above one another. CSS pixels. */
const FLAGS_BOTTOM = 24;
const FLAG_STEP = 20;
/** Height of a section with no energy in the small strip, percent. */
const LEAST_HEIGHT = 28;

export class Timeline {
  #parts;
  #onSeek;
  #cues;
  /** @type {TimelineContent|null} */
  #content = null;
  /** @type {HTMLElement[]} */
  #boxes = [];
  /** @type {Array<{line: HTMLElement, flag: HTMLElement}>} */
  #marks = [];
  /** @type {HTMLElement[]} lines through the wave where a section begins */
  #edges = [];
  /** @type {{view: View, width: number}|null} as last placed */
  #placed = null;

  /** @param {TimelineParts} parts @param {TimelineDeps} deps @param {Scope} scope */
  constructor(parts, { onSeek }, scope) {
    this.#parts = parts;
    this.#onSeek = onSeek;
    this.#cues = mountCues(parts.cues, { onSeek }, scope);
    for (const strip of [parts.lane, parts.strip, parts.keys]) {
      scope.on(strip, "click", (event) => this.#seekTo(event.target));
    }
    // Flags lie on the stage, which would take a press for the start of a drag.
    scope.on(parts.flags, "pointerdown", (event) => event.stopPropagation());
    scope.on(parts.flags, "click", (event) => this.#seekTo(event.target));
  }

  /** @returns {ReadonlyArray<Section>} */
  get sections() {
    return this.#structure.sections;
  }

  /** @returns {ReadonlyArray<CuePoint>} */
  get cues() {
    return this.#structure.cues;
  }

  get #structure() {
    return this.#content?.structure ?? NO_STRUCTURE;
  }

  /** @param {TimelineContent|null} content */
  show(content) {
    const before = this.#content;
    this.#content = content;
    this.#showWaiting(content);
    if (content === null || content.structure !== before?.structure || content.durationSeconds !== before.durationSeconds) this.#fillSections();
    this.#cues.show(this.cues, content?.deepening ?? null);
    if (content?.keys !== before?.keys || content?.notation !== before?.notation) this.#fillKeys();
    this.#placed = null;
  }

  /** "Chorus B", or "" where nothing is known. @param {number} seconds */
  nameAt(seconds) {
    const section = this.sections[spanAt(this.sections, seconds)];
    return section ? sectionName(section) : "";
  }

  /** @param {number} seconds @param {1|-1} direction @returns {number|null} */
  step(seconds, direction) {
    return sectionStep(this.sections, seconds, direction);
  }

  /** For who sees no picture. @returns {string} */
  summary() {
    if (this.sections.length === 0) return "";
    return `Sections: ${this.sections.map((each) => `${sectionName(each)} at ${clockText(each.startSeconds)}`).join(", ")}.`;
  }

  /** The view may have moved. @param {View} view @param {number} width */
  place(view, width) {
    const last = this.#placed;
    if (last && last.width === width && last.view.startSeconds === view.startSeconds && last.view.secondsPerPixel === view.secondsPerPixel) return;
    this.#placed = { view, width };
    if (last?.width !== width) this.#cues.fit();
    const shown = spansInView(this.sections, view, width);
    for (const box of this.#boxes) box.hidden = true;
    for (const edge of this.#edges) edge.hidden = true;
    for (const { index, left, width: boxWidth } of shown) {
      const [box, edge] = [this.#boxes[index], this.#edges[index]];
      if (!box || !edge) continue;
      box.hidden = false;
      box.style.left = `${left.toFixed(1)}px`;
      box.style.width = `${boxWidth.toFixed(1)}px`;
      edge.hidden = left <= 0;
      edge.style.transform = `translateX(${left.toFixed(1)}px)`;
    }
    this.#placeFlags(view, width);
  }

  /** @param {View} view @param {number} width */
  #placeFlags(view, width) {
    for (const { line } of this.#marks) line.hidden = true;
    for (const { index, x, named, level } of flagsInView(this.cues, view, width)) {
      const mark = this.#marks[index];
      if (!mark) continue;
      mark.line.hidden = false;
      mark.line.style.transform = `translateX(${x.toFixed(1)}px)`;
      mark.line.classList.toggle("is-named", named);
      mark.line.classList.toggle("is-turned", x > width - 24);
      mark.flag.style.bottom = `${FLAGS_BOTTOM + level * FLAG_STEP}px`;
    }
  }

  /** @param {EventTarget|null} target */
  #seekTo(target) {
    const at = target instanceof Element ? target.closest("[data-seconds]")?.getAttribute("data-seconds") : null;
    if (at) this.#onSeek(Number(at));
  }

  /** Room is kept from the first paint on, so that nothing moves when the sections come. @param {TimelineContent|null} content */
  #showWaiting(content) {
    const { root, note } = this.#parts;
    const state = content?.deepening.state ?? "none";
    const coming = state === "waiting" || state === "working";
    root.classList.toggle("is-listening", coming);
    root.classList.toggle("has-sections", this.sections.length > 0);
    setText(note, this.sections.length > 0 || content === null ? "" : coming ? "Listening for sections" : state === "done" ? "No sections found" : "No sections");
  }

  #fillSections() {
    const { lane, strip, flags, ticks } = this.#parts;
    const duration = this.#content?.durationSeconds ?? 0;
    this.#boxes = this.sections.map((section) => sectionBox(section));
    this.#edges = this.sections.map(({ kind }) => make("span", { class: "timeline-edge", "data-kind": kind }));
    this.#marks = this.cues.map((cue, index) => cueMark(cue, index));
    lane.replaceChildren(...this.#boxes);
    flags.replaceChildren(...this.#edges, ...this.#marks.map(({ line }) => line));
    strip.replaceChildren(...this.sections.map((section) => {
      const bar = sectionBar(section);
      setShare(bar, shareOf(section, duration));
      return bar;
    }));
    ticks.replaceChildren(...this.cues.map((cue, index) => {
      const tick = make("span", { class: "timeline-tick", "data-kind": cue.kind }, String(index + 1));
      tick.style.left = `${shareOf({ startSeconds: cue.seconds, endSeconds: cue.seconds }, duration).left}%`;
      return tick;
    }));
  }

  #fillKeys() {
    const { keys: strip } = this.#parts;
    const { keys = [], notation = "camelot", durationSeconds = 0 } = this.#content ?? {};
    strip.hidden = keys.length < 2;
    strip.replaceChildren(...(keys.length < 2 ? [] : keys).map((span) => {
      const box = keyBox(span, notation);
      setShare(box, shareOf(span, durationSeconds));
      return box;
    }));
  }
}

/** @param {HTMLElement} element @param {{left: number, width: number}} share percent */
function setShare(element, { left, width }) {
  element.style.left = `${left.toFixed(3)}%`;
  element.style.width = `${width.toFixed(3)}%`;
}

/** @param {Section} section */
function sectionBox(section) {
  const { kind, letter, startSeconds } = section;
  return make("span", { class: "timeline-section", "data-kind": kind, "data-seconds": startSeconds, title: sectionText(section) },
    make("span", { class: "timeline-kind" }, sectionName({ ...section, letter: "" })), make("span", { class: "timeline-letter" }, letter));
}

/** In the small strip energy is height. @param {Section} section */
function sectionBar(section) {
  const fill = make("span", { class: "timeline-fill" });
  fill.style.height = `${LEAST_HEIGHT + (100 - LEAST_HEIGHT) * Math.min(1, Math.max(0, section.energy / 100))}%`;
  return make("span", { class: "timeline-bar", "data-kind": section.kind, "data-seconds": section.startSeconds, title: sectionText(section) }, fill);
}

/** @param {CuePoint} cue @param {number} index */
function cueMark(cue, index) {
  const flag = make("span", { class: "timeline-flag", "data-seconds": cue.seconds, title: `${cueText(cue, index)}. ${reasonText(cue.reason)}` },
    make("b", {}, String(index + 1)), make("span", {}, cue.kind));
  return { line: make("span", { class: "timeline-mark", "data-kind": cue.kind }, flag), flag };
}

/** @param {KeySpan} span @param {Notation} notation */
function keyBox({ startSeconds, endSeconds, key, confidence }, notation) {
  const unsure = confidence < CLEAR_CONFIDENCE;
  const title = `${key.symbol}, ${clockText(startSeconds)} to ${clockText(endSeconds)}${unsure ? ", unsure" : ""}`;
  return make("span", { class: unsure ? "timeline-key is-unsure" : "timeline-key", "data-wheel": key.wheel, "data-seconds": startSeconds, title },
    make("span", {}, keyChip(key, notation)));
}
