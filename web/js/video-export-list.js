/**
 * The films of a video: how far each is, and when it is done, to see and to save.
 * @import {Renders} from "./renders.js"
 * @import {Scope} from "./scope.js"
 * @import {Separation} from "./stems-store.js"
 */
import { setProgress, setText } from "./dom.js";
import { filmState } from "./renders-words.js";
import { isFinal } from "./stems-store.js";
import { make } from "./widget-dom.js";

/** @param {HTMLElement} list an `<ul>` @param {{renders: Renders, video: () => string, say: (text: string) => void}} deps @param {Scope} scope */
export function mountFilms(list, { renders, video, say }, scope) {
  /** @type {Map<string, ReturnType<typeof rowOf>>} */
  const rows = new Map();
  const draw = () => {
    const entries = renders.store.of(video());
    const known = new Set(entries.map(({ id }) => id));
    for (const [id, { row }] of rows) if (!known.has(id)) (row.remove(), rows.delete(id));
    for (const [at, entry] of entries.entries()) {
      const made = rows.get(entry.id) ?? rowOf(entry, renders, say);
      rows.set(entry.id, made);
      if (list.children[at] !== made.row) list.insertBefore(made.row, list.children[at] ?? null);
      made.fill(entry);
    }
  };
  scope.on(renders.store, "change", draw);
  draw();
  return { draw };
}

/** @param {Separation} first @param {Renders} renders @param {(text: string) => void} say */
function rowOf(first, { jobs }, say) {
  const { id, title, label } = first;
  const state = make("p", { class: "film__state", role: "status" });
  const bar = make("progress", { max: "1", "aria-label": `${label} of ${title}` });
  const remarks = make("ul", { class: "film__remarks" });
  const film = make("video", { class: "film__picture", controls: true, playsinline: true, preload: "metadata", "aria-label": `${label} of ${title}` });
  const save = make("a", { class: "button button--small button--primary" }, "Save film");
  const button = (/** @type {string} */ words, /** @type {() => void} */ run) => {
    const made = make("button", { class: "button button--small", type: "button", "aria-label": `${words}: ${label} of ${title}` }, words);
    made.addEventListener("click", run);
    return made;
  };
  const retry = button("Try again", () => jobs.retry(id));
  const cancel = button("Cancel", () => void jobs.cancel(id));
  const remove = button("Remove", () => void jobs.remove(id).catch((error) => say(error.message)));
  const row = make("li", { class: "film" }, make("p", { class: "film__title" }, label), state, bar, film, remarks, make("div", { class: "film__actions" }, save, retry, cancel, remove));
  const fill = (/** @type {Separation} */ entry) => {
    const moving = !isFinal(entry);
    const result = entry.state === "done" ? entry.job?.results.find(({ name }) => name === "film") : undefined;
    row.dataset.state = entry.state;
    setText(state, entry.connected ? filmState(entry) : `${filmState(entry)} · the server does not answer just now`);
    bar.hidden = !moving;
    setProgress(bar, entry.state === "queued" || entry.state === "holding" ? null : entry.fraction);
    film.hidden = save.hidden = !result;
    if (result && save.getAttribute("href") !== result.url) {
      save.href = film.src = result.url;
      save.download = result.fileName;
    }
    const words = entry.job?.remarks ?? [];
    if (remarks.childElementCount !== words.length) remarks.replaceChildren(...words.map((each) => make("li", {}, each)));
    retry.hidden = moving ? entry.state !== "holding" : entry.state === "done";
    cancel.hidden = !moving;
    remove.hidden = moving;
  };
  return { row, fill };
}
