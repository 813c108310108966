/**
 * The picture of the mixer: waves, ruler, sections, loop and playhead in one view that can be zoomed. Waves are drawn
 * only when the view or the data changed; playhead and loop are elements that move over them. This module owns the one
 * requestAnimationFrame of the mixer.
 * @import {Lane, Loop, Section} from "./mixer-types.js"
 * @import {LaneView} from "./mixer-lane.js"
 * @import {MixerParts} from "./mixer-dom.js"
 * @import {Scope} from "./scope.js"
 * @import {View} from "./waveform-geometry.js"
 * @import {Levels} from "./waveform-levels.js"
 * @import {Palette} from "./waveform-paint.js"
 */
import { setText } from "./dom.js";
import { spokenTime } from "./labels.js";
import { clampView, followView, formatTime, panBy, revealView, rulerTicks, secondsToX, wholeView, xToSeconds, zoomAt } from "./waveform-geometry.js";
import { makeLevels } from "./waveform-levels.js";
import { WavePainter, readPalette } from "./waveform-paint.js";
import { makeInks } from "./waveform-raster.js";
import { make } from "./widget-dom.js";

const NO_BANDS = new Uint8Array();
const RULER_TICKS_TOP = 2;

/**
 * @typedef {object} StageHooks
 * @property {() => number} position       seconds that are heard
 * @property {() => boolean} moving        whether the playhead runs
 * @property {(seconds: number) => boolean} meters  move the meters by that much time; true while they still move
 * @property {(section: Section) => void} onSection
 */

/** One picture: a lane's wave. @typedef {{view: LaneView, painter: WavePainter, levels: Levels|null, peaks: Int8Array|null}} Picture */

export class Stage {
  #parts;
  #hooks;
  /** @type {Picture[]} */
  #pictures = [];
  #ruler;
  /** @type {ReadonlyArray<Section>} */
  #sections = [];
  /** @type {HTMLElement[]} */
  #sectionButtons = [];
  #seconds = 0;
  /** @type {View} */
  #view = { startSeconds: 0, secondsPerPixel: 1 };
  #whole = true;
  #width = 0;
  /** @type {Loop|null} */
  #loop = null;
  #looping = false;
  #stale = true;
  #frame = 0;
  #last = 0;
  #observer;
  #calm = matchMedia("(prefers-reduced-motion: reduce)");

