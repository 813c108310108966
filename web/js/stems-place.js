/**
 * Where the card "Stems" stands: under the waveform of the selected track, among its progress while it is analysed, or
 * on a desk of its own for a separation whose song is not in the list.
 * @import {StemsPanel} from "./stems-panel.js"
 * @import {Separations} from "./stems-store.js"
 * @import {Scope} from "./scope.js"
 * @import {Store} from "./store.js"
 * @import {Track} from "./types.js"
 */
import { part, setText } from "./dom.js";
import { identity } from "./intake-files.js";
import { kindText } from "./stems-words.js";

/** @typedef {{store: Store, separations: Separations, panel: StemsPanel}} PlaceDeps */

export class StemsPlace {
  #deps;
  #page;
  #card;
  #desk;
  /** What is on the desk. @type {string|null} */
  #deskId = null;
  /** Whether the card was on the screen when the page was last painted. */
  #seen = false;

  /** @param {HTMLElement} page @param {PlaceDeps} deps @param {Scope} scope */
  constructor(page, deps, scope) {
    this.#page = page;
    this.#deps = deps;
    this.#card = part(page, "stems", HTMLElement);
    this.#desk = part(page, "stems-desk", HTMLElement);
    const { store } = deps;
    scope.on(store, "selection", () => {
      this.#deskId = null;
      this.update();
    });
    scope.on(store, "tracks", ({ detail }) => {
      if (detail.structure || detail.ids.includes(store.selected?.id)) this.update();
    });
    const watcher = new IntersectionObserver((changes) => {
      this.#seen = changes.at(-1)?.isIntersecting ?? false;
    });
    watcher.observe(this.#card);
    scope.add(() => watcher.disconnect());
    scope.on(part(page, "desk-close", HTMLButtonElement), "click", () => this.closeDesk());
    this.update();
  }

  /** What is on the desk, and all there is to hear. @returns {string|null} an entry's id */
  get desk() {
    return this.#deskId;
  }

  /** Look at a separation. @param {string} id @param {Track|null} track its song, where it is in the list */
  open(id, track) {
    this.#deskId = track ? null : id;
    if (track) this.#deps.store.select(track.id);
    this.update();
    this.#deps.panel.pick(id);
    this.#card.scrollIntoView({ block: "start" });
    const first = [part(this.#desk, "desk-close", HTMLElement), ...this.#card.querySelectorAll("select, button")].find((each) => each.checkVisibility());
    if (first instanceof HTMLElement) first.focus({ preventScroll: true });
  }

  closeDesk() {
    this.#deskId = null;
    this.update();
    const button = [...this.#page.querySelectorAll('[data-action="stems"]')].find((each) => each.checkVisibility());
    if (button instanceof HTMLElement) button.focus();
  }

  /** The card goes to where it belongs now. */
  update() {
    const { store, separations, panel } = this.#deps;
    const track = store.selected;
    const entry = this.#deskId === null ? null : separations.get(this.#deskId);
    this.#desk.hidden = entry === null;
    part(this.#page, "result", HTMLElement).toggleAttribute("data-desk", entry !== null);
    if (entry) {
      setText(part(this.#desk, "desk-title", HTMLElement), entry.title);
      setText(part(this.#desk, "desk-meta", HTMLElement), [entry.artist, kindText(entry)].filter(Boolean).join(" · "));
      move(this.#card, this.#desk, null);
      return panel.show({ song: entry.song, track: null });
    }
    if (!track || track.state === "failed" || track.state === "cancelled") return panel.show(null);
    const answered = track.state === "done";
    const home = part(this.#page, answered ? "panels" : "work", HTMLElement);
    const watched = this.#seen && this.#card.contains(document.activeElement);
    const moved = move(this.#card, home, home.querySelector(answered ? ".cards" : ".ghosts"));
    // What somebody works with stays before their eyes, though an answer has come above it.
    if (moved && watched) requestAnimationFrame(() => this.#card.scrollIntoView({ block: "start" }));
    panel.show({ song: identity(track.file, track.name), track });
  }
}

/** Move an element without taking the focus out of it. @param {HTMLElement} element @param {Element} parent @param {Element|null} before @returns {boolean} whether it stood elsewhere */
function move(element, parent, before) {
  if (element.parentElement === parent && (before === null || element.nextElementSibling === before)) return false;
  const focused = document.activeElement;
  parent.insertBefore(element, before);
  if (focused instanceof HTMLElement && element.contains(focused)) focused.focus({ preventScroll: true });
  return true;
}
