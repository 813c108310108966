/**
 * Keys of the editor, and the list of them.
 * @import {Scope} from "./scope.js"
 */
import { isTyping } from "./dom.js";
import { isFocusedByPointer } from "./focus-origin.js";
import { make } from "./widget-dom.js";

/** key: as in KeyboardEvent.key, letters in lower case; ctrl: also with the Command key. */
/** @typedef {{key: string, ctrl?: boolean, shift?: boolean, shown: string, does: string, run: () => unknown}} VideoKey run: false where it was not its turn */

/** Keys of single parts, for the list only. @type {ReadonlyArray<readonly [string, string]>} */
const ELSEWHERE = Object.freeze([
  ["↑ ↓", "In the list of layers: choose another"],
  ["Alt ↑ ↓", "In the list of layers: move it"],
  ["F2", "In the list of layers: rename"],
  ["↑ ↓ ← →", "On the picture: move the layer, with Shift by ten"],
  ["Alt", "While dragging: do not snap"],
  ["Esc", "While dragging: let it be"],
  ["Ctrl wheel", "On the timeline: zoom"],
]);

/**
 * @param {HTMLElement} section the editor @param {{keys: ReadonlyArray<VideoKey>}} deps @param {Scope} scope
 */
export function mountVideoKeys(section, { keys }, scope) {
  const rows = [...keys.filter(({ shown }) => shown).map(({ shown, does }) => /** @type {const} */ ([shown, does])), ...ELSEWHERE];
  const list = make("dl", { class: "keys" }, ...rows.map(([shown, does]) =>
    make("div", { class: "keys__row" }, make("dt", {}, ...shown.split(" ").map((each) => make("kbd", {}, each))), make("dd", {}, does))));
  let spaceTaken = false;

  /** @param {KeyboardEvent} event */
  const take = (event) => {
    if (event.defaultPrevented || section.querySelector("dialog[open]")) return;
    const ctrl = event.ctrlKey || event.metaKey;
    if (isTyping(event.target) && !(ctrl && event.key.toLowerCase() === "s")) return;
    if (ownsKey(event.target, event.key)) return;
    const name = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const found = keys.find((each) => each.key === name && (each.ctrl ?? false) === ctrl && (each.shift === undefined || each.shift === event.shiftKey));
    if (!found || event.altKey) return;
    if (found.run() === false) return;
    spaceTaken ||= event.key === " ";
    event.preventDefault();
  };
  // Keys of the page behind are not for now: nothing pressed in here reaches them.
  scope.on(section, "keydown", (/** @type {KeyboardEvent} */ event) => {
    take(event);
    event.stopPropagation();
  });
  scope.on(window, "keydown", (/** @type {KeyboardEvent} */ event) => {
    if (event.target instanceof Node && section.contains(event.target)) return;
    take(event);
    event.stopPropagation();
  }, { capture: true });
  scope.on(window, "keyup", (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== " ") return;
    if (spaceTaken) event.preventDefault();
    spaceTaken = false;
  }, { capture: true });
  return list;
}

/** Space presses what the keyboard has brought the focus to, arrows move sliders and choices. @param {EventTarget|null} target @param {string} key */
function ownsKey(target, key) {
  if (!(target instanceof Element)) return false;
  if (key === " ") return target.matches("button, summary, input:not([type=range])") && !isFocusedByPointer(target);
  if (key.startsWith("Arrow") || key === "Home" || key === "End") return target.matches("input, select, [role=tab]");
  return false;
}
