/**
 * Small pieces of the editor's page: buttons with icons, choices, numbers in their units.
 */
import { icon, make } from "./widget-dom.js";

/** Icons on a 20 px grid, as `icon` draws them. */
export const ICONS = Object.freeze({
  eye: "M1.8 10s3-5.5 8.2-5.5S18.2 10 18.2 10s-3 5.5-8.2 5.5S1.8 10 1.8 10ZM10 12.4a2.4 2.4 0 1 0 0-4.8 2.4 2.4 0 0 0 0 4.8Z",
  hidden: "M3 3l14 14M8 4.8A8 8 0 0 1 10 4.5c5.2 0 8.2 5.5 8.2 5.5a14 14 0 0 1-2.2 2.8M5.4 6.3A13 13 0 0 0 1.8 10s3 5.5 8.2 5.5a8 8 0 0 0 3.3-.7",
  lock: "M5 9h10v7.5H5zM7 9V6.5a3 3 0 0 1 6 0V9",
  unlock: "M5 9h10v7.5H5zM7 9V6.3a3 3 0 0 1 5.8-1",
  copy: "M7.5 7h9v9.5h-9zM4.5 13H3.5V3.5H13V5",
  trash: "M3.5 5.5h13M8 5.5V3.8h4v1.7M5 5.5l.8 11h8.4l.8-11M8.3 8.5v5M11.7 8.5v5",
  plus: "M10 4v12M4 10h12",
  key: "M10 3.2 16.8 10 10 16.8 3.2 10Z",
  music: "M7.5 14.5V5l8-1.6v9.4M7.5 14.5a2 2 0 1 1-4 0 2 2 0 0 1 4 0ZM15.5 12.8a2 2 0 1 1-4 0 2 2 0 0 1 4 0Z",
  reset: "M4 8.5a6.2 6.2 0 1 1-.2 3.4M4 4.2v4.3h4.3",
  up: "M5 12.5 10 7.5l5 5",
  down: "M5 7.5l5 5 5-5",
  undo: "M7.5 4.5 4 8l3.5 3.5M4 8h7.5a4.5 4.5 0 0 1 0 9H8",
  redo: "M12.5 4.5 16 8l-3.5 3.5M16 8H8.5a4.5 4.5 0 0 0 0 9H12",
  search: "M8.8 14.2a5.4 5.4 0 1 0 0-10.8 5.4 5.4 0 0 0 0 10.8ZM12.8 12.8l4 4",
  close: "M5 5l10 10M15 5 5 15",
  left: "M12.5 4.5 7 10l5.5 5.5",
  image: "M3 4h14v12H3zM3 13l4-4 3.5 3.5L13 10l4 4M13.2 7.2h.01",
  start: "M5 4.5v11M15 5l-7.5 5 7.5 5Z",
});

/** @typedef {keyof typeof ICONS} IconName */

/**
 * @param {IconName} name @param {string} label @param {() => void} run @param {{class?: string, pressed?: boolean, disabled?: boolean}} [more]
 * @returns {HTMLButtonElement}
 */
export function iconButton(name, label, run, { class: more = "", pressed, disabled = false } = {}) {
  const button = make("button", { class: `tool ${more}`.trim(), type: "button", "aria-label": label, title: label, disabled }, icon(ICONS[name]));
  if (pressed !== undefined) button.setAttribute("aria-pressed", String(pressed));
  button.addEventListener("click", (event) => {
    event.stopPropagation();
    run();
  });
  return button;
}

/** Another icon for a button of `iconButton`. @param {HTMLButtonElement} button @param {IconName} name @param {string} label */
export function setTool(button, name, label) {
  button.replaceChildren(icon(ICONS[name]));
  button.setAttribute("aria-label", label);
  button.title = label;
}

/**
 * @param {ReadonlyArray<readonly [string, string]>} options value and words @param {string} value @param {(value: string) => void} change @param {string} label
 * @returns {HTMLSelectElement}
 */
export function selectOf(options, value, change, label) {
  const select = make("select", { "aria-label": label }, ...options.map(([each, words]) => make("option", { value: each }, words)));
  select.value = value;
  select.addEventListener("change", () => change(select.value));
  return select;
}

/** How a unit is shown: times `factor`, with `sign`. @type {Readonly<Record<string, {factor: number, sign: string}>>} */
const UNITS = Object.freeze({
  x: { factor: 100, sign: "%" }, y: { factor: 100, sign: "%" }, size: { factor: 100, sign: "%" }, percent: { factor: 100, sign: "%" },
  degrees: { factor: 1, sign: "°" }, seconds: { factor: 1, sign: "s" }, hertz: { factor: 1, sign: "Hz" }, ratio: { factor: 1, sign: "×" },
  beats: { factor: 1, sign: "beats" },
});
const PLAIN = Object.freeze({ factor: 1, sign: "" });

/** @param {string} unit */
export function unitOf(unit) {
  return UNITS[unit] ?? PLAIN;
}

/** A number without needless digits. @param {number} value @param {number} step @returns {string} */
export function numberText(value, step) {
  const digits = Math.min(4, Math.max(0, Math.ceil(-Math.log10(Math.max(step, 1e-4)) - 1e-9)));
  return String(Number(value.toFixed(digits)));
}

/** "bassLine" and "own_blend" as people read them: "Bass line", "Own blend". @param {string} name */
export function wordsOf(name) {
  const spaced = name.replace(/[_-]+/g, " ").replace(/([a-z])([A-Z])/g, (_, low, high) => `${low} ${high.toLowerCase()}`);
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

/**
 * Follow a pointer from its press to its end; a second finger or Escape ends it without `done`.
 * @param {PointerEvent} event @param {Element} element takes the pointer
 * @param {{move: (event: PointerEvent) => void, done: (event: PointerEvent) => void, cancel?: () => void}} handlers
 */
export function follow(event, element, { move, done, cancel = () => {} }) {
  const { pointerId } = event;
  element.setPointerCapture(pointerId);
  const stop = new AbortController();
  const options = { signal: stop.signal };
  const end = (/** @type {() => void} */ last) => {
    stop.abort();
    last();
  };
  const own = (/** @type {(event: PointerEvent) => void} */ run) => (/** @type {any} */ each) => {
    if (each.pointerId === pointerId) run(each);
  };
  element.addEventListener("pointermove", own(move), options);
  element.addEventListener("pointerup", own((last) => end(() => done(last))), options);
  element.addEventListener("pointercancel", own(() => end(cancel)), options);
  addEventListener("keydown", (/** @type {KeyboardEvent} */ key) => {
    if (key.key !== "Escape") return;
    key.stopPropagation();
    end(cancel);
  }, { ...options, capture: true });
}
