/**
 * Words to the person: a polite status line for screen readers with a short toast, and alerts that stay until
 * they are dismissed.
 * @import {Scope} from "./scope.js"
 */
import { part, stamp } from "./dom.js";

/** @typedef {{label: string, run: () => void, onGone?: () => void}} NoticeAction onGone: the notice went, by whatever way */
/** @typedef {{close: () => void}} NoticeHandle */
/** @typedef {{say: (text: string, action?: NoticeAction) => NoticeHandle, quietly: (text: string) => void, alert: (text: string, action?: NoticeAction) => void, undo: () => boolean}} Notices */

/** Long enough to read a sentence and to reach "Undo". */
const TOAST_MILLISECONDS = 7000;
const MOST_NOTICES = 3;
/** Event of a notice that was taken away. */
const GONE = "gone";
/** The label of an action that takes back what the notice says. */
export const UNDO = "Undo";

/**
 * @param {HTMLElement} element  holds "status" (visually hidden, aria-live) and "stack"
 * @param {{}} _deps
 * @param {Scope} scope
 * @returns {Notices}
 */
export function mountNotices(element, _deps, scope) {
  const status = part(element, "status", HTMLElement);
  const stack = part(element, "stack", HTMLElement);

  /** @param {string} text */
  const quietly = (text) => {
    // The same sentence twice is spoken twice only when the text changes: a no-break space makes it another one.
    status.textContent = status.textContent === text ? `${text}\u00a0` : text;
  };

  /** @param {string} text @param {"toast"|"alert"} kind @param {NoticeAction} [action] @returns {NoticeHandle} */
  const show = (text, kind, action) => {
    for (const same of stack.querySelectorAll(".notice")) {
      if (same.getAttribute("data-text") === text) drop(same);
    }
    const notice = stamp("notice");
    notice.classList.add(`notice--${kind}`);
    notice.dataset.text = text;
    if (kind === "alert") notice.setAttribute("role", "alert");
    const button = part(notice, "action", HTMLButtonElement);
    const close = part(notice, "close", HTMLButtonElement);
    button.hidden = !action;
    if (action) {
      button.textContent = action.label;
      button.addEventListener("click", () => {
        drop(notice);
        action.run();
      });
      if (action.onGone) notice.addEventListener(GONE, action.onGone, { once: true });
    }
    close.addEventListener("click", () => drop(notice));
    stack.append(notice);
    part(notice, "text", HTMLElement).textContent = text;
    for (const oldest of [...stack.children].slice(0, -MOST_NOTICES)) drop(oldest);
    if (kind === "toast") expire(notice, scope);
    return { close: () => drop(notice) };
  };

  return {
    quietly,
    say(text, action) {
      quietly(text);
      return show(text, "toast", action);
    },
    alert: (text, action) => void show(text, "alert", action),
    /** Press the newest "Undo", which is far from the keyboard's focus. */
    undo() {
      const buttons = [...stack.querySelectorAll('[data-part="action"]')].filter((each) => each.textContent === UNDO);
      const newest = buttons.at(-1);
      if (newest instanceof HTMLElement) newest.click();
      return newest !== undefined;
    },
  };
}

/** @param {Element} notice */
function drop(notice) {
  notice.remove();
  notice.dispatchEvent(new Event(GONE));
}

/** A toast goes by itself, but never under the pointer or the focus. @param {HTMLElement} notice @param {Scope} scope */
function expire(notice, scope) {
  scope.after(() => {
    if (notice.matches(":hover, :focus-within")) expire(notice, scope);
    else drop(notice);
  }, TOAST_MILLISECONDS);
}
