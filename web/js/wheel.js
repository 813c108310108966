/**
 * The Camelot wheel: lights a key, the keys that mix with it and the runners-up. A sector can be picked.
 * Which keys mix comes from Python (COMPATIBLE); nothing here knows music.
 * @import {Key, KeyGuess} from "./protocol.js"
 * @import {Scope} from "./scope.js"
 * @import {Notation} from "./store.js"
 */
import { keyChip, likelihoodText } from "./labels.js";
import { COMPATIBLE, KEYS } from "./protocol.js";
import { setText } from "./dom.js";
import { isFocusedByPointer } from "./focus-origin.js";
import { make, makeSvg } from "./widget-dom.js";
import { clockPosition, neighbourOf, RINGS, sectorCentre, sectorPath } from "./wheel-geometry.js";

/** onPick: the person chose a sector, to hear it or to set it. @typedef {{onPick: (key: Key) => void}} WheelDeps */

/** @typedef {{clear?: boolean, alternatives?: ReadonlyArray<KeyGuess>}} WheelContext */

/**
 * group is the button; its letters lie in a layer of their own (its name for assistive technology is longer than they).
 * @typedef {{key: Key, group: SVGGElement, letters: SVGGElement, code: SVGTextElement, name: SVGTextElement}} Sector
 */

/** The order of each list in COMPATIBLE. */
const RELATIONS = ["the key of this song", "compatible: fifth above", "compatible: fifth below", "compatible: relative"];
const GAP = 1.5;
/** The picture's side, and the size of the names in it where there is room. */
const UNITS = 408;
const NAME_UNITS = 12.5;
const SMALLEST_PIXELS = 11;

/** @param {HTMLElement} element @param {WheelDeps} deps @param {Scope} scope */
export function mountWheel(element, deps, scope) {
  const wheel = new Wheel(element, deps, scope);
  return {
    /** @param {Key|null} key @param {WheelContext} [context] */
    show: (key, context) => wheel.show(key, context),
    /** @param {Notation} notation */
    setNotation: (notation) => wheel.setNotation(notation),
  };
}

class Wheel {
  /** @type {Key|null} */
  #key = null;
  /** @type {Required<WheelContext>} */
  #context = { clear: true, alternatives: [] };
  /** @type {Notation} */
  #notation = "camelot";
  /** @type {Sector|null} the sector under the pointer or the focus */
  #looked = null;

  /** @param {HTMLElement} element @param {WheelDeps} deps @param {Scope} scope */
  constructor(element, deps, scope) {
    this.deps = deps;
    this.sectors = [...KEYS].sort(byPlace).map(buildSector);
    this.marker = makeSvg("path", { class: "wheel-marker", "aria-hidden": "true" });
    this.centre = buildCentre();
    this.picture = makeSvg("svg", { class: "wheel-picture", viewBox: "-204 -204 408 408", role: "group", "aria-label": "Camelot wheel" },
      ...this.sectors.map(({ group }) => group), this.marker,
      makeSvg("g", { "aria-hidden": "true" }, ...this.sectors.map(({ letters }) => letters)), this.centre.root);
    element.replaceChildren(make("div", { class: "wheel" }, this.picture));
    for (const sector of this.sectors) this.#listenTo(sector, scope);
    const observer = new ResizeObserver(() => this.#fitLetters());
    observer.observe(this.picture);
    scope.add(() => observer.disconnect());
    this.show(null);
  }

  /** @param {Key|null} key @param {WheelContext} [context] */
  show(key, { clear = true, alternatives = [] } = {}) {
    this.#key = key;
    this.#context = { clear, alternatives };
    const home = this.sectors.find((sector) => sector.key.name === key?.name);
    const focused = this.sectors.find(({ group }) => group === document.activeElement);
    this.#setTabStop(focused ?? home ?? /** @type {Sector} */ (this.sectors[0]));
    this.marker.setAttribute("d", home ? sectorPath(clockPosition(home.key), RINGS[home.key.mode], -1) : "");
    this.marker.classList.toggle("is-unclear", !clear);
    this.#label();
  }

  /** Small wheels get larger letters in their own units: names never go below SMALLEST_PIXELS on the screen. */
  #fitLetters() {
    const width = this.picture.clientWidth;
    if (width === 0) return;
    const size = Math.max(NAME_UNITS, (SMALLEST_PIXELS * UNITS) / width);
    this.picture.style.setProperty("--_name-size", `${size.toFixed(2)}px`);
    for (const { key, name } of this.sectors) {
      const { y } = sectorCentre(clockPosition(key), RINGS[key.mode]);
      name.setAttribute("y", (y + 2.5 + size).toFixed(2));
    }
  }

  /** @param {Notation} notation */
  setNotation(notation) {
    this.#notation = notation;
    this.#label();
  }

