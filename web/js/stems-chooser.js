/**
 * The choice before a separation: how (on this device, or one of the server's models), what to get, in which format,
 * and what leaves the device by it.
 * @import {Server} from "./capabilities.js"
 * @import {Choice} from "./stems-options.js"
 * @import {ModelInfo, StemsOptions} from "./protocol.js"
 * @import {Scope} from "./scope.js"
 */
import { part, setText } from "./dom.js";
import { countText } from "./labels.js";
import { QUICK_STEMS } from "./protocol.js";
import { FIRST_CHOICE, fitting } from "./stems-options.js";
import { FORMAT_LABELS, QUICK, QUICK_LABEL, QUICK_WORDS, durationText, filesText, modeText, privacyText, refusalText, stemLabel } from "./stems-words.js";
import { wireToken } from "./token-field.js";
import { make } from "./widget-dom.js";

/** The song in question. seconds: null while nobody knows. @typedef {{bytes: number, seconds: number|null}} Subject */

/**
 * @typedef {object} ChooserDeps
 * @property {Server} server
 * @property {(choice: Choice) => void} onGo
 * @property {() => void} onClose
 * @property {() => number|null} quickSpeed  seconds of audio per second that the quick one reached in this visit
 */

/** A server that is just starting is asked again, while somebody looks at the choice. */
const ASK_MILLISECONDS = 4000;

const NOT_READY = "Clean stems come from the server, which is not ready for it.";

/** @type {ReadonlyArray<StemsOptions["mode"]>} */
const MODES = Object.freeze(["each", "two", "rest"]);
/** @type {ReadonlyArray<StemsOptions["format"]>} */
const FORMATS = /** @type {any} */ (Object.freeze(Object.keys(FORMAT_LABELS)));

const QUICK_MODEL = Object.freeze({
  name: QUICK, label: QUICK_LABEL, words: QUICK_WORDS, stems: QUICK_STEMS, ready: true, here: true, downloadMegabytes: 0, reason: null, speed: null,
});

/** @param {HTMLFormElement} element @param {ChooserDeps} deps @param {Scope} scope */
export function mountStemsChooser(element, deps, scope) {
  return new StemsChooser(element, deps, scope);
}

class StemsChooser {
  #deps;
  /** @type {Choice} */
  #choice = FIRST_CHOICE;
  /** @type {Subject} */
  #subject = { bytes: 0, seconds: null };
  /** The rows by model, and what each was drawn from. @type {Map<string, {drawn: string, row: HTMLElement}>} */
  #rows = new Map();

