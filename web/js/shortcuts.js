/**
 * Keys for everything that is done often, and the dialog that lists them. Shortcuts of one letter can be switched
 * off (WCAG 2.1.4) and never act while somebody types.
 * @import {Scope} from "./scope.js"
 * @import {Store} from "./store.js"
 */
import { isTyping, part } from "./dom.js";
import { isFocusedByPointer } from "./focus-origin.js";
import { MIXER_KEYS } from "./mixer-input.js";
import { make } from "./widget-dom.js";

/**
 * @typedef {object} Shortcut
 * @property {string} key      as in KeyboardEvent.key, letters in lower case
 * @property {string} [shown]  for the help; without it another row speaks for this key
 * @property {string} does     for the help
 * @property {(event: KeyboardEvent) => void} run
 */

/** Keys of the waveform while it has the focus, for the help only. @type {ReadonlyArray<readonly [string, string]>} */
const WAVEFORM_KEYS = [
  ["← →", "Back or on by a beat"],
  ["Shift ← →", "Back or on by a bar"],
  ["[ ]", "Section before or next"],
  ["+ −", "Zoom in or out"],
  ["0", "Show the whole song"],
  ["PgUp PgDn", "Move the view"],
  ["Ctrl wheel", "Zoom at the pointer"],
];

/** Keys of the list, for the help only. @type {ReadonlyArray<readonly [string, string]>} */
const LIST_KEYS = [
  ["↑ ↓", "Choose a track in the list"],
  ["Enter", "Play the chosen track"],
  ["Delete", "Remove the chosen track"],
];

/**
 * @param {HTMLDialogElement} dialog
 * @param {{store: Store, shortcuts: ReadonlyArray<Shortcut>, onUndo: () => boolean}} deps  onUndo: false when there was nothing
 * @param {Scope} scope
 */
export function mountShortcuts(dialog, { store, shortcuts, onUndo }, scope) {
  const single = part(dialog, "single-keys", HTMLInputElement);
  const rows = shortcuts.flatMap(({ shown, does }) => (shown ? [/** @type {const} */ ([shown, does])] : []));
  part(dialog, "keys", HTMLElement).replaceChildren(...keyRows([...rows, ["Ctrl Z", "Undo, while that is offered"], ["?", "Show this help"]]));
  part(dialog, "waveform-keys", HTMLElement).replaceChildren(...keyRows(WAVEFORM_KEYS));
  part(dialog, "mixer-keys", HTMLElement).replaceChildren(...keyRows(MIXER_KEYS));
  part(dialog, "list-keys", HTMLElement).replaceChildren(...keyRows(LIST_KEYS));
  single.checked = store.settings.singleKeys;
  let spaceTaken = false;

  const open = () => {
    if (!dialog.open) dialog.showModal();
  };

  scope.on(single, "change", () => store.set({ singleKeys: single.checked }));
  scope.on(dialog, "click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  scope.on(document, "keydown", (/** @type {KeyboardEvent} */ event) => {
    if (event.defaultPrevented || event.altKey || isTyping(event.target)) return;
    if (dialog.open || document.querySelector("dialog[open]")) return;
    if (event.ctrlKey || event.metaKey) {
      if (event.key === "z" && !event.repeat && onUndo()) event.preventDefault();
      return;
    }
    if (!store.settings.singleKeys && event.key !== " ") return;
    if (event.key === "?") return open();
    const shortcut = shortcuts.find((each) => each.key === (event.key.length === 1 ? event.key.toLowerCase() : event.key));
    if (!shortcut || ownsKey(event.target, event.key)) return;
    // A held Space is ours too, or the button under the focus would take its repeats.
    event.preventDefault();
    spaceTaken ||= event.key === " ";
    if (!event.repeat || event.key.startsWith("Arrow")) shortcut.run(event);
  });
  // Not every browser leaves a button alone when only the key's way down was taken.
  scope.on(document, "keyup", (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== " ") return;
    if (spaceTaken) event.preventDefault();
    spaceTaken = false;
  });
  return { open };
}

/** @param {ReadonlyArray<readonly [string, string]>} rows keys and what they do */
function keyRows(rows) {
  return rows.map(([shown, does]) =>
    make("div", { class: "keys__row" }, make("dt", {}, ...shown.split(" ").map((each) => make("kbd", {}, each))), make("dd", {}, does)));
}

/**
 * Space presses what the keyboard has brought the focus to (a click with the mouse leaves it there unseen), arrows move
 * sliders, radios and the list.
 * @param {EventTarget|null} target @param {string} key
 */
function ownsKey(target, key) {
  if (!(target instanceof Element)) return false;
  if (key === " ") return target.matches("button, summary, input:not([type=range]), [role=radio], [role=button]") && !isFocusedByPointer(target);
  if (key.startsWith("Arrow")) return target.matches("input, [role=slider], [role=radio], [role=option]");
  return false;
}