  /** @param {Sector} sector @param {Scope} scope */
  #listenTo(sector, scope) {
    const { group } = sector;
    scope.on(group, "click", () => this.#pick(sector));
    scope.on(group, "keydown", (/** @type {KeyboardEvent} */ event) => this.#onKey(event, sector));
    for (const type of ["pointerenter", "focus"]) scope.on(group, type, () => this.#lookAt(sector));
    for (const type of ["pointerleave", "blur"]) scope.on(group, type, () => this.#lookAt(null));
  }

  /** @param {Sector} sector */
  #pick(sector) {
    this.#setTabStop(sector);
    this.deps.onPick(sector.key);
  }

  /** @param {KeyboardEvent} event @param {Sector} sector */
  #onKey(event, sector) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const place = neighbourOf({ position: clockPosition(sector.key), mode: sector.key.mode }, event.key);
    // Space after a click with the mouse plays the song, as everywhere.
    if (event.key === "Enter" || (event.key === " " && !isFocusedByPointer(sector.group))) this.#pick(sector);
    else if (event.key === "Home") this.#focus(this.sectors.find(({ key }) => key.name === this.#key?.name) ?? sector);
    else if (place !== null) {
      const next = this.sectors.find(({ key }) => clockPosition(key) === place.position && key.mode === place.mode);
      this.#focus(next ?? sector);
    } else return;
    event.preventDefault();
  }

  /** @param {Sector} sector */
  #focus(sector) {
    this.#setTabStop(sector);
    sector.group.focus();
  }

  /** @param {Sector} stop */
  #setTabStop(stop) {
    for (const sector of this.sectors) sector.group.setAttribute("tabindex", sector === stop ? "0" : "-1");
  }

  /** @param {Sector|null} sector */
  #lookAt(sector) {
    this.#looked = sector;
    this.#labelCentre();
  }

  #label() {
    for (const { key, group, letters, code, name } of this.sectors) {
      const { state, words } = this.#stateOf(key);
      group.dataset.state = letters.dataset.state = state;
      const [first, second] = this.#namesOf(key);
      group.setAttribute("aria-label", [first, key.symbol, words].filter((text, index, all) => text !== "" && all.indexOf(text) === index).join(", "));
      setText(code, first);
      setText(name, second);
    }
    this.#labelCentre();
  }

  #labelCentre() {
    const key = this.#looked?.key ?? this.#key;
    const { root, code, name, note } = this.centre;
    root.classList.toggle("is-empty", key === null || (this.#looked === null && !this.#context.clear));
    setText(code, key ? this.#namesOf(key)[0] : "–");
    setText(name, key ? key.symbol : "No clear key");
    setText(note, key ? this.#noteOn(key) : "");
  }

  /** @param {Key} key @returns {string} */
  #noteOn(key) {
    const { state, words } = this.#stateOf(key);
    if (state === "closest") return "closest guess";
    if (state === "key") return "";
    return words.replace("compatible: ", "");
  }

  /** In the sector: the code, and under it the other name. @param {Key} key @returns {[string, string]} */
  #namesOf(key) {
    return [keyChip(key, this.#notation), keyChip(key, this.#notation === "musical" ? "camelot" : "musical")];
  }

  /** Without a clear key nothing mixes for sure: only the closest guess is marked. @param {Key} key @returns {{state: "key"|"closest"|"compatible"|"alternative"|"plain", words: string}} */
  #stateOf(key) {
    if (this.#key === null) return { state: "plain", words: "" };
    const index = (COMPATIBLE[this.#key.name] ?? []).indexOf(key.name);
    const guess = this.#context.alternatives.find((alternative) => alternative.key.name === key.name);
    const chance = index !== 0 && guess ? likelihoodText(guess) : null;
    const likely = chance === null ? "" : `also ${chance}`;
    if (!this.#context.clear) return index === 0 ? { state: "closest", words: "perhaps the key of this song" } : { state: "plain", words: "" };
    if (index === 0) return { state: "key", words: RELATIONS[0] ?? "" };
    if (index > 0) return { state: "compatible", words: [RELATIONS[index] ?? "compatible", likely].filter(Boolean).join(", ") };
    return { state: guess ? "alternative" : "plain", words: likely };
  }
}

/** Round the outer ring, then round the inner one: the order of reading. @param {Key} one @param {Key} other */
function byPlace(one, other) {
  const place = (/** @type {Key} */ key) => (key.mode === "major" ? 0 : 12) + clockPosition(key);
  return place(one) - place(other);
}

/** @param {Key} key @returns {Sector} */
function buildSector(key) {
  const position = clockPosition(key);
  const ring = RINGS[key.mode];
  const { x, y } = sectorCentre(position, ring);
  const code = makeSvg("text", { class: "wheel-code", x, y: y - 1 });
  const name = makeSvg("text", { class: "wheel-name", x, y: y + 15 });
  const shape = makeSvg("path", { class: "wheel-shape", d: sectorPath(position, ring, GAP) });
  const ringing = makeSvg("path", { class: "wheel-ring", d: sectorPath(position, ring, GAP + 3) });
  const group = makeSvg("g", {
    class: `wheel-sector wheel-hue-${key.wheel}`, role: "button", tabindex: -1, "data-key": key.name,
  }, shape, ringing);
  const letters = makeSvg("g", { class: `wheel-letters wheel-letters-${key.mode}`, "data-letters": key.name }, code, name);
  return { key, group, letters, code, name };
}

function buildCentre() {
  const code = makeSvg("text", { class: "wheel-centre-code", x: 0, y: 2 });
  const name = makeSvg("text", { class: "wheel-centre-name", x: 0, y: 26 });
  const note = makeSvg("text", { class: "wheel-centre-note", x: 0, y: 46 });
  return { root: makeSvg("g", { class: "wheel-centre", "aria-hidden": "true" }, code, name, note), code, name, note };
}
