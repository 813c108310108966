/**
 * The timeline: waveform with beats and sections, a row for each layer with the time it is there, keyframes of the chosen
 * layer, and the playhead. Zoom with Ctrl and the wheel or the buttons.
 * @import {FlashTime, Keyframes, Layer} from "./protocol.js"
 * @import {Scope} from "./scope.js"
 * @import {View} from "./waveform-geometry.js"
 * @import {VideoModel} from "./video-model.js"
 */
import { sectionName } from "./detail-labels.js";
import { changedKey, isKeyed, setLayer, setProp, withoutKey } from "./video-edits.js";
import { follow, selectOf, wordsOf } from "./video-parts.js";
import { barOf, draggedRange, snapSeconds } from "./video-timeline-geometry.js";
import { WavePainter, readPalette } from "./waveform-paint.js";
import { clampView, followView, formatTime, gridLines, panBy, revealView, rulerTicks, secondsToX, wholeView, xToSeconds, zoomAt } from "./waveform-geometry.js";
import { makeLevels } from "./waveform-levels.js";
import { make } from "./widget-dom.js";

/** @typedef {{model: VideoModel, seconds: () => number, playing: () => boolean, seek: (seconds: number) => void}} TimelineDeps */

const WAVE_HEIGHT = 72;
const WAVE_BAND = Object.freeze({ top: 18, bottom: 52 });
const SNAP_PIXELS = 6;
const ZOOM_STEP = 1.5;

/** @param {HTMLElement} element @param {TimelineDeps} deps @param {Scope} scope */
export function mountVideoTimeline(element, deps, scope) {
  return new VideoTimeline(element, deps, scope);
}

class VideoTimeline {
  #deps;
  #head = make("div", { class: "time__names" });
  #stage = make("div", { class: "time__stage", tabindex: 0, role: "slider", "aria-label": "Place in the song", "aria-valuemin": 0 });
  #canvas = make("canvas", { class: "time__wave", "aria-hidden": "true" });
  #sections = make("div", { class: "time__sections", "aria-hidden": "true" });
  #flashes = make("div", { class: "time__flashes", "aria-hidden": "true" });
  /** @type {ReadonlyArray<FlashTime>} */
  #flashTimes = [];
  #rows = make("div", { class: "time__rows" });
  #playhead = make("div", { class: "time__playhead", "aria-hidden": "true" });
  #probe = make("span", { class: "waveform-probe", "aria-hidden": "true" });
  #scroll;
  #keyTools = make("div", { class: "time__keytools", hidden: true });
  #painter = new WavePainter(this.#canvas);
  #levels;
  /** @type {View} */
  #view;
  #width = 0;
  #follow = true;
  /** The keyframe that is chosen. @type {{layer: string, name: string, at: number}|null} */
  #key = null;
  #frame = 0;

