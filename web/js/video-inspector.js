/**
 * The inspector: all inputs of what is chosen, made from Python's table, each number with its keyframes or its drive.
 * @import {Drive, InputWords, KindWords, Reading} from "./protocol.js"
 * @import {Scope} from "./scope.js"
 * @import {Target, Value} from "./video-edits.js"
 * @import {Field} from "./video-fields.js"
 * @import {VideoModel} from "./video-model.js"
 */
import { mountEffects } from "./video-effects.js";
import { isDriven, isKeyed, keyAt, propsOf, setLayer, setProp, withKey, withoutKey } from "./video-edits.js";
import { makeField, shownValue } from "./video-fields.js";
import { makeDrive } from "./video-drive.js";
import { iconButton, selectOf, wordsOf } from "./video-parts.js";
import { make } from "./widget-dom.js";

/** @typedef {{model: VideoModel, seconds: () => number, addMedium: (kind: string, use?: (id: string) => void) => void}} InspectorDeps */

/** How often what follows the music is asked for while it plays. */
const READ_MILLISECONDS = 66;

/** @param {HTMLElement} element @param {InspectorDeps} deps @param {Scope} scope */
export function mountInspector(element, deps, scope) {
  return new Inspector(element, deps, scope);
}

class Inspector {
  #element;
  #deps;
  /** @type {Row[]} */
  #rows = [];
  /** What the rows were made for. */
  #made = "";
  #reading = false;
  /** Groups that a person has closed. @type {Set<string>} */
  #closed = new Set();

  /** @param {HTMLElement} element @param {InspectorDeps} deps @param {Scope} scope */
  constructor(element, deps, scope) {
    this.#element = element;
    this.#deps = deps;
    const { model } = deps;
    scope.on(model, "selection", () => this.draw());
    scope.on(model, "project", () => this.draw());
    scope.on(model, "tables", () => this.draw());
    for (const type of ["media", "song"]) scope.on(model, type, () => this.draw(true));
    const timer = setInterval(() => void this.read(), READ_MILLISECONDS);
    scope.add(() => clearInterval(timer));
    this.draw();
  }

  /** @param {boolean} [again] make all anew */
  draw(again = false) {
    const { model } = this.#deps;
    const key = this.#key();
    if (key !== this.#made || again) {
      this.#made = key;
      this.#make();
    }
    for (const row of this.#rows) row.show(propsOf(model.project, row.target)[row.input.name], undefined);
    void this.read(true);
  }

  /** What must be the same for the rows to stay: what is chosen, how each input moves, palette, media, effects. */
  #key() {
    const { model } = this.#deps;
    const { layer } = model.selection;
    const effects = (layer === null ? model.project.effects : (model.selected?.effects ?? [])).map((each) => [each.kind, modes(each.props)]);
    return JSON.stringify([layer, model.tables !== null, modes(model.selected?.props ?? {}), effects, model.project.palette,
      model.project.media.map(({ id, name }) => [id, name]), model.selected?.enter?.kind, model.selected?.leave?.kind, model.selected?.name]);
  }

