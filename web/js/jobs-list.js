/**
 * The list of separations, with what can be done to each. It stands in the dialog "Stems" and on the empty page.
 * @import {Scope} from "./scope.js"
 * @import {Separation, Separations} from "./stems-store.js"
 */
import { part, setProgress, setText, stamp } from "./dom.js";
import { isFinal } from "./stems-store.js";
import { isExpired, isUnmeasured, keptText, kindText, movingText, stateText } from "./stems-words.js";

/**
 * @typedef {object} JobsListDeps
 * @property {Separations} store
 * @property {{open: (id: string) => void, retry: (id: string) => void, cancel: (id: string) => void, remove: (id: string) => void}} actions
 * @property {() => number} [now]
 */

/** Countdowns and "deleted in" go on by themselves. */
const TICK_MILLISECONDS = 1000;

/** @param {HTMLElement} list an `<ul>` @param {JobsListDeps} deps @param {Scope} scope */
export function mountJobsList(list, { store, actions, now = Date.now }, scope) {
  /** @type {Map<string, HTMLElement>} */
  const rows = new Map();

  const draw = () => {
    const entries = store.list;
    const order = entries.map((entry) => rowOf(entry));
    for (const [id, row] of rows) {
      if (order.includes(row)) continue;
      row.remove();
      rows.delete(id);
    }
    // Only what stands elsewhere is moved: a moved row loses the focus in it.
    order.forEach((row, at) => list.children[at] !== row && list.insertBefore(row, list.children[at] ?? null));
    for (const entry of entries) fillRow(rowOf(entry), entry, now());
  };

  /** @param {Separation} entry */
  const rowOf = (entry) => {
    const known = rows.get(entry.id);
    if (known) return known;
    const row = stamp("job-row");
    row.dataset.id = entry.id;
    rows.set(entry.id, row);
    return row;
  };

  scope.on(store, "change", ({ detail: { id, structure } }) => {
    const [entry, row] = [store.get(id), rows.get(id)];
    if (structure || !entry || !row) draw();
    else fillRow(row, entry, now());
  });
  scope.on(list, "click", ({ target }) => {
    const button = target instanceof Element ? target.closest("[data-job]") : null;
    const id = button?.closest("[data-id]")?.getAttribute("data-id");
    const act = button?.getAttribute("data-job");
    if (id && (act === "open" || act === "retry" || act === "cancel" || act === "remove")) actions[act](id);
  });
  const timer = setInterval(() => {
    if (list.checkVisibility()) draw();
  }, TICK_MILLISECONDS);
  scope.add(() => clearInterval(timer));
  draw();
}

/** @param {HTMLElement} row @param {Separation} entry @param {number} now */
function fillRow(row, entry, now) {
  const moving = !isFinal(entry);
  const open = entry.state === "done" && !isExpired(entry, now);
  row.dataset.state = isExpired(entry, now) ? "expired" : entry.state;
  setText(part(row, "job-title", HTMLElement), entry.title);
  setText(part(row, "job-kind", HTMLElement), kindText(entry));
  const more = moving ? movingText(entry, now) : keptText(entry, now);
  setText(part(row, "job-state", HTMLElement), [stateText(entry, now), more].filter(Boolean).join(" · "));
  const bar = part(row, "job-bar", HTMLProgressElement);
  bar.hidden = !moving;
  setProgress(bar, isUnmeasured(entry) ? null : entry.fraction);
  const zip = entry.job?.results.find((file) => file.name === "zip");
  offer(row, "open", open || (moving && entry.place === "device"), `Open the stems of ${entry.title}`);
  offer(row, "zip", open && zip !== undefined, `Save all stems of ${entry.title} as ZIP`);
  offer(row, "retry", entry.state === "failed" || entry.state === "cancelled" || entry.state === "expired" || entry.state === "holding", `${entry.state === "holding" ? "Try now" : "Try again"}: ${entry.title}`);
  offer(row, "cancel", moving, `Cancel the separation of ${entry.title}`);
  offer(row, "remove", !moving, `Remove the stems of ${entry.title}`);
  setText(/** @type {HTMLElement} */ (row.querySelector('[data-job="retry"]')), entry.state === "holding" ? "Try now" : "Try again");
  const link = row.querySelector('a[data-job="zip"]');
  if (link instanceof HTMLAnchorElement && zip && link.getAttribute("href") !== zip.url) {
    link.href = zip.url;
    link.download = zip.fileName;
  }
}

/** @param {HTMLElement} row @param {string} act @param {boolean} shown @param {string} label */
function offer(row, act, shown, label) {
  const control = row.querySelector(`[data-job="${act}"]`);
  if (!(control instanceof HTMLElement)) return;
  control.hidden = !shown;
  if (control.getAttribute("aria-label") !== label) control.setAttribute("aria-label", label);
}