  /** @param {HTMLElement} element @param {TimelineDeps} deps @param {Scope} scope */
  constructor(element, deps, scope) {
    this.#deps = deps;
    const { model } = deps;
    this.#levels = makeLevels(model.song);
    this.#view = { startSeconds: 0, secondsPerPixel: 1 };
    this.#stage.append(this.#canvas, this.#sections, this.#flashes);
    const lanes = make("div", { class: "time__lanes" }, this.#rows);
    this.#scroll = make("div", { class: "time__scroll" }, this.#head, lanes);
    element.append(make("div", { class: "time__top" }, make("div", { class: "time__corner" }, ...this.#zoomButtons(), this.#keyTools), this.#stage), this.#scroll, this.#playhead, this.#probe);
    const watcher = new ResizeObserver(() => this.#resize());
    watcher.observe(this.#stage);
    scope.add(() => watcher.disconnect());
    scope.on(model, "project", () => this.draw());
    scope.on(model, "selection", () => this.draw());
    scope.on(model, "tables", () => this.draw());
    scope.on(this.#stage, "pointerdown", (event) => this.#seek(event));
    scope.on(this.#stage, "keydown", (event) => this.#stageKey(event));
    for (const place of [this.#stage, this.#scroll]) scope.on(place, "wheel", (event) => this.#wheel(event), { passive: false });
    scope.on(this.#rows, "pointerdown", (event) => this.#press(event));
    scope.on(this.#rows, "keydown", (event) => this.#rowKey(event));
    scope.on(matchMedia("(prefers-color-scheme: dark)"), "change", () => this.#paint());
    scope.add(() => cancelAnimationFrame(this.#frame));
    this.#tick();
  }

  /** The theme has changed. */
  repaint() {
    this.#paint();
  }

  /** Times in which the video flashes too often. @param {ReadonlyArray<FlashTime>} times */
  setFlashes(times) {
    if (times === this.#flashTimes) return;
    this.#flashTimes = times;
    this.#drawFlashes();
  }

  #drawFlashes() {
    this.#flashes.replaceChildren(...this.#flashTimes.map(({ startSeconds, endSeconds, kind }) => {
      const [left, right] = [secondsToX(this.#view, startSeconds), secondsToX(this.#view, endSeconds)];
      const mark = make("span", { class: "time__flash", "data-kind": kind });
      mark.style.left = `${left}px`;
      mark.style.width = `${right - left}px`;
      return mark;
    }));
  }

  #zoomButtons() {
    return /** @type {const} */ ([["−", "Zoom out", 1 / ZOOM_STEP], ["+", "Zoom in", ZOOM_STEP], ["Fit", "Fit the whole song", 0]]).map(([text, label, factor]) => {
      const button = make("button", { type: "button", class: "button button--small time__zoom", "aria-label": label, title: label }, text);
      button.addEventListener("click", () => this.zoom(factor));
      return button;
    });
  }

  /** @param {number} factor 0: the whole song */
  zoom(factor) {
    this.#view = factor === 0 ? wholeView(this.#extent) : zoomAt(this.#view, factor, secondsToX(this.#view, this.#deps.seconds()), this.#extent);
    this.#moved();
  }

  get #extent() {
    return { durationSeconds: this.#deps.model.song.durationSeconds, width: this.#width };
  }

  #resize() {
    const width = this.#stage.clientWidth;
    if (width === 0 || width === this.#width) return;
    const whole = this.#width === 0 || this.#view.secondsPerPixel >= wholeView(this.#extent).secondsPerPixel - 1e-9;
    this.#width = width;
    this.#view = whole ? wholeView(this.#extent) : clampView(this.#view, this.#extent);
    this.#painter.resize(width, WAVE_HEIGHT);
    this.#moved();
  }

  #moved() {
    this.#paint();
    this.draw();
  }

  #paint() {
    if (this.#width === 0) return;
    this.#drawFlashes();
    const { song } = this.#deps.model;
    const palette = readPalette(this.#probe);
    const view = this.#painter.snapped(this.#view);
    this.#painter.drawWave(this.#levels, view, WAVE_BAND, palette);
    const meter = song.downbeats.length > 1 ? Math.max(1, Math.round((song.beats.length - 1) / (song.downbeats.length - 1))) : 4;
    this.#painter.drawGrid(gridLines(view, this.#extent, { beats: song.beats, downbeats: song.downbeats, meter }), WAVE_BAND, palette, { dimmed: true });
    this.#painter.drawRuler(rulerTicks(view, this.#extent), WAVE_BAND.bottom, palette);
    this.#sections.replaceChildren(...song.sections.map((section) => {
      const [left, right] = [secondsToX(this.#view, section.startSeconds), secondsToX(this.#view, section.endSeconds)];
      const box = make("span", { class: "time__section", "data-kind": section.kind }, sectionName(section));
      box.style.left = `${Math.max(0, left)}px`;
      box.style.width = `${Math.max(0, Math.min(this.#width, right) - Math.max(0, left))}px`;
      return box;
    }));
  }

  /** Rows anew. */
  draw() {
    if (this.#width === 0) return;
    const { model } = this.#deps;
    const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.time : undefined;
    const layers = [...model.project.layers].reverse();
    this.#head.replaceChildren(...layers.flatMap((layer) => this.#names(layer)));
    this.#rows.replaceChildren(...layers.flatMap((layer) => this.#lanes(layer)));
    this.#showKey();
    if (focused) /** @type {HTMLElement|null} */ (this.#rows.querySelector(`[data-time="${CSS.escape(focused)}"]`))?.focus({ preventScroll: true });
  }

  /** @param {Layer} layer @returns {Array<[string, Keyframes]>} */
  #keyed(layer) {
    if (layer.id !== this.#deps.model.selection.layer) return [];
    return Object.entries(layer.props).flatMap(([name, value]) => (isKeyed(value) ? [/** @type {[string, Keyframes]} */ ([name, value])] : []));
  }

  /** @param {Layer} layer */
  #names(layer) {
    const { model } = this.#deps;
    const chosen = layer.id === model.selection.layer;
    const name = make("button", { type: "button", class: `time__name${chosen ? " is-chosen" : ""}`, tabindex: -1 }, model.nameOf(layer));
    name.addEventListener("click", () => model.select(layer.id));
    const inputs = model.layerKind(layer.kind)?.inputs ?? [];
    return [name, ...this.#keyed(layer).map(([prop]) => make("span", { class: "time__name is-input" }, inputs.find((each) => each.name === prop)?.label ?? wordsOf(prop)))];
  }

  /** @param {Layer} layer */
  #lanes(layer) {
    const { model } = this.#deps;
    const { left, width, openStart, openEnd } = barOf(layer, model.song.durationSeconds, this.#view);
    const name = model.nameOf(layer);
    const range = `${name}, ${formatTime(layer.start ?? 0)} to ${formatTime(layer.end ?? model.song.durationSeconds)}`;
    const bar = make("div", { class: `time__bar${layer.visible ? "" : " is-hidden"}${layer.locked ? " is-locked" : ""}`, "data-bar": layer.id, "data-time": `bar-${layer.id}`, tabindex: 0, role: "button",
      "aria-label": `${range}. Arrow keys move it, with Shift its end, with Alt its start.` },
    make("span", { class: "time__end", "data-end": "start" }), make("span", { class: "time__label" }, name), make("span", { class: "time__end", "data-end": "end" }));
    bar.style.left = `${left}px`;
    bar.style.width = `${width}px`;
    bar.classList.toggle("is-open-start", openStart);
    bar.classList.toggle("is-open-end", openEnd);
    const lane = make("div", { class: `time__lane${layer.id === model.selection.layer ? " is-chosen" : ""}` }, bar);
    return [lane, ...this.#keyed(layer).map(([prop, keyed]) => this.#keyLane(layer, prop, keyed))];
  }

  /** @param {Layer} layer @param {string} prop @param {Keyframes} keyed */
  #keyLane(layer, prop, { keys }) {
    const lane = make("div", { class: "time__lane is-keys" });
    keys.forEach((key, at) => {
      const chosen = this.#key?.layer === layer.id && this.#key.name === prop && this.#key.at === at;
      const mark = make("button", { type: "button", class: `time__key${chosen ? " is-chosen" : ""}`, "data-key": at, "data-prop": prop, "data-of": layer.id, "data-time": `key-${layer.id}-${prop}-${at}`,
        "aria-label": `Keyframe of ${wordsOf(prop)} at ${formatTime(key.at, 2)}, ${key.value}`, title: `${formatTime(key.at, 2)}: ${key.value}` });
      mark.style.left = `${secondsToX(this.#view, key.at)}px`;
      lane.append(mark);
    });
    return lane;
  }

  /** @param {number} seconds @param {boolean} free Alt: where it is */
  #snapped(seconds, free = false) {
    if (free) return seconds;
    const { song } = this.#deps.model;
    const starts = song.sections.flatMap((section) => [section.startSeconds, section.endSeconds]);
    return snapSeconds(seconds, [song.beats, starts, [this.#deps.seconds()], [0, song.durationSeconds]], SNAP_PIXELS * this.#view.secondsPerPixel);
  }

  /** @param {PointerEvent} event */
  #seek(event) {
    if (event.button !== 0) return;
    const left = this.#stage.getBoundingClientRect().left;
    const to = (/** @type {PointerEvent} */ at) => this.#deps.seek(Math.min(this.#extent.durationSeconds, Math.max(0, xToSeconds(this.#view, at.clientX - left))));
    this.#follow = true;
    to(event);
    follow(event, this.#stage, { move: to, done: to });
  }

  /** @param {PointerEvent} event */
  #press(event) {
    if (event.button !== 0 || !(event.target instanceof HTMLElement)) return;
    const key = event.target.closest("[data-key]");
    if (key instanceof HTMLElement) return this.#dragKey(event, key);
    const bar = event.target.closest("[data-bar]");
    if (bar instanceof HTMLElement) this.#dragBar(event, bar, event.target.getAttribute("data-end"));
  }

  /** @param {PointerEvent} event @param {HTMLElement} bar @param {string|null} end */
  #dragBar(event, bar, end) {
    const { model } = this.#deps;
    const id = bar.dataset.bar ?? "";
    model.select(id);
    const layer = model.selected;
    if (!layer || layer.locked) return;
    const { start, end: last } = layer;
    const merge = `bar/${id}/${event.timeStamp}`;
    const part = end === "start" || end === "end" ? end : "whole";
    let went = false;
    const place = this.#rows; // the bar itself is made anew with every step
    follow(event, place, {
      move: (moved) => {
        const by = moved.clientX - event.clientX;
        if (!went && Math.abs(by) < 3) return;
        went = true;
        const range = draggedRange({ start, end: last }, part, by * this.#view.secondsPerPixel, this.#extent.durationSeconds, (seconds) => this.#snapped(seconds, moved.altKey));
        model.edit("Time of layer", (project) => setLayer(project, id, range), merge);
      },
      done: () => model.history.seal(),
      cancel: () => {
        if (went) model.undo();
      },
    });
  }

  /** @param {PointerEvent} event @param {HTMLElement} mark */
  #dragKey(event, mark) {
    const { model } = this.#deps;
    const [layer, name] = [mark.dataset.of ?? "", mark.dataset.prop ?? ""];
    let at = Number(mark.dataset.key);
    this.#key = { layer, name, at };
    const from = this.#keyframes(layer, name)?.keys[at]?.at ?? 0;
    const merge = `key/${layer}/${name}/${event.timeStamp}`;
    this.draw();
    let went = false;
    follow(event, this.#rows, {
      move: (moved) => {
        const by = moved.clientX - event.clientX;
        const keyed = this.#keyframes(layer, name);
        if ((!went && Math.abs(by) < 3) || !keyed) return;
        went = true;
        const seconds = this.#snapped(Math.min(this.#extent.durationSeconds, Math.max(0, from + by * this.#view.secondsPerPixel)), moved.altKey);
        const value = keyed.keys[at]?.value;
        const next = changedKey(keyed, at, { at: seconds });
        at = Math.max(0, next.keys.findIndex((key) => key.at === seconds && key.value === value));
        this.#key = { layer, name, at };
        model.edit("Move keyframe", (project) => setProp(project, { layer, effect: null }, name, next), merge);
      },
      done: () => {
        model.history.seal();
        if (!went) this.#deps.seek(from);
      },
      cancel: () => {
        if (went) model.undo();
      },
    });
  }

  /** @param {string} layer @param {string} name @returns {Keyframes|null} */
  #keyframes(layer, name) {
    const value = this.#deps.model.project.layers.find((each) => each.id === layer)?.props[name];
    return isKeyed(value) ? value : null;
  }

  /** Easing and removal of the keyframe that is chosen. */
  #showKey() {
    const { model } = this.#deps;
    const chosen = this.#key;
    const keyed = chosen && this.#keyframes(chosen.layer, chosen.name);
    const key = keyed?.keys[chosen?.at ?? -1];
    this.#keyTools.hidden = !key;
    if (!chosen || !keyed || !key) return void (this.#key = null);
    const target = { layer: chosen.layer, effect: null };
    const easing = selectOf((model.tables?.easings ?? []).map((each) => /** @type {const} */ ([each, wordsOf(each)])), key.ease, (ease) =>
      model.edit("Easing", (project) => setProp(project, target, chosen.name, changedKey(keyed, chosen.at, { ease: /** @type {any} */ (ease) }))), "How the keyframe goes on to the next");
    this.#keyTools.replaceChildren(easing);
  }

  /** Delete what is chosen here. @returns {boolean} whether there was something */
  deleteKey() {
    const chosen = this.#key;
    const keyed = chosen && this.#keyframes(chosen.layer, chosen.name);
    if (!chosen || !keyed) return false;
    this.#key = null;
    this.#deps.model.edit("Delete keyframe", (project) => setProp(project, { layer: chosen.layer, effect: null }, chosen.name, withoutKey(keyed, chosen.at)));
    return true;
  }

  /** @param {KeyboardEvent} event */
  #rowKey(event) {
    if (!(event.target instanceof HTMLElement)) return;
    const { model } = this.#deps;
    const step = event.key === "ArrowLeft" ? -1 : event.key === "ArrowRight" ? 1 : 0;
    const by = step / model.project.canvas.fps;
    const id = event.target.dataset.bar;
    if (event.target.dataset.key !== undefined) {
      const [layer, name, at] = [event.target.dataset.of ?? "", event.target.dataset.prop ?? "", Number(event.target.dataset.key)];
      this.#key = { layer, name, at };
      const keyed = this.#keyframes(layer, name);
      if (event.key === "Delete" || event.key === "Backspace") this.deleteKey();
      else if (step !== 0 && keyed) {
        const next = changedKey(keyed, at, { at: Math.max(0, (keyed.keys[at]?.at ?? 0) + by * (event.shiftKey ? 10 : 1)) });
        model.edit("Move keyframe", (project) => setProp(project, { layer, effect: null }, name, next), `nudge/${layer}/${name}/${at}`);
      } else return;
    } else if (id && step !== 0) {
      const layer = model.project.layers.find((each) => each.id === id);
      if (!layer || layer.locked) return;
      const part = event.altKey ? "start" : event.shiftKey ? "end" : "whole";
      const range = draggedRange(layer, part, step * Math.max(0.1, 8 * this.#view.secondsPerPixel), this.#extent.durationSeconds, (seconds) => seconds);
      model.edit("Time of layer", (project) => setLayer(project, id, range), `nudge/${id}`);
    } else if (id && (event.key === "Enter" || event.key === " ")) model.select(id);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {KeyboardEvent} event */
  #stageKey(event) {
    const { song } = this.#deps.model;
    const now = this.#deps.seconds();
    if (event.key === "Home") this.#deps.seek(0);
    else if (event.key === "End") this.#deps.seek(song.durationSeconds);
    else if (event.key === "+" || event.key === "=") this.zoom(ZOOM_STEP);
    else if (event.key === "-") this.zoom(1 / ZOOM_STEP);
    else if (event.key === "0") this.zoom(0);
    else return;
    this.#view = revealView(this.#view, now, this.#extent);
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {WheelEvent} event */
  #wheel(event) {
    const x = event.clientX - this.#stage.getBoundingClientRect().left;
    if (event.ctrlKey || event.metaKey) this.#view = zoomAt(this.#view, Math.exp(-event.deltaY / 300), x, this.#extent);
    else if (event.deltaX !== 0 || event.shiftKey) {
      this.#view = panBy(this.#view, event.deltaX || event.deltaY, this.#extent);
      this.#follow = false;
    } else return;
    event.preventDefault();
    this.#moved();
  }

  #tick() {
    this.#frame = requestAnimationFrame(() => this.#tick());
    if (this.#width === 0) return;
    const { seconds, playing, model } = this.#deps;
    const now = seconds();
    if (playing() && this.#follow) {
      const next = followView(this.#view, now, this.#extent, { paged: true });
      if (next.startSeconds !== this.#view.startSeconds) {
        this.#view = next;
        this.#moved();
      }
    }
    const x = secondsToX(this.#view, now);
    this.#playhead.hidden = x < 0 || x > this.#width;
    this.#playhead.style.transform = `translateX(${(this.#stage.offsetLeft + x).toFixed(1)}px)`;
    const text = formatTime(now);
    if (this.#stage.getAttribute("aria-valuetext") !== text) {
      this.#stage.setAttribute("aria-valuetext", text);
      this.#stage.setAttribute("aria-valuenow", now.toFixed(1));
      this.#stage.setAttribute("aria-valuemax", model.song.durationSeconds.toFixed(1));
    }
  }
}
