/**
 * Whether the focus stands where it is by a pointer: `data-focus="pointer"` on <html>, for who decides whose Space is.
 * CSS `:focus-visible` cannot say so: any key makes it true, before the page hears of the key.
 * @import {Scope} from "./scope.js"
 */

const MODIFIERS = Object.freeze(["Shift", "Control", "Alt", "AltGraph", "Meta"]);

/** @param {HTMLElement} root <html> @param {object} _deps @param {Scope} scope */
export function mountFocusOrigin(root, _deps, scope) {
  let byPointer = false;
  const show = () => {
    root.dataset.focus = byPointer ? "pointer" : "keyboard";
  };
  scope.on(root, "pointerdown", () => {
    byPointer = true;
    show();
  }, { capture: true });
  scope.on(root, "keydown", (/** @type {KeyboardEvent} */ event) => {
    // Shortcuts of one letter move no focus, and keys that leave the window, as Alt and Tab, bring it back where it was.
    if (event.key.length > 1 && !event.altKey && !MODIFIERS.includes(event.key)) byPointer = false;
  }, { capture: true });
  // A key alone moves nothing: only where the focus goes next is the keyboard's.
  scope.on(root, "focusin", show);
}

/** @param {Element} element */
export function isFocusedByPointer(element) {
  return element.closest('[data-focus="pointer"]') !== null;
}
