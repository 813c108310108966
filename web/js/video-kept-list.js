/**
 * The videos that are kept in this browser: on the empty page, and in a dialog that is always at hand.
 * @import {Notices} from "./notices.js"
 * @import {Scope} from "./scope.js"
 * @import {KeptVideo, VideoKeep} from "./video-keep.js"
 */
import { part } from "./dom.js";
import { make } from "./widget-dom.js";

/** @typedef {{keep: VideoKeep, notices: Notices, open: (id: string) => void}} KeptListDeps */

/** @param {HTMLElement} page @param {KeptListDeps} deps @param {Scope} scope */
export function mountKeptVideos(page, deps, scope) {
  return new KeptVideos(page, deps, scope);
}

class KeptVideos {
  #page;
  #deps;
  #dialog;

  /** @param {HTMLElement} page @param {KeptListDeps} deps @param {Scope} scope */
  constructor(page, deps, scope) {
    this.#page = page;
    this.#deps = deps;
    const dialog = part(page, "videos-dialog", HTMLDialogElement);
    this.#dialog = dialog;
    scope.on(page, "click", ({ target }) => {
      if (target instanceof Element && target.closest('[data-action="videos"]')) this.show();
    });
    scope.on(dialog, "click", (event) => {
      if (event.target === dialog) dialog.close();
    });
    void this.draw();
  }

  /** The dialog with all of them. */
  show() {
    void this.draw();
    if (!this.#dialog.open) this.#dialog.showModal();
  }

  async draw() {
    const all = await this.#deps.keep.list().catch(() => []);
    const places = [part(this.#page, "kept-videos", HTMLElement), this.#dialog];
    for (const place of places) part(place, "video-list", HTMLElement).replaceChildren(...all.map((each) => this.#row(each)));
    part(this.#page, "kept-videos", HTMLElement).hidden = all.length === 0;
    part(this.#dialog, "videos-none", HTMLElement).hidden = all.length > 0;
    for (const button of this.#page.querySelectorAll('[data-action="videos"]')) {
      if (button instanceof HTMLElement && "whenKept" in button.dataset) button.hidden = all.length === 0;
    }
  }

  /** @param {KeptVideo} kept */
  #row({ id, name, title, changed, width, height }) {
    const words = name || title || "Untitled video";
    const open = make("button", { type: "button", class: "button button--small", "aria-label": `Open ${words}` }, "Open");
    const remove = make("button", { type: "button", class: "button button--small button--quiet", "aria-label": `Delete ${words}` }, "Delete");
    open.addEventListener("click", () => {
      this.#dialog.close();
      this.#deps.open(id);
    });
    remove.addEventListener("click", () => void this.#remove(id, words));
    const when = new Date(changed).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });
    return make("li", { class: "job" }, make("div", { class: "job__words" }, make("span", { class: "job__title" }, words),
      make("span", { class: "job__kind" }, `${width} × ${height}`), make("span", { class: "job__state" }, when)), make("div", { class: "job__actions" }, open, remove));
  }

  /** @param {string} id @param {string} words */
  async #remove(id, words) {
    const { keep, notices } = this.#deps;
    const kept = await keep.get(id);
    await keep.remove(id);
    await this.draw();
    notices.say(`“${words}” is deleted.`, {
      label: "Undo",
      run: async () => {
        if (!kept) return;
        await keep.putSong(id, kept.song);
        for (const [medium, file] of kept.files) await keep.putFile(id, medium, file);
        await keep.putProject(id, kept.project, kept.song.title);
        await this.draw();
      },
    });
  }
}
