/**
 * One control for one input of a kind: what it is made of follows from the table that Python gave.
 * @import {Drive, InputWords, Keyframes} from "./protocol.js"
 * @import {ColorParts} from "./video-colors.js"
 * @import {Value} from "./video-edits.js"
 */
import { isDriven, isKeyed } from "./video-edits.js";
import { colorText, readColor } from "./video-colors.js";
import { numberText, selectOf, unitOf, wordsOf } from "./video-parts.js";
import { make } from "./widget-dom.js";

/**
 * @typedef {object} FieldDeps
 * @property {(value: Value, how: {live: boolean}) => void} set  live: while a slider moves
 * @property {ReadonlyArray<string>} palette
 * @property {ReadonlyArray<readonly [string, string]>} media  those that fit, id and name
 * @property {() => void} addMedium
 */

/** @typedef {{element: HTMLElement, show: (value: number|string|boolean) => void}} Field */

/** @param {InputWords} input @param {FieldDeps} deps @returns {Field} */
export function makeField(input, deps) {
  switch (input.kind) {
    case "number": return numberField(input, deps);
    case "color": return colorField(input, deps);
    case "choice": return choiceField(input, deps);
    case "switch": return switchField(input, deps);
    case "text": return textField(input, deps);
    default: return mediumField(input, deps);
  }
}

/** A slider with its number. @param {InputWords} input @param {FieldDeps} deps @returns {Field} */
export function numberField(input, { set }) {
  const { factor, sign } = unitOf(input.unit);
  const range = make("input", { type: "range", class: "field-range", "aria-label": input.label, min: input.low, max: input.high, step: input.step });
  const number = make("input", { type: "text", inputmode: "decimal", class: "field-number", "aria-label": `${input.label}${sign ? `, ${sign}` : ""}`, autocomplete: "off" });
  const element = make("div", { class: "field-pair" }, range, make("span", { class: "field-box" }, number, make("span", { class: "field-unit", "aria-hidden": "true" }, sign)));
  /** @param {number} value */
  const show = (value) => {
    range.value = String(value);
    const share = (Number(range.value) - input.low) / Math.max(1e-9, input.high - input.low);
    range.style.setProperty("--share", `${(100 * share).toFixed(1)}%`);
    if (document.activeElement !== number) number.value = numberText(value * factor, input.step * factor);
  };
  const take = () => {
    const typed = Number(number.value.replace(",", ".").replace(/[^0-9.eE+-]/g, ""));
    if (number.value.trim() === "" || !Number.isFinite(typed)) return;
    const held = Math.min(input.high, Math.max(input.low, typed / factor));
    set(input.whole ? Math.round(held) : held, { live: false });
  };
  range.addEventListener("input", () => set(Number(range.value), { live: true }));
  range.addEventListener("change", () => set(Number(range.value), { live: false }));
  number.addEventListener("change", take);
  number.addEventListener("focus", () => number.select());
  number.addEventListener("keydown", (event) => {
    const by = event.key === "ArrowUp" ? 1 : event.key === "ArrowDown" ? -1 : 0;
    // On to the slider: what is pressed next is for the editor, Ctrl Z above all.
    if (event.key === "Enter") range.focus({ preventScroll: true });
    if (by === 0) return;
    event.preventDefault();
    const value = Number(range.value) + by * input.step * (event.shiftKey ? 10 : 1);
    set(Math.min(input.high, Math.max(input.low, value)), { live: true });
    number.value = numberText(Number(range.value) * factor, input.step * factor);
  });
  return { element, show: (value) => show(Number(value)) };
}

