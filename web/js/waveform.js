/**
 * The waveform of one track: coloured by spectrum, with beats and bars, zoom, overview and playhead.
 *
 * The pictures are drawn only when the view or the data changed; playhead, hover line and the overview's window are
 * elements that move over them. This module owns the one requestAnimationFrame of the widget.
 * @import {Analysis, RhythmEstimate} from "./protocol.js"
 * @import {Scope} from "./scope.js"
 * @import {PlayerState, TrackArrays} from "./types.js"
 * @import {View} from "./waveform-geometry.js"
 * @import {Song} from "./waveform-words.js"
 * @import {Palette} from "./waveform-paint.js"
 * @import {Actions} from "./waveform-input.js"
 * @import {TimelineContent} from "./timeline.js"
 */
import { setText } from "./dom.js";
import { Timeline } from "./timeline.js";
import {
  barBeatAt, barBeatText, clampView, downbeatShiftTo, followView, formatTime, gridLines, hoverLabelLeft, panBy, revealView, rulerTicks,
  secondsToX, stepFrom, wholeView, xToSeconds, zoomAt,
} from "./waveform-geometry.js";
import { buildWaveform } from "./waveform-dom.js";
import { listenToOverview, listenToStage } from "./waveform-input.js";
import { makeLevels } from "./waveform-levels.js";
import { readPalette, WavePainter } from "./waveform-paint.js";
import { spanText, summaryOf } from "./waveform-words.js";

/** @typedef {EventTarget & {state: PlayerState, position: () => number, seek: (seconds: number) => void}} Player */

/** @typedef {{shiftSeconds: number}|{downbeatShift: number}} Nudge  as in `Retempo` */

/**
 * onSeek: the person chose a position. onNudge: the person moved the beat grid; without it the buttons are hidden.
 * @typedef {object} WaveformDeps
 * @property {Player} player
 * @property {(seconds: number) => void} onSeek
 * @property {(nudge: Nudge) => void} [onNudge]
 */

/** trackId: when given, the playhead moves only while the player holds this track. @typedef {{analysis: Analysis, arrays: TrackArrays, trackId?: number}} Shown */

const NUDGE_SECONDS = 0.01;
const ZOOM_MILLISECONDS = 160;
const BUTTON_ZOOM = 2;
const TOP = 22;
const BOTTOM = 24;
/** Without beats an arrow moves this far, with Shift four times. */
const STEP_SECONDS = 2;
const PLAYING_SLACK_SECONDS = 0.25;
/** How long the first hover tells how to zoom. */
const HINT_MILLISECONDS = 6000;
/** Closer than this the hover label tells milliseconds. */
const FINE_SECONDS_PER_PIXEL = 0.002;

/** @param {HTMLElement} element @param {WaveformDeps} deps @param {Scope} scope */
export function mountWaveform(element, deps, scope) {
  const waveform = new Waveform(element, deps, scope);
  return {
    /** @param {Shown|null} shown */
    show: (shown) => waveform.show(shown),
    /** @param {RhythmEstimate|null} rhythm @param {Float64Array} beats @param {Float64Array} downbeats */
    setRhythm: (rhythm, beats, downbeats) => waveform.setRhythm(rhythm, beats, downbeats),
    /** Sections, cue points and keys, which may come later than the rest. @param {Omit<TimelineContent, "durationSeconds">} content */
    setTimeline: (content) => waveform.setTimeline(content),
    /** @param {number} number from 1 @returns {boolean} whether there is such a cue point */
    jumpToCue: (number) => waveform.jumpToCue(number),
    /** @param {boolean} on */
    setFollow: (on) => waveform.setFollow(on),
    /** A locked track's grid cannot be moved. @param {boolean} locked */
    setLocked: (locked) => waveform.setLocked(locked),
    /** Read the colours and sizes again and draw. */
    redraw: () => waveform.refresh(),
  };
}

