/**
 * The list of layers, the frontmost on top: add by kind, choose, reorder by dragging or with the keyboard, show, lock,
 * duplicate, rename, delete.
 * @import {Layer} from "./protocol.js"
 * @import {Scope} from "./scope.js"
 * @import {VideoModel} from "./video-model.js"
 */
import { addLayer, duplicateLayer, moveLayer, removeLayer, setLayer } from "./video-edits.js";
import { follow, iconButton } from "./video-parts.js";
import { make } from "./widget-dom.js";

/** @param {HTMLElement} element @param {{model: VideoModel}} deps @param {Scope} scope */
export function mountLayers(element, { model }, scope) {
  return new LayersList(element, model, scope);
}

class LayersList {
  #model;
  #list = make("ol", { class: "layers__list", "aria-label": "Layers, the frontmost first" });
  #adding = make("div", { class: "adder", hidden: true });
  #search = make("input", { type: "search", class: "adder__search", placeholder: "Search layers", "aria-label": "Search kinds of layers" });
  #kinds = make("div", { class: "adder__kinds" });
  #addButton;

  /** @param {HTMLElement} element @param {VideoModel} model @param {Scope} scope */
  constructor(element, model, scope) {
    this.#model = model;
    this.#addButton = make("button", { type: "button", class: "button button--small layers__add", "aria-expanded": "false" }, "Add layer");
    const picture = make("button", { type: "button", class: "layers__picture", "data-layer": "" }, "Whole picture");
    this.#adding.append(this.#search, this.#kinds);
    element.replaceChildren(this.#addButton, this.#adding, this.#list, picture);
    scope.on(this.#addButton, "click", () => this.toggleAdding());
    scope.on(this.#search, "input", () => this.#showKinds());
    scope.on(this.#adding, "keydown", (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.toggleAdding(false);
      this.#addButton.focus();
    });
    scope.on(picture, "click", () => model.select(null));
    scope.on(this.#list, "keydown", (event) => this.#key(event));
    scope.on(model, "project", () => this.draw());
    scope.on(model, "tables", () => {
      this.draw();
      this.#showKinds(); // the list may be open already
    });
    scope.on(model, "selection", () => this.#mark());
    this.draw();
  }

  /** @param {boolean} [open] */
  toggleAdding(open = this.#adding.hidden !== false) {
    this.#adding.hidden = !open;
    this.#addButton.setAttribute("aria-expanded", String(open));
    if (!open) return;
    this.#search.value = "";
    this.#showKinds();
    this.#search.focus();
  }

  draw() {
    const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.focus : undefined;
    const layers = [...this.#model.project.layers].reverse();
    this.#list.replaceChildren(...layers.map((layer) => this.#row(layer)));
    this.#mark();
    if (focused) /** @type {HTMLElement|null} */ (this.#list.querySelector(`[data-focus="${CSS.escape(focused)}"]`))?.focus();
  }

  #mark() {
    const chosen = this.#model.selection.layer;
    for (const row of this.#list.children) {
      const own = row.getAttribute("data-layer") === chosen;
      row.classList.toggle("is-chosen", own);
      row.querySelector(".layer__name")?.setAttribute("aria-current", String(own));
      if (own) row.scrollIntoView({ block: "nearest" });
    }
    this.#list.parentElement?.querySelector(".layers__picture")?.classList.toggle("is-chosen", chosen === null);
  }

  /** @param {Layer} layer */
  #row(layer) {
    const model = this.#model;
    const { id } = layer;
    const title = model.nameOf(layer);
    const name = make("button", { type: "button", class: "layer__name", "data-focus": `name-${id}`, title: `${title}. Double-click renames it.` }, title);
    const grip = make("span", { class: "layer__grip", "aria-hidden": "true" });
    const see = iconButton(layer.visible ? "eye" : "hidden", layer.visible ? `Hide ${title}` : `Show ${title}`, () =>
      model.edit(layer.visible ? "Hide layer" : "Show layer", (project) => setLayer(project, id, { visible: !layer.visible })), { pressed: layer.visible });
    const lock = iconButton(layer.locked ? "lock" : "unlock", layer.locked ? `Unlock ${title}` : `Lock ${title}`, () =>
      model.edit(layer.locked ? "Unlock layer" : "Lock layer", (project) => setLayer(project, id, { locked: !layer.locked })), { pressed: layer.locked });
    see.dataset.focus = `see-${id}`;
    lock.dataset.focus = `lock-${id}`;
    const copy = iconButton("copy", `Duplicate ${title}`, () => this.duplicate(id), { class: "layer__more" });
    const remove = iconButton("trash", `Delete ${title}`, () => this.remove(id), { class: "layer__more" });
    const row = make("li", { class: `layer${layer.visible ? "" : " is-hidden"}`, "data-layer": id }, grip, name, copy, remove, lock, see);
    name.addEventListener("click", () => model.select(id));
    name.addEventListener("dblclick", () => this.#rename(layer, name));
    grip.addEventListener("pointerdown", (event) => this.#drag(event, row, id));
    return row;
  }

  /** @param {string} id */
  duplicate(id) {
    const { project, id: copy } = duplicateLayer(this.#model.project, id);
    this.#model.edit("Duplicate layer", () => project);
    this.#model.select(copy);
  }

  /** @param {string} id */
  remove(id) {
    const { layers } = this.#model.project;
    const at = layers.findIndex((layer) => layer.id === id);
    this.#model.edit("Delete layer", (project) => removeLayer(project, id));
    const next = this.#model.project.layers[Math.max(0, at - 1)];
    this.#model.select(next?.id ?? null);
    if (next) this.focus(next.id);
  }

  /** @param {string} id */
  focus(id) {
    /** @type {HTMLElement|null} */ (this.#list.querySelector(`[data-focus="${CSS.escape(`name-${id}`)}"]`))?.focus();
  }

  /** @param {Layer} layer @param {HTMLElement} name */
  #rename(layer, name) {
    const field = make("input", { type: "text", class: "layer__rename", value: this.#model.nameOf(layer), "aria-label": "Name of the layer", maxlength: 120 });
    name.replaceWith(field);
    field.select();
    let over = false;
    const end = (/** @type {boolean} */ keep) => {
      if (over) return;
      over = true;
      const text = field.value.trim();
      if (keep && text !== this.#model.nameOf(layer)) this.#model.edit("Rename layer", (project) => setLayer(project, layer.id, { name: text }));
      this.draw();
      this.focus(layer.id);
    };
    field.addEventListener("blur", () => end(true));
    field.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Enter" || event.key === "Escape") end(event.key === "Enter");
    });
    field.focus();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const id = event.target instanceof Element ? event.target.closest("[data-layer]")?.getAttribute("data-layer") : null;
    if (!id || event.target instanceof HTMLInputElement) return;
    const { layers } = this.#model.project;
    const at = layers.findIndex((layer) => layer.id === id);
    const layer = layers[at];
    const step = event.key === "ArrowUp" ? 1 : event.key === "ArrowDown" ? -1 : 0;
    if (step !== 0 && event.altKey) this.#model.edit("Reorder layers", (project) => moveLayer(project, id, at + step));
    else if (step !== 0) {
      const next = layers[at + step];
      if (next) {
        this.#model.select(next.id);
        this.focus(next.id);
      }
    } else if (event.key === "F2" && layer && event.target instanceof HTMLElement) this.#rename(layer, event.target);
    else if (event.key === "Delete" || event.key === "Backspace") this.remove(id);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {PointerEvent} event @param {HTMLElement} row @param {string} id */
  #drag(event, row, id) {
    event.preventDefault();
    this.#model.select(id);
    const rows = [...this.#list.children].map((each) => each.getBoundingClientRect());
    const from = [...this.#list.children].indexOf(row);
    const height = Math.min(...rows.map((each) => each.height)); // the chosen one may be taller
    let to = from;
    row.classList.add("is-dragged");
    follow(event, row, {
      move: (moved) => {
        const by = moved.clientY - event.clientY;
        to = Math.min(rows.length - 1, Math.max(0, from + Math.round(by / height)));
        row.style.transform = `translateY(${by}px)`;
        [...this.#list.children].forEach((other, at) => {
          if (other === row || !(other instanceof HTMLElement)) return;
          const shift = at > from && at <= to ? -1 : at < from && at >= to ? 1 : 0;
          other.style.transform = shift === 0 ? "" : `translateY(${shift * height}px)`;
        });
      },
      done: () => {
        const place = this.#model.project.layers.length - 1 - to;
        if (to === from) this.draw();
        else this.#model.edit("Reorder layers", (project) => moveLayer(project, id, place));
      },
      cancel: () => this.draw(),
    });
  }

  #showKinds() {
    const wanted = this.#search.value.trim().toLowerCase();
    const kinds = (this.#model.tables?.layers ?? []).filter((kind) => `${kind.label} ${kind.name} ${kind.group} ${kind.words}`.toLowerCase().includes(wanted));
    const groups = [...new Set(kinds.map((kind) => kind.group))];
    this.#kinds.replaceChildren(...groups.flatMap((group) => [
      make("h4", { class: "adder__group" }, group),
      ...kinds.filter((kind) => kind.group === group).map((kind) => {
        const button = make("button", { type: "button", class: "adder__kind" }, make("b", {}, kind.label), make("span", {}, kind.words));
        button.addEventListener("click", () => this.add(kind.name));
        return button;
      }),
    ]));
    if (kinds.length === 0) this.#kinds.append(make("p", { class: "adder__none" }, this.#model.tables === null ? "Loading the kinds of layers." : "No kind of layer is called so."));
  }

  /** @param {string} kind */
  add(kind) {
    const { project, id } = addLayer(this.#model.project, kind, { above: this.#model.selection.layer });
    this.#model.edit("Add layer", () => project);
    this.#model.select(id);
    this.toggleAdding(false);
    this.focus(id);
  }
}
