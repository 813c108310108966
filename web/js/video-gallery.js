/**
 * Templates to choose from, found by words: at once with the pictures of web/pictures, then painted by the preview
 * itself on this very song, and moving for five seconds under the pointer or the focus.
 * @import {Project, TemplateWords} from "./protocol.js"
 * @import {Scope} from "./scope.js"
 * @import {VideoModel} from "./video-model.js"
 */
import { make } from "./widget-dom.js";

/** @typedef {{model: VideoModel, onChoose: (template: string) => void, seconds: () => number, playing: () => boolean}} GalleryDeps */

const LONG_SIDE = 256;
const MOVING_SECONDS = 5;
const MOVING_FPS = 12;
/** Frames are asked for in parts, so that the preview itself goes on between them; the first soon. */
const [FIRST_PART, PART] = [2, 6];
const PLAYING_PAUSE_MILLISECONDS = 1500;
/** The still is read back when the moving ends. */
const READ = Object.freeze({ willReadFrequently: true });

/** @param {HTMLCanvasElement} canvas @returns {CanvasRenderingContext2D|null} */
function pen(canvas) {
  return /** @type {CanvasRenderingContext2D|null} */ (canvas.getContext("2d", READ));
}

/** @param {HTMLElement} element @param {GalleryDeps} deps @param {Scope} scope */
export function mountGallery(element, deps, scope) {
  return new Gallery(element, deps, scope);
}

class Gallery {
  #deps;
  #search = make("input", { type: "search", class: "gallery__search", placeholder: "Search templates", "aria-label": "Search templates" });
  #list = make("div", { class: "gallery__list" });
  /** Canvases by template. @type {Map<string, HTMLCanvasElement>} */
  #canvases = new Map();
  /** What the pictures were painted for. */
  #painted = "";
  #painting = false;
  /** @type {AbortController|null} */
  #moving = null;
  #element;