  /** @param {HTMLFormElement} element @param {ChooserDeps} deps @param {Scope} scope */
  constructor(element, deps, scope) {
    this.element = element;
    this.#deps = deps;
    const format = part(element, "choice-format", HTMLSelectElement);
    const stem = part(element, "choice-stem", HTMLSelectElement);
    scope.on(part(element, "choice-models", HTMLElement), "change", ({ target }) => this.#choose({ model: target.value }));
    scope.on(part(element, "choice-modes", HTMLElement), "change", ({ target }) => this.#choose({ mode: target.value }));
    scope.on(stem, "change", () => this.#choose({ stem: stem.value }));
    scope.on(format, "change", () => this.#choose({ format: /** @type {any} */ (format.value) }));
    scope.on(element, "submit", (event) => {
      event.preventDefault();
      if (!part(element, "choice-go", HTMLButtonElement).disabled) deps.onGo(this.#choice);
    });
    scope.on(part(element, "choice-cancel", HTMLButtonElement), "click", () => deps.onClose());
    scope.on(part(element, "choice-server", HTMLElement), "click", ({ target }) => {
      if (target instanceof HTMLButtonElement) void deps.server.ask();
    });
    this.#listenToToken(scope);
    scope.on(deps.server, "change", () => this.#draw());
    const timer = setInterval(() => {
      if (deps.server.passing && !element.hidden && element.checkVisibility()) void deps.server.ask();
    }, ASK_MILLISECONDS);
    scope.add(() => clearInterval(timer));
    this.#modes();
  }

  /** @param {Subject} subject */
  show(subject) {
    this.#subject = subject;
    if (this.element.hidden) {
      this.element.hidden = false;
      void this.#deps.server.ask();
    }
    this.#draw();
  }

  hide() {
    this.element.hidden = true;
  }

  /** To where a choice begins. */
  focus() {
    const checked = this.element.querySelector('[name="stems-model"]:checked');
    if (checked instanceof HTMLElement) checked.focus();
  }

  /** Where the server has nothing that is ready, one line says why, not a row for each. @returns {ReadonlyArray<ModelInfo>} the quick one first */
  get #models() {
    const { state, known } = this.#deps.server;
    return [QUICK_MODEL, ...(state === "here" && known?.separation ? known.models : [])];
  }

  /** @param {Partial<Choice>} patch */
  #choose(patch) {
    this.#choice = { ...this.#choice, ...patch };
    this.#draw();
  }

  #draw() {
    if (this.element.hidden) return;
    const models = this.#models;
    // Nothing but a person's hand turns "Separate here" into an upload, however late the server answers.
    const model = models.find(({ name, ready }) => name === this.#choice.model && ready) ?? QUICK_MODEL;
    this.#choice = fitting({ ...this.#choice, model: model.name }, model);
    this.#drawModels(models);
    this.#server();
    this.#what(model);
    this.#foot(model);
  }

  /** Rows that say the same stay as they are: a click that began in one ends in it. @param {ReadonlyArray<ModelInfo>} models */
  #drawModels(models) {
    const list = part(this.element, "choice-models", HTMLElement);
    const rows = models.map((model) => this.#row(model));
    for (const [name, { row }] of this.#rows) {
      if (rows.includes(row)) continue;
      row.remove();
      this.#rows.delete(name);
    }
    rows.forEach((row, at) => list.children[at] !== row && list.insertBefore(row, list.children[at] ?? null));
    const radio = this.#radio("stems-model", this.#choice.model);
    if (radio) radio.checked = true;
  }

  /** @param {ModelInfo} model @returns {HTMLElement} */
  #row(model) {
    const time = this.#time(model, this.#subject.seconds);
    const drawn = JSON.stringify([model, time]);
    const known = this.#rows.get(model.name);
    if (known?.drawn === drawn) return known.row;
    const row = modelRow(model, time);
    if (known) {
      const focused = known.row.contains(document.activeElement);
      known.row.replaceWith(row);
      if (focused) row.querySelector("input")?.focus();
    }
    this.#rows.set(model.name, { drawn, row });
    return row;
  }

  /** @param {ModelInfo} model @param {number|null} seconds @returns {string} how long it takes, "" when nobody knows */
  #time(model, seconds) {
    const speed = model.name === QUICK ? this.#deps.quickSpeed() : model.speed;
    return speed && seconds ? `about ${durationText(seconds / speed)}` : "";
  }

  /** @param {string} name @param {string} value @returns {HTMLInputElement|null} */
  #radio(name, value) {
    return [...this.element.querySelectorAll(`input[name="${name}"]`)].filter((each) => each instanceof HTMLInputElement).find((each) => each.value === value) ?? null;
  }

  #server() {
    const { state, sentence, known } = this.#deps.server;
    const line = part(this.element, "choice-server", HTMLElement);
    const full = state === "here" && known?.queue.full;
    const words = state === "asking" ? "Asking the server what it can do…"
      : state === "absent" || state === "locked" ? (sentence ?? "")
      : full ? "The server's queue is full just now; your song would wait on this page."
      : state === "here" && !known?.separation ? `${NOT_READY} ${known?.reason ?? ""}`.trim()
      : state === "here" && known && known.queue.waiting > 0 ? `${countText(known.queue.waiting, "job")} wait on the server.` : "";
    if (line.dataset.words !== words + state) {
      line.dataset.words = words + state;
      line.replaceChildren(...(words ? [make("span", {}, words)] : []), ...(state === "absent" ? [make("button", { type: "button", class: "button button--small" }, "Ask again")] : []));
    }
    line.dataset.state = state;
    part(this.element, "choice-token", HTMLElement).hidden = state !== "locked";
  }

