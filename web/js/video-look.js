/**
 * The look of the whole: words, palette, palettes from the cover, files.
 * @import {NamedPalette} from "./protocol.js"
 * @import {Scope} from "./scope.js"
 * @import {VideoModel} from "./video-model.js"
 */
import { setProject } from "./video-edits.js";
import { make } from "./widget-dom.js";

/** @typedef {{model: VideoModel, addMedium: (kind: string, use?: (id: string) => void, id?: string) => void}} LookDeps */

/** @param {HTMLElement} element @param {LookDeps} deps @param {Scope} scope */
export function mountLook(element, deps, scope) {
  return new Look(element, deps, scope);
}

class Look {
  #deps;
  #colors = make("div", { class: "look__colors", role: "group", "aria-label": "Colours of the palette" });
  #palettes = make("div", { class: "look__palettes" });
  #cover = make("div", { class: "look__palettes" });
  #files = make("ul", { class: "look__files" });
  /** @type {{title: HTMLInputElement, artist: HTMLInputElement}} */
  #words;
  /** Picture that the palettes were made of. */
  #coverOf = "";

  /** @param {HTMLElement} element @param {LookDeps} deps @param {Scope} scope */
  constructor(element, deps, scope) {
    this.#deps = deps;
    const { model } = deps;
    this.#words = { title: this.#field("title", "Title"), artist: this.#field("artist", "Artist") };
    const add = (/** @type {string} */ kind, /** @type {string} */ words) => {
      const button = make("button", { type: "button", class: "button button--small" }, words);
      button.addEventListener("click", () => deps.addMedium(kind));
      return button;
    };
    element.append(
      section("Words", this.#words.title.parentElement ?? "", this.#words.artist.parentElement ?? ""),
      section("Palette", this.#colors, this.#cover, this.#palettes),
      section("Files", this.#files, make("div", { class: "look__add" }, add("image", "Picture"), add("video", "Film"), add("font", "Font"))));
    scope.on(model, "project", () => this.draw());
    scope.on(model, "tables", () => this.draw());
    scope.on(model, "media", () => this.draw());
    this.draw();
  }

  /** @param {"title"|"artist"} name @param {string} words */
  #field(name, words) {
    const { model } = this.#deps;
    const field = make("input", { type: "text", class: "look__field", maxlength: 500, autocomplete: "off" });
    make("label", { class: "look__label" }, make("span", {}, words), field);
    field.addEventListener("input", () => model.edit(words, (project) => setProject(project, { [name]: field.value }), `words/${name}`));
    field.addEventListener("change", () => model.history.seal());
    return field;
  }

  draw() {
    const { model } = this.#deps;
    const { project } = model;
    for (const name of /** @type {const} */ (["title", "artist"])) {
      if (document.activeElement !== this.#words[name]) this.#words[name].value = project[name];
    }
    this.#drawColors(project.palette);
    this.#drawPalettes(this.#palettes, model.tables?.palettes ?? []);
    this.#drawFiles();
    void this.#fromCover();
  }

  /** @param {ReadonlyArray<string>} palette */
  #drawColors(palette) {
    const { model } = this.#deps;
    if (this.#colors.contains(document.activeElement) && this.#colors.childElementCount === palette.length) return;
    this.#colors.replaceChildren(...palette.map((color, place) => {
      const field = make("input", { type: "color", class: "look__color", value: color.slice(0, 7), "aria-label": place === 0 ? "Background" : `Colour ${place}`, title: place === 0 ? "Background" : `Colour ${place}` });
      field.addEventListener("input", () => model.edit("Palette colour", (project) => setProject(project, { palette: project.palette.map((each, at) => (at === place ? field.value : each)) }), `palette/${place}`));
      field.addEventListener("change", () => model.history.seal());
      return field;
    }));
  }

  /** @param {HTMLElement} place @param {ReadonlyArray<NamedPalette>} palettes */
  #drawPalettes(place, palettes) {
    const { model } = this.#deps;
    place.replaceChildren(...palettes.map(({ name, colors }) => {
      const chosen = colors.join() === model.project.palette.join();
      const button = make("button", { type: "button", class: `palette${chosen ? " is-chosen" : ""}`, "aria-pressed": String(chosen), title: name },
        make("span", { class: "palette__colors", "aria-hidden": "true" }, ...colors.map((color) => {
          const chip = make("span", {});
          chip.style.background = color;
          return chip;
        })), make("span", { class: "palette__name" }, name));
      button.addEventListener("click", () => model.edit(`Palette ${name}`, (project) => setProject(project, { palette: colors })));
      return button;
    }));
  }

  #drawFiles() {
    const { model, addMedium } = this.#deps;
    const missing = new Set(model.missing.map(({ id }) => id));
    this.#files.replaceChildren(...model.project.media.map((medium) => {
      const gone = missing.has(medium.id);
      const button = make("button", { type: "button", class: "button button--small" }, gone ? "Find file" : "Replace");
      button.addEventListener("click", () => addMedium(medium.kind, undefined, medium.id));
      return make("li", { class: gone ? "is-missing" : "" }, make("span", { class: "look__file", title: medium.name }, medium.name || medium.id), gone ? make("span", { class: "look__gone" }, "missing") : "", button);
    }));
  }

  /** Palettes of the first picture there is, the cover before all others. */
  async #fromCover() {
    const { model } = this.#deps;
    const pictures = model.project.media.filter((each) => each.kind === "image" && model.files.has(each.id));
    const picture = pictures.find((each) => each.role === "cover") ?? pictures[0];
    if (picture?.id === this.#coverOf || (!picture && this.#coverOf === "")) {
      if (this.#cover.childElementCount > 0) this.#markCover();
      return;
    }
    this.#coverOf = picture?.id ?? "";
    if (!picture) return void this.#cover.replaceChildren();
    try {
      const { value } = await model.engine.ask({ type: "makePalette", media: picture.id });
      this.#coverPalettes = value.palettes;
      this.#markCover();
    } catch {
      this.#cover.replaceChildren();
    }
  }

  /** @type {ReadonlyArray<NamedPalette>} */
  #coverPalettes = [];

  #markCover() {
    this.#drawPalettes(this.#cover, this.#coverPalettes);
  }
}

/** @param {string} title @param {...(Node|string)} children */
function section(title, ...children) {
  return make("section", { class: "look__part" }, make("h4", { class: "group-box__title" }, title), ...children);
}
