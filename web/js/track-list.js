/**
 * The list of tracks: a grid whose rows are chosen with the arrow keys. Only rows that changed are written, once
 * per turn of the event loop however many events came, and rows out of sight are not laid out (CSS
 * content-visibility), so a thousand of them stay light.
 * @import {Scope} from "./scope.js"
 * @import {Store, Sort} from "./store.js"
 * @import {Track} from "./types.js"
 * @import {AnalysisQueue, EngineLike} from "./analysis-queue.js"
 */
import { part, setText } from "./dom.js";
import { countText, keyChip, shownKey } from "./labels.js";
import { KEYS } from "./protocol.js";
import { nextSort, sortTracks } from "./track-order.js";
import { fillRow, makeRow } from "./track-row.js";

/** With more tracks than these there is a box to filter them. */
const FEW_TRACKS = 8;
/** Rows that Page Up and Page Down move by. */
const PAGE_ROWS = 10;

/**
 * @typedef {object} TrackListDeps
 * @property {Store} store
 * @property {AnalysisQueue} queue
 * @property {EngineLike} engine
 * @property {(id: number) => void} onPlay  Enter or a double click on a row
 * @property {(ids: ReadonlyArray<number>, selectedId?: number) => void} onRemove
 */

/** @param {HTMLElement} element @param {TrackListDeps} deps @param {Scope} scope */
export function mountTrackList(element, deps, scope) {
  return new TrackList(element, deps, scope);
}

class TrackList {
  #deps;
  /** @type {Map<number, HTMLElement>} */
  #rows = new Map();
  /** @type {number[]} ids as shown */
  #order = [];
  /** @type {Set<number>} */
  #dirty = new Set();
  #orderStale = true;
  #planned = false;
  #unfolded = false;
  /** @type {ReadonlyArray<string>} names of keys; none: all */
  #keys = [];

