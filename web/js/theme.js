/**
 * Dark, light or as the system says; `theme-early.js` does the same before the first paint.
 * @import {Scope} from "./scope.js"
 * @import {Store, Settings} from "./store.js"
 */
import { setIcon } from "./dom.js";

/** @type {Readonly<Record<Settings["theme"], Settings["theme"]>>} */
const NEXT = Object.freeze({ system: "dark", dark: "light", light: "system" });

/** @param {HTMLElement} button @param {{store: Store, onChange: () => void}} deps @param {Scope} scope */
export function mountTheme(button, { store, onChange }, scope) {
  const systemIsLight = matchMedia("(prefers-color-scheme: light)");

  const apply = () => {
    const { theme } = store.settings;
    const resolved = theme === "system" ? (systemIsLight.matches ? "light" : "dark") : theme;
    setIcon(button, theme);
    button.setAttribute("aria-label", `Theme: ${theme}`);
    button.title = `Theme: ${theme}`;
    if (document.documentElement.dataset.theme === resolved) return;
    document.documentElement.dataset.theme = resolved;
    onChange();
  };

  const paintFrame = () => {
    const colour = getComputedStyle(document.documentElement).getPropertyValue("--bg").trim();
    document.querySelector('meta[name="theme-color"]')?.setAttribute("content", colour);
  };

  scope.on(button, "click", () => store.set({ theme: NEXT[store.settings.theme] }));
  scope.on(store, "settings", () => {
    apply();
    paintFrame();
  });
  scope.on(systemIsLight, "change", () => {
    apply();
    paintFrame();
  });
  apply();
  paintFrame();
}
