/**
 * The editor's tabs and its menu.
 * @import {Scope} from "./scope.js"
 */
import { part } from "./dom.js";

/** @param {HTMLElement} section the editor @param {() => void} onShow another panel is seen @param {Scope} scope */
export function mountTabs(section, onShow, scope) {
  const tabs = [...section.querySelectorAll('.video__left [role="tab"]')].filter((each) => each instanceof HTMLElement);
  const show = (/** @type {HTMLElement} */ chosen) => {
    for (const tab of tabs) {
      const own = tab === chosen;
      tab.setAttribute("aria-selected", String(own));
      tab.tabIndex = own ? 0 : -1;
      const panel = document.getElementById(tab.getAttribute("aria-controls") ?? "");
      if (panel) panel.hidden = !own;
    }
    onShow();
  };
  for (const [at, tab] of tabs.entries()) {
    scope.on(tab, "click", () => show(tab));
    scope.on(tab, "keydown", (/** @type {KeyboardEvent} */ event) => {
      const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
      const next = tabs[(at + step + tabs.length) % tabs.length];
      if (step === 0 || !next) return;
      event.preventDefault();
      event.stopPropagation();
      show(next);
      next.focus();
    });
  }
  if (tabs[0]) show(tabs[0]);
}

/** @param {HTMLElement} section the editor @param {Record<string, () => void>} actions by their names in `data-video` @param {Scope} scope */
export function mountVideoMenu(section, actions, scope) {
  const menu = part(section, "video-menu", HTMLDetailsElement);
  scope.on(menu, "click", ({ target }) => {
    const action = target instanceof Element ? target.closest("[data-video]")?.getAttribute("data-video") : null;
    if (!action) return;
    menu.open = false;
    actions[action]?.();
  });
  scope.on(menu, "keydown", (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Escape" || !menu.open) return;
    event.stopPropagation();
    menu.open = false;
    menu.querySelector("summary")?.focus();
  });
  scope.on(document, "pointerdown", ({ target }) => {
    if (menu.open && target instanceof Node && !menu.contains(target)) menu.open = false;
  }, { capture: true });
}
