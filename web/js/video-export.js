/**
 * Export of a video: rendered by the server behind this page, frame for frame what the preview shows. Which films there
 * are, and what goes together, Python says (web/py/preview_film.py).
 * @import {Capabilities, CodecWords, FilmFitted, PresetWords, RenderOptions} from "./protocol.js"
 * @import {Api} from "./jobs-api.js"
 * @import {Scope} from "./scope.js"
 * @import {FlashCheck} from "./video-flash.js"
 * @import {VideoKeep} from "./video-keep.js"
 * @import {VideoModel} from "./video-model.js"
 */
import { setText } from "./dom.js";
import { ApiError } from "./jobs-api.js";
import { CODECS, SOUNDS, filmText, leavesText } from "./renders-words.js";
import { Renders } from "./renders.js";
import { wireToken } from "./token-field.js";
import { mountFilms } from "./video-export-list.js";
import { makeFlashPanel } from "./video-flash-panel.js";
import { foundText } from "./video-flash-words.js";
import { ICONS, selectOf } from "./video-parts.js";
import { icon, make } from "./widget-dom.js";

const OWN_WORDS = "Save the project and render it with “python -m backend.gpu.render PROJECT.json SONG OUT.mp4”.";
export const NO_RENDERER = `This server renders no videos. ${OWN_WORDS}`;

/** @typedef {{model: VideoModel, api: Api, keep: VideoKeep, say: (text: string) => void, flashes: FlashCheck, seek: (seconds: number) => void}} ExportDeps */

/** @param {HTMLButtonElement} button @param {ExportDeps} deps @param {Scope} scope */
export function mountExport(button, deps, scope) {
  const renders = rendersOf(deps);
  const panel = new ExportPanel(deps, renders, scope);
  button.after(panel.dialog);
  scope.add(() => panel.dialog.remove());
  scope.on(button, "click", () => void panel.open());
  renders.jobs.resume();
  return panel;
}

/** One for the page: films go on while the editor is closed, and are found again with their news. @type {Renders|null} */
let ofPage = null;

/** @param {ExportDeps} deps */
function rendersOf(deps) {
  if (ofPage) return ofPage;
  const renders = new Renders(deps);
  addEventListener("beforeunload", (event) => renders.jobs.uploading && event.preventDefault());
  return (ofPage = renders);
}

class ExportPanel {
  #deps;
  #renders;
  /** @type {ReadonlyArray<PresetWords>} */
  #presets = [];
  /** @type {ReadonlyArray<CodecWords>} */
  #codecs = [];
  /** @type {string|null} */
  #preset = null;
  #options = /** @type {RenderOptions} */ (/** @type {unknown} */ ({}));
  /** @type {FilmFitted|null} */
  #fitted = null;
  /** @type {Capabilities|null} */
  #known = null;
  #asked = 0;
  #choices = make("div", { class: "export__presets", role: "group", "aria-label": "Presets" });
  #fields = make("div", { class: "export__fields" });
  #notes = make("ul", { class: "export__notes" });
  #trouble = make("p", { class: "export__trouble", role: "alert" });
  #leaves = make("p", { class: "export__leaves" });
  #token = make("input", { type: "password", autocomplete: "current-password", spellcheck: "false", "data-part": "export-token" });
  #useToken = make("button", { class: "button button--small", type: "button" }, "Use");
  #locked = make("div", { class: "export__locked", hidden: true }, make("label", { class: "export__field" }, "Access token", this.#token), this.#useToken);
  #go = make("button", { class: "button button--primary", type: "button", "data-part": "export-go", disabled: true }, "Render film");
  #list = make("ul", { class: "export__films", "aria-label": "Films of this video" });
  #films;
  #flashes;