class Waveform {
  /** @type {Song|null} */
  #song = null;
  /** @type {View} */
  #view = { startSeconds: 0, secondsPerPixel: 1 };
  /** @type {{from: View, to: View, start: number}|null} */
  #glide = null;
  /** @type {Palette|null} */
  #palette = null;
  /** @type {number|null} */
  #hoverX = null;
  #follow = true;
  #locked = false;
  #gridWanted = false; // shown although the beat is not clear
  /** @type {ReturnType<typeof setTimeout>|"due"|"over"} */
  #hint = "due";
  #whole = true; // stay on the whole song while nobody zoomed
  #width = 0;
  #height = 0;
  #overviewStale = true;
  #viewStale = true;
  #frame = 0;

  /** @param {HTMLElement} element @param {WaveformDeps} deps @param {Scope} scope */
  constructor(element, deps, scope) {
    this.deps = deps;
    this.parts = buildWaveform(element);
    this.painter = new WavePainter(this.parts.stage.canvas);
    this.overviewPainter = new WavePainter(this.parts.overview.canvas);
    this.calm = matchMedia("(prefers-reduced-motion: reduce)");
    this.timeline = new Timeline(this.parts.timeline, { onSeek: (seconds) => this.#seek(seconds) }, scope);
    listenToStage(this.parts.stage.root, this.#actions(), scope);
    listenToOverview(this.parts.overview.root, this.parts.overview.windowFrame, this.#actions(), scope);
    this.#listenToTools(scope);
    this.#listenToPage(scope);
    this.show(null);
  }

  // What others may ask.

  /** @param {Shown|null} shown */
  show(shown) {
    this.#song = shown && {
      analysis: shown.analysis, levels: makeLevels(shown.arrays), trackId: shown.trackId ?? null,
      grid: { beats: shown.arrays.beats, downbeats: shown.arrays.downbeats, meter: shown.analysis.rhythm?.meter || 4 },
    };
    this.#whole = true;
    this.#hoverX = null;
    this.#glide = null;
    this.#gridWanted = false;
    this.parts.root.classList.toggle("is-empty", shown === null);
    for (const part of [this.parts.stage.root, this.parts.overview.root]) part.setAttribute("aria-disabled", String(shown === null));
    this.#view = wholeView(this.#extent());
    this.timeline.show(null);
    this.#describe();
    this.#everythingChanged();
  }

  /** @param {Omit<TimelineContent, "durationSeconds">} content */
  setTimeline(content) {
    if (this.#song === null) return;
    this.timeline.show({ ...content, durationSeconds: this.#song.analysis.durationSeconds });
    this.#describe();
    this.#announce();
    this.#request();
  }

  /** @param {number} number from 1 @returns {boolean} */
  jumpToCue(number) {
    const cue = this.#song && this.timeline.cues[number - 1];
    if (cue) this.#seek(cue.seconds);
    return Boolean(cue);
  }

  /** @param {RhythmEstimate|null} rhythm @param {Float64Array} beats @param {Float64Array} downbeats */
  setRhythm(rhythm, beats, downbeats) {
    if (this.#song === null) return;
    const analysis = { ...this.#song.analysis, rhythm };
    this.#song = { ...this.#song, analysis, grid: { beats, downbeats, meter: rhythm?.meter || 4 } };
    this.#describe();
    this.#everythingChanged();
  }

  /** @param {boolean} on */
  setFollow(on) {
    this.#follow = on;
    this.parts.tools.follow.setAttribute("aria-pressed", String(on));
    this.#request();
  }

  /** @param {boolean} locked */
  setLocked(locked) {
    this.#locked = locked;
    this.#describe();
  }

  /** @param {boolean} wanted */
  #showGrid(wanted) {
    this.#gridWanted = wanted;
    this.#describe();
    this.#everythingChanged();
  }

  refresh() {
    this.#palette = null;
    this.#measure();
    this.#everythingChanged();
  }

  // What the person does.

  /** @returns {Actions} */
  #actions() {
    return {
      pan: (pixels) => this.#lookAt(panBy(this.#view, pixels, this.#extent())),
      zoom: (factor, x, how) => this.#zoom(factor, x, how.smooth),
      showWhole: () => this.#moveTo(wholeView(this.#extent()), { smooth: true }),
      seekAt: (x) => this.#seek(xToSeconds(this.#view, x)),
      hover: (x) => this.#setHover(x),
      step: (unit, direction) => this.#step(unit, direction),
      jump: (end) => this.#seek(end === "start" ? 0 : this.#extent().durationSeconds),
      section: (direction) => this.#stepSection(direction),
      seekToCursor: () => this.#seek(xToSeconds(this.#view, this.#hoverX ?? this.#width / 2)),
      page: (share) => this.#lookAt(panBy(this.#view, share * this.#width, this.#extent())),
      center: (fraction) => this.#center(fraction),
      seekTo: (fraction) => this.#seek(fraction * this.#extent().durationSeconds),
    };
  }

  /** @param {Scope} scope */
  #listenToTools(scope) {
    const { tools, grid } = this.parts;
    scope.on(tools.follow, "click", () => this.setFollow(!this.#follow));
    scope.on(tools.closer, "click", () => this.#zoom(BUTTON_ZOOM, null, true));
    scope.on(tools.farther, "click", () => this.#zoom(1 / BUTTON_ZOOM, null, true));
    scope.on(tools.whole, "click", () => this.#moveTo(wholeView(this.#extent()), { smooth: true }));
    scope.on(grid.show, "click", () => this.#showGrid(!this.#gridWanted));
    scope.on(grid.earlier, "click", () => this.deps.onNudge?.({ shiftSeconds: -NUDGE_SECONDS }));
    scope.on(grid.later, "click", () => this.deps.onNudge?.({ shiftSeconds: NUDGE_SECONDS }));
    scope.on(grid.one, "click", () => this.#setOne());
  }

  /** @param {Scope} scope */
  #listenToPage(scope) {
    const observer = new ResizeObserver(() => this.refresh());
    observer.observe(this.parts.stage.root);
    observer.observe(this.parts.overview.root);
    const themes = new MutationObserver(() => this.refresh());
    themes.observe(document.documentElement, { attributes: true, attributeFilter: ["class", "style", "data-theme"] });
    for (const query of ["(prefers-color-scheme: dark)", "(prefers-contrast: more)"]) {
      scope.on(matchMedia(query), "change", () => this.refresh());
    }
    scope.on(globalThis.window, "resize", () => this.refresh());
    scope.on(this.deps.player, "change", () => this.#playerChanged());
    scope.on(this.parts.stage.root, "focus", () => this.#announce());
    scope.add(() => {
      observer.disconnect();
      themes.disconnect();
      this.#endHint();
      cancelAnimationFrame(this.#frame);
      this.#frame = -1; // no frame may be asked for any more
    });
  }

  #playerChanged() {
    this.#announce();
    if (this.#held() && this.#follow && !this.#playing()) this.#view = revealView(this.#view, this.#position(), this.#extent());
    this.#viewStale = true;
    this.#request();
  }

  /** @param {number} seconds */
  #seek(seconds) {
    if (this.#song === null) return;
    const { durationSeconds } = this.#extent();
    const target = Math.min(durationSeconds, Math.max(0, seconds));
    this.deps.onSeek(target);
    this.#lookAt(revealView(this.#view, target, this.#extent()), { keepFollow: true });
    this.#announce();
  }

  /** @param {"beat"|"bar"} unit @param {1|-1} direction */
  #step(unit, direction) {
    if (this.#song === null) return;
    const { beats, downbeats } = this.#song.grid;
    const slack = this.#playing() ? { slackSeconds: PLAYING_SLACK_SECONDS } : {};
    this.#seek(stepFrom(this.#position(), direction, unit === "bar" ? downbeats : beats, {
      durationSeconds: this.#extent().durationSeconds, fallbackSeconds: unit === "bar" ? 4 * STEP_SECONDS : STEP_SECONDS, ...slack,
    }));
  }

  /** @param {1|-1} direction */
  #stepSection(direction) {
    const target = this.timeline.step(this.#position(), direction);
    if (target !== null) this.#seek(target);
  }

  #setOne() {
    const shift = this.#song && downbeatShiftTo(this.#position(), this.#song.grid);
    if (shift === null) setText(this.parts.status, "There is no beat at the playhead.");
    else if (shift === 0) setText(this.parts.status, "This beat already starts a bar.");
    else this.deps.onNudge?.({ downbeatShift: shift });
  }

  /** @param {number} factor @param {number|null} x @param {boolean} smooth */
  #zoom(factor, x, smooth) {
    const base = this.#glide?.to ?? this.#view;
    const head = secondsToX(base, this.#position());
    const anchor = x ?? (head >= 0 && head <= this.#width ? head : this.#width / 2);
    this.#moveTo(zoomAt(base, factor, anchor, this.#extent()), { smooth });
    setText(this.parts.status, `Showing ${spanText(this.#width * (this.#glide?.to ?? this.#view).secondsPerPixel)}`);
  }

  /** @param {number} fraction */
  #center(fraction) {
    const { durationSeconds, width } = this.#extent();
    const startSeconds = fraction * durationSeconds - (width / 2) * this.#view.secondsPerPixel;
    this.#lookAt(clampView({ ...this.#view, startSeconds }, this.#extent()));
  }

  /** A move by hand: following would fight it, so it rests. @param {View} view @param {{keepFollow?: boolean}} [how] */
  #lookAt(view, { keepFollow = false } = {}) {
    const moved = view.startSeconds !== this.#view.startSeconds;
    if (moved && !keepFollow && this.#playing()) this.setFollow(false);
    this.#moveTo(view, { smooth: false });
  }

  /** @param {View} view @param {{smooth: boolean}} how */
  #moveTo(view, { smooth }) {
    if (this.#song === null) return;
    this.#endHint();
    const glides = smooth && !this.calm.matches;
    this.#glide = glides ? { from: this.#view, to: view, start: performance.now() } : null;
    if (!glides) this.#view = view;
    this.#whole = view.secondsPerPixel >= wholeView(this.#extent()).secondsPerPixel * 0.9999;
    this.#viewStale = true;
    this.#request();
  }

  /** @param {number|null} x */
  #setHover(x) {
    this.#hoverX = this.#song === null ? null : x;
    if (this.#hoverX === null) this.#endHint();
    else if (this.#hint === "due") this.#beginHint();
    this.#request();
  }

  /** Once, to a mouse whose wheel still scrolls the page. */
  #beginHint() {
    const { root, hint } = this.parts.stage;
    if (document.activeElement === root) return;
    hint.hidden = false;
    this.#hint = setTimeout(() => this.#endHint(), HINT_MILLISECONDS);
  }

  #endHint() {
    if (typeof this.#hint === "string") return;
    clearTimeout(this.#hint);
    this.parts.stage.hint.hidden = true;
    this.#hint = "over";
  }

  // What is on the page.

  #extent() {
    return { durationSeconds: this.#song?.analysis.durationSeconds ?? 0, width: Math.max(1, this.#width) };
  }

  #held() {
    const shown = this.#song?.trackId ?? null;
    return this.#song !== null && (shown === null || shown === this.deps.player.state.trackId);
  }

  /** The grid is there, the analysis does not stand behind it, and the person did not ask for it. */
  #unclear() {
    return this.#doubtful() && !this.#gridWanted;
  }

  #doubtful() {
    const rhythm = this.#song?.analysis.rhythm;
    return rhythm?.clear === false && rhythm.source === "analysis";
  }

  /** Bar and beat, where they may be told. @param {number} seconds */
  #placeAt(seconds) {
    return this.#song === null || this.#unclear() ? null : barBeatAt(seconds, this.#song.grid);
  }

  #playing() {
    return this.#held() && this.deps.player.state.status === "playing";
  }

  #position() {
    return this.#held() ? Math.min(this.deps.player.position(), this.#extent().durationSeconds) : 0;
  }

  #measure() {
    const { stage, overview } = this.parts;
    const before = this.#width;
    this.#width = stage.root.clientWidth;
    this.#height = stage.root.clientHeight;
    this.painter.resize(this.#width, this.#height);
    this.overviewPainter.resize(overview.root.clientWidth, overview.root.clientHeight);
    if (this.#song === null || before === this.#width) return;
    const kept = { ...this.#view, secondsPerPixel: (this.#view.secondsPerPixel * before) / Math.max(1, this.#width) };
    this.#view = this.#whole ? wholeView(this.#extent()) : clampView(kept, this.#extent());
  }

  #everythingChanged() {
    this.#overviewStale = true;
    this.#viewStale = true;
    this.#announce();
    this.#request();
  }

  #request() {
    if (this.#frame === 0) this.#frame = requestAnimationFrame((now) => this.#onFrame(now));
  }

  /** @param {number} now milliseconds */
  #onFrame(now) {
    this.#frame = 0;
    if (this.#width === 0) this.#measure();
    this.#palette ??= readPalette(this.parts.probe);
    this.#advance(now);
    if (this.#overviewStale) this.#drawOverview(this.#palette);
    if (this.#viewStale) this.#drawStage(this.#palette);
    this.#placeMarks();
    if (this.#glide !== null || this.#playing()) this.#request();
  }

  /** Move the view along: a zoom under way, or the playhead followed. @param {number} now */
  #advance(now) {
    const before = this.#view;
    if (this.#glide !== null) {
      const { from, to, start } = this.#glide;
      const part = Math.min(1, Math.max(0, (now - start) / ZOOM_MILLISECONDS));
      const eased = 1 - (1 - part) ** 3;
      const secondsPerPixel = from.secondsPerPixel * (to.secondsPerPixel / from.secondsPerPixel) ** eased;
      const change = to.secondsPerPixel - from.secondsPerPixel;
      const done = change === 0 ? eased : (secondsPerPixel - from.secondsPerPixel) / change; // keeps the anchor still
      this.#view = { startSeconds: from.startSeconds + (to.startSeconds - from.startSeconds) * done, secondsPerPixel };
      if (part === 1) [this.#view, this.#glide] = [to, null];
    } else if (this.#follow && this.#playing()) {
      this.#view = followView(this.#view, this.#position(), this.#extent(), { paged: this.calm.matches });
    }
    if (before.startSeconds !== this.#view.startSeconds || before.secondsPerPixel !== this.#view.secondsPerPixel) this.#viewStale = true;
  }

  /** @param {Palette} palette */
  #drawOverview(palette) {
    this.#overviewStale = false;
    const { clientWidth, clientHeight } = this.parts.overview.root;
    this.overviewPainter.clear();
    if (this.#song === null) return;
    const view = wholeView({ ...this.#extent(), width: clientWidth });
    this.overviewPainter.drawWave(this.#song.levels, view, { top: 3, bottom: clientHeight - 3 }, palette);
  }

  /** @param {Palette} palette */
  #drawStage(palette) {
    this.#viewStale = false;
    this.painter.clear();
    if (this.#song === null) return;
    const view = this.painter.snapped(this.#view);
    const extent = this.#extent();
    const band = { top: TOP, bottom: this.#height - BOTTOM };
    this.painter.drawWave(this.#song.levels, view, band, palette);
    this.painter.drawGrid(gridLines(view, extent, this.#song.grid), band, palette, { dimmed: this.#unclear() });
    this.painter.drawRuler(rulerTicks(view, extent), band.bottom, palette);
  }

  /** Everything that moves over the pictures. */
  #placeMarks() {
    const seconds = this.#position();
    const { stage, overview, readout, tools } = this.parts;
    const { durationSeconds, width } = this.#extent();
    const x = secondsToX(this.#view, seconds);
    stage.playhead.hidden = this.#song === null || x < -2 || x > width + 2;
    stage.playhead.style.transform = `translateX(${x.toFixed(2)}px)`;
    const share = durationSeconds > 0 ? 1 / durationSeconds : 0;
    const span = width * this.#view.secondsPerPixel;
    overview.played.style.width = `${(100 * seconds * share).toFixed(3)}%`;
    overview.windowFrame.style.left = `${(100 * this.#view.startSeconds * share).toFixed(3)}%`;
    overview.windowFrame.style.width = `${(100 * Math.min(1, span * share)).toFixed(3)}%`;
    overview.windowFrame.classList.toggle("is-whole", this.#whole);
    const scroll = durationSeconds - span > 1e-6 ? Math.round((100 * this.#view.startSeconds) / (durationSeconds - span)) : 0;
    overview.root.setAttribute("aria-valuenow", String(scroll));
    setText(readout.time, formatTime(seconds, 1));
    setText(readout.place, this.#unclear() ? "no clear beat" : barBeatText(this.#placeAt(seconds)));
    setText(tools.span, this.#song === null ? "" : `${spanText(span)} in view`);
    this.timeline.place(this.painter.snapped(this.#view), width);
    this.#placeHover(x);
  }

  /** @param {number} playhead x */
  #placeHover(playhead) {
    const { hover } = this.parts.stage;
    hover.hidden = this.#hoverX === null || this.#song === null;
    if (this.#hoverX === null || this.#song === null) return;
    const seconds = Math.min(this.#extent().durationSeconds, Math.max(0, xToSeconds(this.#view, this.#hoverX)));
    const place = this.#placeAt(seconds);
    const time = formatTime(seconds, this.#view.secondsPerPixel < FINE_SECONDS_PER_PIXEL ? 3 : 2);
    const x = Math.round(this.#hoverX);
    const label = /** @type {HTMLElement} */ (hover.firstElementChild);
    setText(label, [time, place ? barBeatText(place) : "", this.timeline.nameAt(seconds)].filter(Boolean).join("  ·  "));
    hover.style.transform = `translateX(${x}px)`;
    label.style.left = `${Math.round(hoverLabelLeft({ x, playhead, width: this.#width, labelWidth: label.offsetWidth })) - x}px`;
  }

  /** Tell assistive technology the position: on changes by hand, not on every frame. */
  #announce() {
    const { stage, readout } = this.parts;
    const { durationSeconds } = this.#extent();
    const seconds = this.#position();
    const place = this.#placeAt(seconds);
    const where = `${formatTime(seconds)} of ${formatTime(durationSeconds)}`;
    const text = [where, place ? `bar ${place.bar} beat ${place.beat}` : "", this.timeline.nameAt(seconds)].filter(Boolean).join(", ");
    stage.root.setAttribute("aria-valuemax", durationSeconds.toFixed(2));
    stage.root.setAttribute("aria-valuenow", seconds.toFixed(2));
    stage.root.setAttribute("aria-valuetext", this.#song === null ? "No song" : text);
    setText(readout.total, formatTime(durationSeconds));
  }

  /** What a person who sees no picture gets instead, and which buttons make sense. */
  #describe() {
    const { tools, grid, readout, summary } = this.parts;
    const hasBeats = (this.#song?.grid.beats.length ?? 0) > 1;
    for (const button of [tools.follow, tools.closer, tools.farther, tools.whole]) button.disabled = this.#song === null;
    const movable = this.deps.onNudge !== undefined;
    for (const button of [grid.earlier, grid.later, grid.one]) {
      button.disabled = !hasBeats || this.#locked;
      button.hidden = !movable;
    }
    grid.show.hidden = !this.#doubtful();
    grid.show.setAttribute("aria-pressed", String(this.#gridWanted));
    grid.root.hidden = !movable && grid.show.hidden;
    readout.placeCaption.hidden = this.#unclear();
    setText(summary, this.#song === null ? "No song is shown." : `${summaryOf(this.#song, this.#unclear())} ${this.timeline.summary()}`.trim());
  }
}