  /** @param {HTMLElement} element @param {TrackListDeps} deps @param {Scope} scope */
  constructor(element, deps, scope) {
    this.#deps = deps;
    this.element = element;
    this.grid = part(element, "grid", HTMLElement);
    this.body = part(element, "rows", HTMLElement);
    this.search = part(element, "search", HTMLInputElement);
    scope.on(this.search, "input", () => this.#refilter());
    scope.on(part(element, "filter-clear", HTMLButtonElement), "click", () => this.clearFilter());
    const { store, engine } = deps;
    scope.on(store, "tracks", ({ detail }) => this.#changed(detail));
    scope.on(store, "selection", () => this.#showSelection());
    scope.on(store, "settings", () => this.#all());
    scope.on(engine, "boot", () => this.#all());
    scope.on(this.grid, "keydown", (event) => this.#key(event));
    scope.on(this.grid, "click", (event) => this.#click(event));
    scope.on(this.grid, "dblclick", (event) => {
      const id = this.#idOf(event.target);
      if (id !== null && !(event.target instanceof Element && event.target.closest("button"))) deps.onPlay(id);
    });
    this.#listenToFold(scope);
    this.#all();
  }

  /** Show only the tracks in these keys. @param {ReadonlyArray<string>} names as in KEYS */
  showKeys(names) {
    this.#keys = names;
    this.#refilter();
    this.#write();
    this.#setOpen(true);
    part(this.element, "filter-clear", HTMLButtonElement).focus();
  }

  /** On a phone the list unfolds by itself once, so that who brings several files sees all of them. */
  unfoldOnce() {
    if (!this.#unfolded) this.#setOpen(true);
    this.#unfolded = true;
  }

  /** Go to a track's row, wherever it is. @param {number} id */
  show(id) {
    this.#deps.store.select(id);
    if (!this.#order.includes(id)) this.clearFilter();
    this.#setOpen(true);
    this.#write();
    this.#choose(this.#order.indexOf(id));
  }

  /** Show every track, from the keyboard on with the selected one. */
  clearFilter() {
    this.#keys = [];
    this.search.value = "";
    this.#refilter();
    this.#write();
    this.#rows.get(this.#deps.store.selected?.id ?? -1)?.focus();
  }

  #refilter() {
    this.#orderStale = true;
    this.#plan();
  }

  get #filtered() {
    return this.#keys.length > 0 || this.search.value.trim() !== "";
  }

  /** @param {Track} track */
  #shows(track) {
    const { key, clear } = shownKey(track);
    if (this.#keys.length > 0 && !(key && clear && this.#keys.includes(key.name))) return false;
    const text = [track.name, track.tags?.title, track.tags?.artist, track.tags?.album].join(" ").toLowerCase();
    return this.search.value.toLowerCase().split(/\s+/).every((word) => text.includes(word));
  }

  /** Remove the selected track and go on with its neighbour as shown. */
  removeSelected() {
    const { store, onRemove } = this.#deps;
    const id = store.selected?.id;
    if (id === undefined) return;
    const at = this.#order.indexOf(id);
    const next = this.#order[at + 1] ?? this.#order[at - 1] ?? null;
    const hadFocus = this.grid.contains(document.activeElement);
    if (next !== null) store.select(next);
    onRemove([id], id);
    if (hadFocus && next !== null) this.#rows.get(next)?.focus();
  }

  /** The focus goes to the selected row, unless it is somewhere already. */
  focusSelected() {
    this.#write();
    if (document.activeElement === document.body) this.#rows.get(this.#deps.store.selected?.id ?? -1)?.focus();
  }

  /** @param {number} step */
  move(step) {
    const at = this.#order.indexOf(this.#deps.store.selected?.id ?? -1);
    this.#choose(Math.min(this.#order.length - 1, Math.max(0, at + step)));
  }

  /** @param {number} at */
  #choose(at) {
    const id = this.#order[at];
    if (id === undefined) return;
    this.#deps.store.select(id);
    const row = this.#rows.get(id);
    row?.focus({ preventScroll: true });
    row?.scrollIntoView({ block: "nearest" });
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || this.#idOf(event.target) === null) return;
    const onButton = event.target instanceof HTMLButtonElement;
    switch (event.key) {
      case "ArrowDown": this.move(1); break;
      case "ArrowUp": this.move(-1); break;
      case "PageDown": this.move(PAGE_ROWS); break;
      case "PageUp": this.move(-PAGE_ROWS); break;
      case "Home": this.#choose(0); break;
      case "End": this.#choose(this.#order.length - 1); break;
      case "Delete": case "Backspace": this.removeSelected(); break;
      case "Enter":
        if (onButton) return;
        this.#deps.onPlay(this.#deps.store.selected?.id ?? -1);
        break;
      default: return;
    }
    event.preventDefault();
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const { store, queue, onRemove } = this.#deps;
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    const column = /** @type {Sort["column"]|undefined} */ (button?.dataset.sort);
    if (column) return store.set({ sort: nextSort(store.settings.sort, column) });
    const id = this.#idOf(event.target);
    if (id === null) return;
    if (button?.dataset.row === "remove") {
      if (store.selected?.id === id) this.removeSelected();
      else onRemove([id]);
    } else if (button?.dataset.act === "cancel") queue.cancel(id);
    else if (button) queue.retry(id);
    else {
      store.select(id);
      this.#rows.get(id)?.focus({ preventScroll: true });
    }
  }

  /** @param {EventTarget|null} target @returns {number|null} */
  #idOf(target) {
    const row = target instanceof Element ? target.closest("[data-id]") : null;
    return row instanceof HTMLElement ? Number(row.dataset.id) : null;
  }

  /** On a phone the list folds down to the selected track. @param {Scope} scope */
  #listenToFold(scope) {
    const fold = part(this.element, "fold", HTMLButtonElement);
    scope.on(fold, "click", () => this.#setOpen(!this.element.classList.contains("tracks--open")));
  }

  /** @param {boolean} open */
  #setOpen(open) {
    const fold = part(this.element, "fold", HTMLButtonElement);
    this.element.classList.toggle("tracks--open", open);
    fold.setAttribute("aria-expanded", String(open));
    setText(part(fold, "fold-text", HTMLElement), open ? "Show less" : "Show all");
  }

  #all() {
    for (const track of this.#deps.store.tracks) this.#dirty.add(track.id);
    this.#orderStale = true;
    this.#plan();
  }

  /** @param {{ids: number[], structure: boolean}} change */
  #changed({ ids, structure }) {
    for (const id of ids) this.#dirty.add(id);
    if (structure || this.#filtered || this.#deps.store.settings.sort.column !== "added") this.#orderStale = true;
    this.#plan();
  }

  #plan() {
    if (this.#planned) return;
    this.#planned = true;
    queueMicrotask(() => {
      this.#planned = false;
      this.#write();
    });
  }

  #write() {
    const { store, engine } = this.#deps;
    const view = { notation: store.settings.notation, ready: engine.boot.state === "ready" };
    for (const id of this.#dirty) {
      const track = store.track(id);
      const row = this.#rows.get(id);
      if (!track) {
        row?.remove();
        this.#rows.delete(id);
        continue;
      }
      const element = row ?? makeRow(track);
      this.#rows.set(id, element);
      fillRow(element, track, view);
    }
    this.#dirty.clear();
    if (this.#orderStale) this.#arrange();
    this.#showSelection();
    this.#summary();
  }

  /** Move only the rows that are out of place. */
  #arrange() {
    const { store } = this.#deps;
    this.#orderStale = false;
    // A box that went away with the tracks takes its words along.
    const many = store.tracks.length > FEW_TRACKS;
    this.search.hidden = !many;
    if (!many) this.search.value = "";
    if (store.tracks.length === 0) this.#keys = [];
    this.#order = sortTracks(store.tracks.filter((track) => this.#shows(track)), store.settings.sort).map((track) => track.id);
    const shown = new Set(this.#order);
    for (const [id, row] of this.#rows) row.hidden = !shown.has(id);
    const focused = document.activeElement;
    let at = this.body.firstElementChild;
    this.#order.forEach((id, index) => {
      const row = this.#rows.get(id);
      if (!row) return;
      row.setAttribute("aria-rowindex", String(index + 2));
      if (row === at) at = at.nextElementSibling;
      else this.body.insertBefore(row, at);
    });
    if (focused instanceof HTMLElement && this.body.contains(focused)) focused.focus({ preventScroll: true });
    this.grid.setAttribute("aria-rowcount", String(this.#order.length + 1));
    for (const head of this.grid.querySelectorAll("[data-column]")) {
      const { column, descending } = store.settings.sort;
      const mine = head.getAttribute("data-column") === column;
      head.setAttribute("aria-sort", mine ? (descending ? "descending" : "ascending") : "none");
    }
  }

  #showSelection() {
    const id = this.#deps.store.selected?.id;
    for (const row of this.body.querySelectorAll('[aria-selected="true"]')) mark(/** @type {HTMLElement} */ (row), false);
    const row = id === undefined ? undefined : this.#rows.get(id);
    if (row) mark(row, true);
  }

  /** What is left out, and how to have it back. */
  #filterSummary() {
    const { store: { tracks, settings } } = this.#deps;
    part(this.element, "filter", HTMLElement).hidden = !this.#filtered;
    const chips = this.#keys.map((name) => KEYS.find((key) => key.name === name)).filter((key) => key !== undefined)
      .map((key) => keyChip(key, settings.notation));
    const what = chips.length > 0 ? ` in ${chips.join(", ")}` : "";
    const shown = this.#order.length > 0 ? `${this.#order.length} of ${countText(tracks.length, "track")}` : "No track";
    setText(part(this.element, "filter-text", HTMLElement), `${shown}${what}`);
  }

  #summary() {
    const { tracks } = this.#deps.store;
    this.#filterSummary();
    const busy = tracks.filter((track) => track.state === "working" || track.state === "waiting").length;
    const failed = tracks.filter((track) => track.state === "failed").length;
    setText(part(this.element, "count", HTMLElement), tracks.length > 0 ? String(tracks.length) : "");
    this.element.classList.toggle("tracks--many", tracks.length > 1);
    const overall = part(this.element, "overall", HTMLElement);
    overall.hidden = busy === 0 || tracks.length < 2;
    const worked = tracks.reduce((sum, track) => sum + (track.state === "working" ? track.fraction : Number(track.state !== "waiting")), 0);
    part(overall, "overall-bar", HTMLProgressElement).value = tracks.length > 0 ? worked / tracks.length : 0;
    const failures = failed > 0 ? `, ${failed} failed` : "";
    setText(part(overall, "overall-text", HTMLElement), `${countText(busy, "track")} to go${failures}`);
  }
}

/** The selected row is the grid's one tab stop, and its buttons are reached from it. @param {HTMLElement} row @param {boolean} selected */
function mark(row, selected) {
  row.setAttribute("aria-selected", String(selected));
  for (const element of [row, ...row.querySelectorAll("button")]) element.tabIndex = selected ? 0 : -1;
}