  /** @param {ExportDeps} deps @param {Renders} renders @param {Scope} scope */
  constructor(deps, renders, scope) {
    this.#deps = deps;
    this.#renders = renders;
    this.#flashes = makeFlashPanel({
      model: deps.model,
      check: deps.flashes,
      film: () => (this.#fitted && !this.#fitted.trouble ? this.#fitted.options : null),
      seek: (seconds) => (this.dialog.close(), deps.seek(seconds)),
    }, scope);
    const close = make("button", { class: "button button--icon", "aria-label": "Close" }, icon(ICONS.close));
    this.dialog = make("dialog", { class: "dialog export", "data-part": "export-dialog", "aria-labelledby": "export-title" },
      make("div", { class: "dialog__head" }, make("h2", { class: "dialog__title", id: "export-title" }, "Export"), make("form", { method: "dialog" }, close)),
      this.#choices, this.#fields, make("div", { role: "status" }, this.#notes), this.#flashes.element, this.#trouble, this.#locked, make("div", { class: "export__go" }, this.#go, this.#leaves), this.#list);
    // The editor's own keys (space, delete, arrows) are not for what is typed here.
    scope.on(this.dialog, "keydown", (event) => event.stopPropagation());
    scope.on(this.#go, "click", () => this.#order());
    scope.on(deps.flashes, "done", () => {
      if (!this.dialog.open && deps.flashes.found) deps.say(`${foundText(deps.flashes.found)} More is under Export.`);
    });
    wireToken({ input: this.#token, use: this.#useToken, trouble: this.#trouble, enter: (token) => this.#enter(token) }, scope);
    this.#films = mountFilms(this.#list, { renders, video: () => deps.model.id, say: deps.say }, scope);
  }

  async open() {
    this.dialog.showModal();
    this.#films.draw();
    this.#known = null;
    setText(this.#trouble, "");
    await Promise.all([this.#askPresets(), this.#askServer()]).catch((error) => setText(this.#trouble, error.message));
    this.#show();
  }

  async #askServer() {
    try {
      this.#locked.hidden = true;
      this.#known = await this.#deps.api.capabilities();
      if (!this.#known.rendering) setText(this.#trouble, this.#known.renderingReason ? `${this.#known.renderingReason} ${OWN_WORDS}` : NO_RENDERER);
    } catch (error) {
      this.#locked.hidden = !(error instanceof ApiError && error.status === 401);
      setText(this.#trouble, error instanceof ApiError && error.status !== 0 ? error.message : `No server answers here. ${OWN_WORDS}`);
    }
  }

  /** @param {string} token */
  async #enter(token) {
    await this.#deps.api.enter(token);
    await this.#askServer();
    this.#renders.jobs.resume();
    this.#show();
    this.#go.focus();
  }

  async #askPresets() {
    const { model } = this.#deps;
    const { width, height } = model.project.canvas;
    const { value } = await model.engine.ask({ type: "getPresets", width, height });
    [this.#presets, this.#codecs] = [value.presets, value.codecs];
    const chosen = this.#presets.find(({ preset }) => preset.name === this.#preset) ?? this.#presets[0];
    // What was chosen before the panel was closed stays chosen.
    if (chosen && chosen.preset.name === this.#preset) await this.#change({});
    else if (chosen) await this.#choose(chosen);
  }

  /** @param {PresetWords} chosen */
  #choose({ preset }) {
    this.#preset = preset.name;
    return this.#change(preset.options);
  }

  /** @param {Partial<RenderOptions>} change */
  async #change(change) {
    const { model } = this.#deps;
    this.#options = { ...this.#options, ...change };
    const asked = ++this.#asked;
    const { width, height } = model.project.canvas;
    try {
      const { value } = await model.engine.ask({ type: "fitFilm", options: this.#options, width, height, songSeconds: model.song.durationSeconds, preset: this.#preset });
      if (asked === this.#asked) this.#fitted = value;
    } catch (error) {
      this.#fitted = null;
      if (asked === this.#asked) this.#notes.replaceChildren(make("li", {}, error instanceof Error ? error.message : String(error)));
      this.#flashes.draw();
      this.#go.disabled = true;
      return;
    }
    this.#show();
  }

  #show() {
    const fitted = this.#fitted;
    const focused = document.activeElement?.getAttribute("data-export");
    this.#choices.replaceChildren(...this.#presets.map((one) => this.#presetOf(one)));
    this.#fields.replaceChildren(...this.#fieldsOf());
    if (focused) /** @type {HTMLElement|null} */ (this.dialog.querySelector(`[data-export="${focused}"]`))?.focus();
    const words = fitted === null ? [] : fitted.trouble ? [fitted.trouble] : [filmText(fitted.options, fitted.seconds), ...fitted.notes];
    this.#notes.replaceChildren(...words.map((each) => make("li", {}, each)));
    setText(this.#leaves, this.#known?.rendering ? leavesText(this.#known.limits.keepSeconds) : "");
    this.#flashes.draw();
    this.#go.disabled = !fitted || fitted.trouble !== "" || !this.#known?.rendering;
  }

  /** @param {PresetWords} one */
  #presetOf(one) {
    const { preset, ratio } = one;
    const button = make("button", { class: "export__preset", type: "button", "data-export": preset.name, title: preset.words, "aria-pressed": String(preset.name === this.#preset) },
      preset.label, make("span", {}, ratio));
    button.addEventListener("click", () => void this.#choose(one));
    return button;
  }

  #fieldsOf() {
    const { codec = "h264", audio = "aac", quality = "good", fps = 60, alpha = false, loop = false, startSeconds = 0, seconds = null, width = 0, height = 0 } = this.#options;
    const sounds = this.#codecs.find(({ name }) => name === codec)?.sounds ?? [audio];
    const set = (/** @type {string} */ name) => (/** @type {unknown} */ value) => void this.#change({ [name]: value });
    const field = (/** @type {string} */ name, /** @type {string} */ words, /** @type {HTMLElement} */ input, more = "") => {
      input.dataset.export = name;
      return make("label", { class: `export__field ${more}`.trim() }, ...(more ? [input, words] : [words, input]));
    };
    const number = (/** @type {string} */ name, /** @type {string} */ words, /** @type {number|null} */ value, step = 1, none = "") => {
      const input = make("input", { type: "number", min: "0", step, value: value === null ? "" : value, placeholder: none });
      input.addEventListener("change", () => void this.#change({ [name]: input.value === "" ? (name === "seconds" ? null : 0) : Number(input.value) }));
      return field(name, words, input);
    };
    const check = (/** @type {string} */ name, /** @type {string} */ words, /** @type {boolean} */ value) => {
      const input = make("input", { type: "checkbox", checked: value });
      input.addEventListener("change", () => void this.#change({ [name]: input.checked }));
      return field(name, words, input, "export__check");
    };
    const codecs = this.#codecs.map(({ name }) => /** @type {const} */ ([name, CODECS[name] ?? name]));
    return [
      field("codec", "Codec", selectOf(codecs, codec, set("codec"), "Codec")),
      field("quality", "Quality", selectOf([["draft", "Draft"], ["good", "Good"], ["best", "Best"]], quality, set("quality"), "Quality")),
      number("width", "Width", width, 2), number("height", "Height", height, 2),
      field("fps", "Frames per second", selectOf([24, 25, 30, 50, 60].map((each) => /** @type {const} */ ([String(each), String(each)])), String(fps), (value) => set("fps")(Number(value)), "Frames per second")),
      field("audio", "Sound", selectOf([...new Set([...sounds, audio])].map((each) => /** @type {const} */ ([each, SOUNDS[each] ?? each])), audio, set("audio"), "Sound")),
      number("startSeconds", "From (seconds)", startSeconds, 0.1), number("seconds", "Length (seconds)", seconds, 0.1, "to the end"),
      check("alpha", "Transparent", alpha), check("loop", "Loop", loop),
    ];
  }

  #order() {
    const { model } = this.#deps;
    if (!this.#fitted || this.#fitted.trouble) return;
    const { project, song, files } = model;
    const label = this.#presets.find(({ preset }) => preset.name === this.#preset)?.preset.label ?? "Film";
    this.#renders.order(model.id, { film: this.#fitted.options, title: project.title || song.title || null, artist: project.artist || song.artist || null }, { project, song, files: new Map(files) }, label);
    this.#list.scrollIntoView({ block: "nearest" });
  }
}