  /** @param {Pick<ModelInfo, "name"|"stems">} model */
  #what({ name, stems }) {
    const { mode, stem, format } = this.#choice;
    part(this.element, "choice-what", HTMLFieldSetElement).hidden = name === QUICK;
    part(this.element, "choice-stem-label", HTMLElement).hidden = mode === "each";
    const select = part(this.element, "choice-stem", HTMLSelectElement);
    fill(select, [...stems].sort((one, other) => Number(other === "vocals") - Number(one === "vocals")).map((each) => [each, stemLabel(each)]), stem);
    for (const each of MODES) {
      const radio = this.#radio("stems-mode", each);
      if (!radio) continue;
      radio.checked = each === mode;
      if (radio.nextElementSibling) setText(radio.nextElementSibling, modeText(each, stem));
    }
    const formats = this.#deps.server.known?.formats ?? FORMATS;
    fill(part(this.element, "choice-format", HTMLSelectElement), formats.map((each) => [each, FORMAT_LABELS[each]]), format);
    setText(part(this.element, "choice-files", HTMLElement), name === QUICK
      ? "Four stems open in the mixer while they are worked out: vocals, drums, bass, other. Save what you like there."
      : filesText(mode, stem, stems));
  }

  /** @param {Pick<ModelInfo, "name">} model */
  #foot({ name }) {
    const { bytes, seconds } = this.#subject;
    const limits = this.#deps.server.known?.limits ?? null;
    const refusal = name === QUICK || !limits ? null : refusalText(bytes, seconds, limits);
    part(this.element, "choice-privacy", HTMLElement).dataset.leaves = String(name !== QUICK);
    setText(part(this.element, "choice-privacy-text", HTMLElement), privacyText(name, bytes, limits));
    setText(part(this.element, "choice-trouble", HTMLElement), refusal ?? "");
    const go = part(this.element, "choice-go", HTMLButtonElement);
    go.disabled = refusal !== null;
    setText(go, name === QUICK ? "Separate here" : "Upload and separate");
  }

  #modes() {
    part(this.element, "choice-modes", HTMLElement).replaceChildren(...MODES.map((mode) =>
      make("label", { class: "choice__mode" }, make("input", { type: "radio", name: "stems-mode", value: mode }), make("span", {}))));
  }

  /** @param {Scope} scope */
  #listenToToken(scope) {
    wireToken({
      input: part(this.element, "token-input", HTMLInputElement),
      use: part(this.element, "token-use", HTMLButtonElement),
      trouble: part(this.element, "token-error", HTMLElement),
      enter: async (token) => {
        await this.#deps.server.enter(token);
        this.focus();
      },
    }, scope);
  }
}

/** @param {ModelInfo} model @param {string} time */
function modelRow({ name, label, words, ready, here, downloadMegabytes, reason }, time) {
  const where = make("span", { class: "choice__where" }, name === QUICK ? "This device" : "Server");
  const loads = ready && !here ? ` The server downloads ${downloadMegabytes} MB first.` : "";
  const says = ready ? words + loads : (reason ?? "Not to be had on this server.");
  return make("label", { class: "choice__model" },
    make("input", { type: "radio", name: "stems-model", value: name, disabled: !ready }),
    make("span", { class: "choice__name" }, label, where),
    make("span", { class: "choice__time" }, ready ? time : "not ready"),
    make("span", { class: "choice__words" }, says));
}

/** Write a select's options, where they differ. @param {HTMLSelectElement} select @param {ReadonlyArray<[string, string]>} options @param {string} value */
function fill(select, options, value) {
  const now = [...select.options].map((option) => option.value).join();
  if (now !== options.map(([each]) => each).join()) select.replaceChildren(...options.map(([each, text]) => make("option", { value: each }, text)));
  select.value = value;
}