  #make() {
    const { model } = this.#deps;
    const top = this.#element.scrollTop;
    const layer = model.selected;
    this.#rows = [];
    const kind = layer ? model.layerKind(layer.kind) : null;
    if (model.tables === null) {
      this.#element.replaceChildren(make("p", { class: "panel__none" }, "Loading what can be chosen."));
      return;
    }
    const head = make("div", { class: "inspector__head" },
      make("h3", { class: "inspector__title" }, layer ? model.nameOf(layer) : "Whole picture"),
      make("p", { class: "inspector__words" }, layer ? (kind?.words ?? `This Keylight knows no kind of layer “${layer.kind}”.`) : "Effects here change everything that is seen. Choose a layer to change it alone."));
    const groups = kind ? this.#groups(kind, { layer: layer?.id ?? null, effect: null }) : [];
    const effects = make("section", { class: "group-box" });
    mountEffects(effects, { model, makeRows: (effect, at) => this.#effectRows(effect, at) });
    const time = layer ? [this.#time()] : [];
    this.#element.replaceChildren(head, ...groups, effects, ...time);
    this.#element.scrollTop = top;
  }

  /** @param {KindWords} kind @param {Target} target */
  #groups(kind, target) {
    const names = [...new Set(kind.inputs.map((input) => input.group))];
    return names.map((name) => {
      const title = name || "Look";
      const rows = kind.inputs.filter((input) => input.group === name).map((input) => this.#row(input, target));
      this.#rows.push(...rows);
      const box = make("details", { class: "group-box", open: !this.#closed.has(title) }, make("summary", { class: "group-box__title" }, title), ...rows.map((row) => row.element));
      box.addEventListener("toggle", () => (box.open ? this.#closed.delete(title) : this.#closed.add(title)));
      return box;
    });
  }

  /** Rows of an effect's inputs. @param {KindWords} kind @param {number} at */
  #effectRows(kind, at) {
    const rows = kind.inputs.map((input) => this.#row(input, { layer: this.#deps.model.selection.layer, effect: at }));
    this.#rows.push(...rows);
    return rows.map((row) => row.element);
  }

  /** @param {InputWords} input @param {Target} target */
  #row(input, target) {
    const { model, addMedium } = this.#deps;
    return new Row(input, target, { model, seconds: this.#deps.seconds, addMedium });
  }

  /** When the layer is there, and how it comes and goes. */
  #time() {
    const { model } = this.#deps;
    const layer = /** @type {import("./protocol.js").Layer} */ (model.selected);
    const comings = (model.tables?.comings ?? []).map((each) => /** @type {const} */ ([each, wordsOf(each)]));
    const snaps = /** @type {const} */ ([["none", "Where it is"], ["beat", "On the beat"], ["bar", "On the bar"], ["section", "On the section"]]);
    /** @param {"enter"|"leave"} end @param {string} words */
    const line = (end, words) => {
      const now = layer[end];
      const set = (/** @type {object|null} */ next) => model.edit(words, (project) => setLayer(project, layer.id, { [end]: next }));
      const fresh = { kind: "fade", seconds: 0.5, snap: "none" };
      const kind = selectOf([["", "At once"], ...comings.filter(([each]) => each !== "none")], now?.kind ?? "", (value) => set(value === "" ? null : { ...fresh, ...now, kind: value }), words);
      const children = [make("span", { class: "prop__label" }, words), kind];
      if (now) {
        const seconds = make("input", { type: "text", inputmode: "decimal", class: "field-number", value: String(now.seconds), "aria-label": `${words}, seconds` });
        seconds.addEventListener("change", () => {
          const value = Number(seconds.value.replace(",", "."));
          if (Number.isFinite(value)) set({ ...now, seconds: Math.min(60, Math.max(0, value)) });
        });
        children.push(make("span", { class: "field-box" }, seconds, make("span", { class: "field-unit" }, "s")),
          selectOf(snaps, now.snap, (value) => set({ ...now, snap: value }), `${words}, where`));
      }
      return make("div", { class: "prop prop--coming" }, ...children);
    };
    const whole = layer.start === null && layer.end === null;
    const range = make("p", { class: "prop__note" }, whole ? "There for the whole song. Drag the ends of its bar in the timeline." : "");
    if (!whole) {
      const reset = make("button", { type: "button", class: "button button--small" }, "Whole song");
      reset.addEventListener("click", () => model.edit("Whole song", (project) => setLayer(project, layer.id, { start: null, end: null })));
      range.append(reset);
    }
    return make("details", { class: "group-box", open: !this.#closed.has("Time") }, make("summary", { class: "group-box__title" }, "Time"), line("enter", "Comes"), line("leave", "Goes"), range);
  }

  /** Show what moves as it is now. @param {boolean} [still] also where nothing plays */
  async read(still = false) {
    const moving = this.#rows.filter((row) => row.moves);
    if (moving.length === 0 || this.#reading || (!still && !this.#element.checkVisibility())) return;
    this.#reading = true;
    try {
      for (const effect of new Set(moving.map((row) => row.target.effect))) await this.#readOf(moving.filter((row) => row.target.effect === effect));
    } catch {
      // The preview says by itself what is wrong.
    } finally {
      this.#reading = false;
    }
  }

  /** @param {Row[]} rows of the layer itself, or of one effect */
  async #readOf(rows) {
    const { model, seconds } = this.#deps;
    const [first] = rows;
    if (!first) return;
    const { target } = first;
    const { value } = await model.engine.ask({ type: "getReadings", ...target, t: seconds() });
    if (!this.#rows.includes(first)) return; // another layer was chosen meanwhile
    const props = propsOf(model.project, target);
    for (const reading of /** @type {Reading[]} */ (value.readings)) {
      rows.find((row) => row.input.name === reading.name)?.show(props[reading.name], reading);
    }
  }
}

/** Which inputs have keyframes or a drive. @param {Record<string, Value>} props */
function modes(props) {
  return Object.entries(props).flatMap(([name, value]) => (isKeyed(value) ? [[name, "keys"]] : isDriven(value) ? [[name, "drive"]] : []));
}

/** One input: its name, its control, how it moves. */
class Row {
  element;
  /** @type {Target} */
  target;
  #deps;
  /** @type {Field} */
  #field;
  /** @type {{element: HTMLElement, show: (drive: Drive, share: number|null) => void}|null} */
  #drive = null;
  /** @type {HTMLButtonElement|null} */
  #keyButton = null;
  #reset;
  /** @type {Value|undefined} */
  #value;
  /** @type {number|string|undefined} */
  #last;

  /** @param {InputWords} input @param {Target} target @param {InspectorDeps} deps */
  constructor(input, target, deps) {
    this.input = input;
    this.target = target;
    this.#deps = deps;
    const { model } = deps;
    this.#value = propsOf(model.project, target)[input.name];
    this.#field = makeField(input, {
      set: (value, { live }) => this.#set(value, live), palette: model.project.palette, media: mediaFor(model, input),
      addMedium: () => deps.addMedium(input.kind, (id) => this.#set(id, false)),
    });
    this.#reset = iconButton("reset", `${input.label} as it was made`, () => this.#put("Reset", undefined), { class: "prop__reset" });
    const tools = make("span", { class: "prop__tools" }, this.#reset);
    if (input.moves) tools.append((this.#keyButton = iconButton("key", `Keyframe of ${input.label} here`, () => this.#toggleKey(), { class: "prop__key", pressed: false })));
    if (input.drives) tools.append(iconButton("music", `${input.label} follows the music`, () => this.#toggleDrive(), { class: "prop__drive", pressed: isDriven(this.#value) }));
    if (isDriven(this.#value)) this.#drive = makeDrive(input, this.#value, { model, set: (drive, live) => this.#put("Music drive", drive, live) });
    this.element = make("div", { class: `prop prop--${input.kind}`, title: input.words || null },
      make("span", { class: "prop__label" }, input.label), tools, this.#drive ? this.#drive.element : this.#field.element);
  }

  get moves() {
    return isKeyed(this.#value) || isDriven(this.#value);
  }

  /** @param {Value|undefined} value @param {Reading|undefined} reading */
  show(value, reading) {
    this.#value = value;
    if (reading) this.#last = reading.value;
    this.#reset.hidden = value === undefined;
    if (isDriven(value)) this.#drive?.show(value, reading ? reading.share : null);
    else this.#field.show(shownValue(value, this.input, isKeyed(value) ? this.#last : undefined));
    if (this.#keyButton) {
      const here = isKeyed(value) && keyAt(value, this.#deps.seconds()) >= 0;
      this.#keyButton.setAttribute("aria-pressed", String(here));
      this.#keyButton.classList.toggle("is-keyed", isKeyed(value));
    }
  }

  /** @param {Value} value @param {boolean} live */
  #set(value, live) {
    const constant = /** @type {number|string} */ (value);
    if (isKeyed(this.#value)) this.#put("Keyframe", withKey(this.#value, this.#deps.seconds(), constant), live);
    else this.#put(this.input.label, value, live);
  }

  /** @param {string} label @param {Value|undefined} value @param {boolean} [live] */
  #put(label, value, live = false) {
    const { model } = this.#deps;
    const merge = `${this.target.layer}/${this.target.effect}/${this.input.name}`;
    model.edit(label, (project) => setProp(project, this.target, this.input.name, value), live ? merge : null);
    if (!live) model.history.seal();
  }

  #toggleKey() {
    const seconds = this.#deps.seconds();
    if (isKeyed(this.#value)) {
      const at = keyAt(this.#value, seconds);
      if (at >= 0) return this.#put("Delete keyframe", withoutKey(this.#value, at));
    }
    const now = /** @type {number|string} */ (shownValue(this.#value, this.input, this.#last));
    this.#put("Add keyframe", withKey(isKeyed(this.#value) ? this.#value : null, seconds, now));
  }

  #toggleDrive() {
    if (isDriven(this.#value)) return this.#put("Stop following the music", this.#value.low ?? this.input.low);
    const now = Number(shownValue(this.#value, this.input, this.#last));
    const high = Math.min(this.input.high, now + (this.input.high - this.input.low) * 0.25);
    /** @type {Drive} */
    const drive = { type: "drive", feature: "bass", low: now, high: high > now ? high : this.input.high, stem: null, smooth: 0.05, delay: 0, invert: false, cumulative: false };
    this.#put("Follow the music", drive);
  }
}

/** @param {VideoModel} model @param {InputWords} input @returns {ReadonlyArray<readonly [string, string]>} */
function mediaFor(model, input) {
  const own = model.project.media.filter((each) => each.kind === input.kind).map((each) => /** @type {const} */ ([each.id, each.name || each.id]));
  const families = input.kind === "font" ? (model.tables?.families ?? []).map((each) => /** @type {const} */ ([each, each])) : [];
  return [...own, ...families];
}