/** Places of the palette as chips, any other colour, and how much of it there is. @param {InputWords} input @param {FieldDeps} deps @returns {Field} */
function colorField(input, { set, palette }) {
  let now = readColor(String(input.default));
  const put = (/** @type {Partial<ColorParts>} */ patch, live = false) => set(colorText({ ...now, ...patch }), { live });
  const chips = palette.map((color, place) => {
    const chip = make("button", { type: "button", class: "swatch", "aria-label": place === 0 ? "Background colour of the palette" : `Colour ${place} of the palette`, title: place === 0 ? "Background of the palette" : `Colour ${place} of the palette` });
    chip.style.setProperty("--swatch", color);
    chip.addEventListener("click", () => put({ place, hex: "" }));
    return chip;
  });
  const own = make("input", { type: "color", class: "field-color", "aria-label": `${input.label}, own colour`, title: "Own colour" });
  own.addEventListener("input", () => put({ place: null, hex: own.value }, true));
  own.addEventListener("change", () => put({ place: null, hex: own.value }));
  const share = make("input", { type: "text", inputmode: "numeric", class: "field-number", "aria-label": `${input.label}, opacity in percent`, title: "Opacity", autocomplete: "off" });
  share.addEventListener("change", () => {
    const percent = Number(share.value.replace(/[^0-9.]/g, ""));
    if (share.value.trim() !== "" && Number.isFinite(percent)) put({ percent: Math.min(100, Math.max(0, Math.round(percent))) });
  });
  const element = make("div", { class: "field-colors", role: "group", "aria-label": input.label }, ...chips, own,
    make("span", { class: "field-box field-share" }, share, make("span", { class: "field-unit", "aria-hidden": "true" }, "%")));
  /** @param {string|number|boolean} value */
  const show = (value) => {
    now = readColor(String(value));
    const at = now.place === null ? -1 : now.place % Math.max(1, palette.length);
    chips.forEach((chip, index) => chip.setAttribute("aria-pressed", String(index === at)));
    own.value = at >= 0 ? (palette[at] ?? "#000000").slice(0, 7) : now.hex;
    own.classList.toggle("is-chosen", at < 0);
    if (document.activeElement !== share) share.value = String(now.percent);
  };
  return { element, show };
}

/** @param {InputWords} input @param {FieldDeps} deps @returns {Field} */
function choiceField(input, { set }) {
  if (input.choices.length <= 3 && input.choices.join("").length <= 18) return segmentsField(input, set);
  const select = selectOf(input.choices.map((each) => [each, wordsOf(each)]), String(input.default), (value) => set(value, { live: false }), input.label);
  return { element: make("div", { class: "field-choice" }, select), show: (value) => (select.value = String(value)) };
}

/** @param {InputWords} input @param {FieldDeps["set"]} set @returns {Field} */
function segmentsField(input, set) {
  const buttons = input.choices.map((each) => {
    const button = make("button", { type: "button", class: "segment" }, wordsOf(each));
    button.addEventListener("click", () => set(each, { live: false }));
    return button;
  });
  const show = (/** @type {string|number|boolean} */ value) =>
    buttons.forEach((button, at) => button.setAttribute("aria-pressed", String(input.choices[at] === value)));
  return { element: make("div", { class: "segment-row", role: "group", "aria-label": input.label }, ...buttons), show };
}

/** @param {InputWords} input @param {FieldDeps} deps @returns {Field} */
function switchField(input, { set }) {
  const box = make("input", { type: "checkbox", role: "switch", class: "switch", "aria-label": input.label });
  box.addEventListener("change", () => set(box.checked, { live: false }));
  return { element: box, show: (value) => (box.checked = value === true) };
}

/** @param {InputWords} input @param {FieldDeps} deps @returns {Field} */
function textField(input, { set }) {
  const area = make("textarea", { class: "field-text", rows: 2, "aria-label": input.label, spellcheck: "false", maxlength: 10_000 });
  area.addEventListener("input", () => set(area.value, { live: true }));
  area.addEventListener("change", () => set(area.value, { live: false }));
  const show = (/** @type {string|number|boolean} */ value) => {
    if (document.activeElement !== area) area.value = String(value);
    area.rows = Math.min(6, Math.max(1, String(value).split("\n").length));
  };
  return { element: area, show };
}

/** @param {InputWords} input @param {FieldDeps} deps @returns {Field} */
function mediumField(input, { set, media, addMedium }) {
  const none = input.kind === "font" ? [] : [/** @type {const} */ (["", input.kind === "image" ? "No picture" : "No film"])];
  const select = selectOf([...none, ...media], String(input.default), (value) => set(value, { live: false }), input.label);
  const add = make("button", { type: "button", class: "button button--small" }, "Add file");
  add.addEventListener("click", addMedium);
  const show = (/** @type {string|number|boolean} */ value) => {
    const text = String(value);
    if (![...select.options].some((each) => each.value === text)) select.append(make("option", { value: text }, `${text} (missing)`));
    select.value = text;
  };
  return { element: make("div", { class: "field-medium" }, select, add), show };
}

/** What a control shows of a value: of keyframes and drives what they give now, where that is known. @param {Value|undefined} value @param {InputWords} input @param {number|string|undefined} reading */
export function shownValue(value, input, reading) {
  if (value === undefined) return plain(input.default);
  if (isKeyed(value)) return reading ?? value.keys[0]?.value ?? 0;
  if (isDriven(value)) return reading ?? value.low ?? 0;
  return value;
}

/** @param {number|string|boolean|Keyframes|Drive} value */
function plain(value) {
  return typeof value === "object" ? 0 : value;
}