  /** @param {MixerParts} parts @param {StageHooks} hooks @param {Scope} scope */
  constructor(parts, hooks, scope) {
    this.#parts = parts;
    this.#hooks = hooks;
    this.#ruler = new WavePainter(parts.map.ruler.canvas);
    this.#observer = new ResizeObserver(() => this.redraw());
    this.#observer.observe(parts.map.ruler.root);
    const themes = new MutationObserver(() => this.redraw());
    themes.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    scope.on(matchMedia("(prefers-color-scheme: dark)"), "change", () => this.redraw());
    scope.add(() => {
      this.#observer.disconnect();
      themes.disconnect();
      cancelAnimationFrame(this.#frame);
      this.#frame = -1; // no frame may be asked for any more
    });
  }

  /** @param {ReadonlyArray<LaneView>} lanes @param {ReadonlyArray<Section>} sections @param {number} seconds */
  show(lanes, sections, seconds) {
    for (const { view } of this.#pictures) this.#observer.unobserve(view.parts.track.root);
    this.#pictures = lanes.map((view) => ({ view, painter: new WavePainter(view.parts.track.canvas), levels: null, peaks: null }));
    for (const view of lanes) this.#observer.observe(view.parts.track.root);
    this.#sections = sections;
    this.#buildSections();
    this.#whole = true;
    this.setLoop(null, false);
    this.setLength(seconds);
  }

  /** Lanes have grown. @param {number} seconds */
  setLength(seconds) {
    this.#seconds = seconds;
    this.redraw();
  }

  /** Read sizes, colours and peaks again. */
  redraw() {
    this.#stale = true;
    this.wake();
  }

  /** @param {Loop|null} loop @param {boolean} looping */
  setLoop(loop, looping) {
    this.#loop = loop;
    this.#looping = looping;
    for (const [index, button] of this.#sectionButtons.entries()) {
      const section = this.#sections[index];
      const same = loop !== null && section !== undefined && Math.abs(loop.startSeconds - section.startSeconds) < 0.01 && Math.abs(loop.endSeconds - section.endSeconds) < 0.01;
      button.setAttribute("aria-pressed", String(same && looping));
    }
    this.#placeLoop();
  }

  /** The second under an x of the ruler or a wave. @param {number} x */
  secondsAt(x) {
    return Math.min(this.#seconds, Math.max(0, xToSeconds(this.#view, x)));
  }

  get secondsPerPixel() {
    return this.#view.secondsPerPixel;
  }

  /** @param {number} factor above 1 is closer @param {number|null} x null: around the playhead */
  zoom(factor, x) {
    const extent = this.#extent();
    const around = x ?? Math.min(extent.width, Math.max(0, secondsToX(this.#view, this.#hooks.position())));
    this.#setView(zoomAt(this.#view, factor, around, extent));
    if (x === null) this.reveal(this.#hooks.position());
  }

  showWhole() {
    this.#setView(wholeView(this.#extent()));
  }

  /** @param {number} pixels positive: later */
  pan(pixels) {
    this.#setView(panBy(this.#view, pixels, this.#extent()));
  }

  /** @param {number} seconds */
  reveal(seconds) {
    this.#setView(revealView(this.#view, seconds, this.#extent()));
  }

  /** Something moves: look at every frame until it rests. */
  wake() {
    if (this.#frame === 0) this.#frame = requestAnimationFrame((now) => this.#onFrame(now));
  }

  /** @param {number} now */
  #onFrame(now) {
    this.#frame = 0;
    const elapsed = this.#last === 0 ? 0 : Math.min(0.25, (now - this.#last) / 1000);
    const moving = this.#hooks.moving();
    if (this.#stale) this.#measure();
    if (moving && !this.#whole) this.#follow();
    if (this.#stale) this.#paint();
    this.#placePlayhead();
    const lively = this.#hooks.meters(elapsed);
    this.#last = moving || lively ? now : 0;
    if (moving || lively) this.wake();
  }

  #follow() {
    const view = followView(this.#view, this.#hooks.position(), this.#extent(), { paged: true });
    if (view.startSeconds !== this.#view.startSeconds) this.#setView(view);
  }

  /** @param {View} view */
  #setView(view) {
    const extent = this.#extent();
    this.#view = clampView(view, extent);
    this.#whole = this.#view.secondsPerPixel >= wholeView(extent).secondsPerPixel * 0.999;
    this.#stale = true;
    this.wake();
  }

  #extent() {
    return { durationSeconds: this.#seconds, width: Math.max(1, this.#width) };
  }

  #measure() {
    this.#width = this.#parts.map.ruler.root.clientWidth;
    this.#view = this.#whole ? wholeView(this.#extent()) : clampView(this.#view, this.#extent());
    for (const picture of this.#pictures) {
      const { peaks } = picture.view.lane;
      if (picture.levels && sameMemory(peaks, picture.peaks)) continue;
      picture.peaks = peaks;
      picture.levels = peaks && peaks.length > 0 ? makeLevels({ peaks, bands: NO_BANDS }) : null;
    }
    // One gain for all, so that quiet stems look quiet.
    const gain = Math.min(...this.#pictures.map(({ levels }) => levels?.gain ?? Infinity));
    for (const { levels } of this.#pictures) if (levels) levels.gain = gain;
  }

  #paint() {
    this.#stale = false;
    if (this.#width === 0 || this.#seconds === 0) return;
    const probe = this.#parts.probe;
    probe.removeAttribute("data-stem");
    const palette = readPalette(probe);
    const { ruler } = this.#parts.map;
    this.#ruler.resize(this.#width, ruler.root.clientHeight);
    this.#ruler.clear();
    this.#ruler.drawRuler(rulerTicks(this.#view, this.#extent()), RULER_TICKS_TOP, palette);
    for (const picture of this.#pictures) this.#paintWave(picture, palette);
    this.#placeSections();
    this.#placeLoop();
  }

  /** @param {Picture} picture @param {Palette} palette */
  #paintWave({ view: { parts, lane }, painter, levels }, palette) {
    const { clientWidth, clientHeight } = parts.track.root;
    painter.resize(clientWidth, clientHeight);
    if (!levels) return painter.clear();
    const view = painter.snapped(this.#view);
    painter.drawWave(levels, view, { top: 3, bottom: clientHeight - 3 }, { ...palette, inks: this.#inksOf(lane) });
  }

  /** The stem's own colour, as the stylesheet has it now. @param {Lane} lane */
  #inksOf(lane) {
    const { probe } = this.#parts;
    probe.dataset.stem = lane.name;
    probe.dataset.role = "stem";
    const pixel = document.createElement("canvas").getContext("2d");
    if (!pixel) throw new Error("This browser gave no 2D canvas, so the waves cannot be drawn.");
    pixel.fillStyle = getComputedStyle(probe).color;
    pixel.fillRect(0, 0, 1, 1);
    return makeInks(pixel.getImageData(0, 0, 1, 1).data);
  }

  #placePlayhead() {
    const seconds = this.#hooks.position();
    const x = secondsToX(this.#view, seconds);
    const inside = x >= -1 && x <= this.#width + 1;
    // Without motion it steps from pixel to pixel, which is what a clock does.
    const place = `translateX(${this.#calm.matches ? Math.round(x) : x.toFixed(2)}px)`;
    for (const track of this.#tracks()) {
      track.playhead.hidden = !inside;
      if (inside) track.playhead.style.transform = place;
    }
    setText(this.#parts.bar.time, formatTime(seconds, 1));
    const { root } = this.#parts.map.ruler;
    // Told once a second, not at every frame.
    const text = `${spokenTime(seconds)} of ${spokenTime(this.#seconds)}`;
    if (root.getAttribute("aria-valuetext") === text) return;
    root.setAttribute("aria-valuenow", seconds.toFixed(1));
    root.setAttribute("aria-valuemax", this.#seconds.toFixed(1));
    root.setAttribute("aria-valuetext", text);
  }

  #tracks() {
    return [this.#parts.map.ruler, ...this.#pictures.map(({ view }) => view.parts.track)];
  }

  #placeLoop() {
    const loop = this.#loop;
    const { grips, start, end } = this.#parts.map;
    const [left, right] = loop ? [secondsToX(this.#view, loop.startSeconds), secondsToX(this.#view, loop.endSeconds)] : [0, 0];
    for (const track of this.#tracks()) {
      track.loop.hidden = loop === null;
      track.loop.classList.toggle("is-off", !this.#looping);
      track.loop.style.left = `${left}px`;
      track.loop.style.width = `${right - left}px`;
    }
    grips.hidden = loop === null;
    if (!loop) return;
    for (const [grip, x, seconds] of /** @type {const} */ ([[start, left, loop.startSeconds], [end, right, loop.endSeconds]])) {
      grip.hidden = x < -1 || x > this.#width + 1;
      grip.style.left = `${x}px`;
      grip.setAttribute("aria-valuemin", "0");
      grip.setAttribute("aria-valuemax", String(this.#seconds));
      grip.setAttribute("aria-valuenow", seconds.toFixed(2));
      grip.setAttribute("aria-valuetext", formatTime(seconds, 1));
    }
  }

  #buildSections() {
    const { sections } = this.#parts.map;
    sections.hidden = this.#sections.length === 0;
    this.#sectionButtons = this.#sections.map((section) => {
      const words = `${section.label}, ${formatTime(section.startSeconds)} to ${formatTime(section.endSeconds)}`;
      const button = make("button", { type: "button", class: "mixer-section", "aria-pressed": "false", "aria-label": `Loop ${words}`, title: `Loop ${words}` }, make("span", {}, section.label));
      button.addEventListener("click", () => this.#hooks.onSection(section));
      return button;
    });
    sections.replaceChildren(...this.#sectionButtons);
  }

  #placeSections() {
    for (const [index, button] of this.#sectionButtons.entries()) {
      const section = this.#sections[index];
      if (!section) continue;
      const left = Math.max(0, secondsToX(this.#view, section.startSeconds));
      const right = Math.min(this.#width, secondsToX(this.#view, section.endSeconds));
      button.classList.toggle("is-outside", right <= left + 1);
      button.style.setProperty("--left", `${left}px`);
      button.style.setProperty("--width", `${Math.max(0, right - left - 2)}px`);
    }
  }
}

/** A waveform that grows is another view of its memory each time. @param {Int8Array|null} a @param {Int8Array|null} b */
function sameMemory(a, b) {
  return a === b || (a !== null && b !== null && a.buffer === b.buffer && a.byteOffset === b.byteOffset && a.length === b.length);
}