  /** @param {HTMLElement} element @param {GalleryDeps} deps @param {Scope} scope */
  constructor(element, deps, scope) {
    this.#element = element;
    this.#deps = deps;
    element.append(this.#search, this.#list);
    scope.on(this.#search, "input", () => this.#filter());
    scope.on(deps.model, "tables", () => this.draw());
    scope.on(deps.model, "project", ({ detail: before }) => {
      const [old, now] = [size(before), size(deps.model.project)];
      if (old.width !== now.width || old.height !== now.height) this.draw();
      else if (before.template !== deps.model.project.template) this.#mark();
    });
    scope.on(deps.model, "media", () => void this.paint());
    scope.add(() => this.#moving?.abort());
    this.draw();
  }

  draw() {
    const { model, onChoose } = this.#deps;
    const templates = model.tables?.templates ?? [];
    const { width, height } = size(model.project);
    this.#canvases = new Map(templates.map((each) => [each.name, make("canvas", { class: "gallery__picture", width, height, "aria-hidden": "true" })]));
    this.#list.replaceChildren(...templates.map((each) => {
      const canvas = /** @type {HTMLCanvasElement} */ (this.#canvases.get(each.name));
      canvas.style.aspectRatio = `${width} / ${height}`;
      const card = make("button", { type: "button", class: "gallery__card", "data-template": each.name, title: each.words }, canvas, make("span", { class: "gallery__name" }, each.label));
      card.style.setProperty("--paper", each.palette[0] ?? "#000");
      card.style.setProperty("--picture", `url("${new URL(`../pictures/${each.name}.webp`, import.meta.url)}")`);
      card.addEventListener("click", () => onChoose(each.name));
      for (const type of ["pointerenter", "focus"]) card.addEventListener(type, () => void this.#move(each));
      for (const type of ["pointerleave", "blur"]) card.addEventListener(type, () => this.#moving?.abort());
      return card;
    }));
    this.#painted = "";
    this.#mark();
    this.#filter();
    void this.paint();
  }

  /** Which one the video was made with. */
  #mark() {
    for (const card of this.#list.children) {
      const chosen = card.getAttribute("data-template") === this.#deps.model.project.template;
      card.classList.toggle("is-chosen", chosen);
      card.setAttribute("aria-pressed", String(chosen));
    }
  }

  #filter() {
    const wanted = this.#search.value.trim().toLowerCase().split(/\s+/);
    let shown = 0;
    for (const card of this.#list.children) {
      const words = this.#deps.model.tables?.templates.find((each) => each.name === card.getAttribute("data-template"));
      const text = words ? `${words.label} ${words.tags} ${words.words} ${words.name}`.toLowerCase() : "";
      const fits = wanted.every((each) => text.includes(each));
      /** @type {HTMLElement} */ (card).hidden = !fits;
      if (fits) shown += 1;
    }
    this.#list.dataset.none = shown > 0 ? "" : this.#deps.model.tables === null ? "Loading the templates." : "No template is called so.";
  }

  /** Pictures of all templates, one after the other, while the gallery is seen. */
  async paint() {
    const { model } = this.#deps;
    const key = this.#look();
    if (model.song.features === null || this.#painting || this.#painted === key || !this.#element.checkVisibility()) return;
    this.#painting = true;
    this.#painted = key;
    try {
      for (const [name, canvas] of this.#inView()) {
        if (!canvas.isConnected || this.#look() !== key) break; // all are to be painted anew
        if (!this.#element.checkVisibility()) {
          this.#painted = "";
          return;
        }
        await this.#show(name, canvas, [this.#bestSecond]).catch(() => canvas.classList.add("is-broken"));
        // A picture takes the worker for a tenth of a second: what plays is not to stutter for it.
        await new Promise((resolve) => setTimeout(resolve, this.#deps.playing() ? PLAYING_PAUSE_MILLISECONDS : 10));
      }
    } finally {
      this.#painting = false;
      if (this.#element.checkVisibility()) void this.paint();
    }
  }

  /** What all pictures show: when it is another, they are painted anew. */
  #look() {
    const { project, files } = this.#deps.model;
    return JSON.stringify([size(project), project.title, project.artist, [...files.keys()]]);
  }

  /** Canvases by template, those that are seen first. */
  #inView() {
    const frame = this.#element.getBoundingClientRect();
    const seen = (/** @type {HTMLCanvasElement} */ canvas) => {
      const { top, bottom } = canvas.getBoundingClientRect();
      return bottom > frame.top && top < frame.bottom;
    };
    return [...this.#canvases].map((pair) => ({ pair, seen: seen(pair[1]) })).sort((one, other) => Number(other.seen) - Number(one.seen)).map(({ pair }) => pair);
  }

  /** Where the song is at its fullest: the middle of its strongest section. */
  get #bestSecond() {
    const { song } = this.#deps.model;
    const best = [...song.sections].sort((one, other) => other.energy - one.energy)[0];
    return best ? Math.min(best.endSeconds, best.startSeconds + 4) : song.durationSeconds / 3;
  }

  /** @param {string} template @param {HTMLCanvasElement} canvas @param {number[]} times @param {AbortSignal} [signal] */
  async #show(template, canvas, times, signal) {
    const { model } = this.#deps;
    const { width, height } = size(model.project);
    const { arrays } = await model.engine.stills({ template, project: JSON.stringify(model.project), times, width, height });
    const images = arrays.map((/** @type {Uint8Array} */ pixels) => new ImageData(new Uint8ClampedArray(/** @type {ArrayBuffer} */ (pixels.buffer), pixels.byteOffset, pixels.length), width, height));
    if (images[0] && !signal?.aborted && times.length === 1) pen(canvas)?.putImageData(images[0], 0, 0);
    return images;
  }

  /** @param {TemplateWords} template */
  async #move({ name }) {
    this.#moving?.abort();
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    const stop = new AbortController();
    this.#moving = stop;
    const canvas = this.#canvases.get(name);
    const context = canvas && pen(canvas);
    await new Promise((resolve) => setTimeout(resolve, 150)); // passing over is not looking at
    if (!canvas || !context || stop.signal.aborted) return;
    const still = context.getImageData(0, 0, canvas.width, canvas.height);
    /** @type {ImageData[]} */
    const frames = [];
    const began = performance.now();
    const total = MOVING_SECONDS * MOVING_FPS;
    const first = this.#bestSecond;
    const play = () => {
      if (stop.signal.aborted) return context.putImageData(still, 0, 0);
      const at = Math.floor(((performance.now() - began) / 1000) * MOVING_FPS);
      const frame = frames.length >= total ? frames[at % total] : frames[Math.min(at, frames.length - 1)];
      if (frame) context.putImageData(frame, 0, 0);
      requestAnimationFrame(play);
    };
    requestAnimationFrame(play);
    while (frames.length < total && !stop.signal.aborted) {
      const count = Math.min(total - frames.length, frames.length === 0 ? FIRST_PART : PART);
      const times = Array.from({ length: count }, (_, at) => first + (frames.length + at) / MOVING_FPS);
      try {
        frames.push(...(await this.#show(name, canvas, times, stop.signal)));
      } catch {
        return;
      }
    }
  }
}

/** Of a template's picture. @param {Project} project */
function size({ canvas: { width, height } }) {
  const scale = LONG_SIDE / Math.max(width, height);
  return { width: Math.max(2, Math.round(width * scale)), height: Math.max(2, Math.round(height * scale)) };
}
