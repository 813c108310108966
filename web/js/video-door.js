/**
 * The way into the video editor: a button at the answer of a song, the videos that are kept in this browser, and the
 * address, so that a reload leads back. The editor itself is loaded when it is first opened.
 * @import {Notices} from "./notices.js"
 * @import {Scope} from "./scope.js"
 * @import {Store} from "./store.js"
 * @import {Track} from "./types.js"
 * @import {DecoderLike} from "./video-song.js"
 * @import {OpenWith} from "./video.js"
 */
import { part } from "./dom.js";
import { trackTitle } from "./labels.js";
import { VideoKeep, newId } from "./video-keep.js";
import { mountKeptVideos } from "./video-kept-list.js";
import { songOf } from "./video-song.js";

/**
 * @typedef {object} DoorDeps
 * @property {Store} store
 * @property {DecoderLike} decoder
 * @property {{pause: () => unknown}} player
 * @property {Notices} notices
 * @property {(track: Track, signal: AbortSignal) => Promise<Blob>} playableOf
 * @property {Pick<import("./stems-lend.js").StemsLender, "lend">} stems
 */

const HASH = /^#video=([\w-]{1,80})$/;

/** @param {HTMLElement} page @param {DoorDeps} deps @param {Scope} scope */
export function mountVideoDoor(page, deps, scope) {
  return new VideoDoor(page, deps, scope);
}

class VideoDoor {
  #page;
  #deps;
  #section;
  #keep = new VideoKeep();
  #opening = false;
  /** @type {import("./video.js").Editor|null} */
  editor = null;
  /** @type {Element|null} */
  #from = null;

  /** @param {HTMLElement} page @param {DoorDeps} deps @param {Scope} scope */
  constructor(page, deps, scope) {
    this.#page = page;
    this.#deps = deps;
    this.#section = part(page, "video", HTMLElement);
    scope.on(page, "click", ({ target }) => {
      if (target instanceof Element && target.closest('[data-action="video"]')) void this.make();
    });
    scope.on(window, "hashchange", () => void this.#byAddress());
    scope.on(deps.store, "tracks", ({ detail }) => {
      for (const id of detail.ids) this.#renew(deps.store.track(id));
    });
    this.kept = mountKeptVideos(page, { keep: this.#keep, notices: deps.notices, open: (id) => void this.again(id) }, scope);
    void this.#byAddress();
  }

  /** @param {Track|null} track */
  #renew(track) {
    if (track) this.editor?.renew(track).catch((error) => this.#deps.notices.alert(String(error.message ?? error)));
  }

  /** Whether leaving now would lose work. */
  get busy() {
    return this.editor?.unsaved ?? false;
  }

  /** A video for the selected song. */
  async make() {
    const { store, playableOf, notices } = this.#deps;
    const track = store.selected;
    if (track?.state !== "done") return void notices.say("Choose a song that is analysed first.");
    await this.#open(async (signal) => {
      const song = songOf(track, await playableOf(track, signal), trackTitle(track));
      return { id: newId(), song, project: null, files: new Map() };
    });
  }

  /** A video for what the mixer sends of the selected song, by its beats. @param {import("./mixer-types.js").Sent} sent */
  async makeOf(sent) {
    const { store, notices } = this.#deps;
    const track = store.selected;
    if (track?.state !== "done") return void notices.say("Put the song into the list and let it be analysed first: its video goes by its beats.");
    await this.#open(async () => {
      const sound = await sent.render();
      const name = `${trackTitle(track)} (instrumental).wav`;
      const song = { ...songOf(track, sound, trackTitle(track)), name, file: new File([sound], name, { type: sound.type }) };
      return { id: newId(), song, project: null, files: new Map() };
    });
  }

  /** @param {string} id of one that is kept */
  async again(id) {
    await this.#open(async () => {
      const kept = await this.#keep.get(id);
      if (!kept) throw new Error("This video is not kept in this browser any more.");
      return kept;
    });
  }

  async #byAddress() {
    const id = HASH.exec(location.hash)?.[1];
    if (id && !this.editor && !this.#opening) await this.again(id);
    else if (!id && this.editor) await this.close();
  }

  /** @param {(signal: AbortSignal) => Promise<OpenWith>} find */
  async #open(find) {
    if (this.#opening || this.editor) return;
    this.#opening = true;
    this.#from = document.activeElement;
    const { player, notices, decoder, store, stems } = this.#deps;
    player.pause();
    const stop = new AbortController();
    this.#show(true);
    try {
      const [{ openEditor }, what] = await Promise.all([import("./video.js"), find(stop.signal)]);
      if (location.hash !== `#video=${what.id}`) history.pushState(null, "", `#video=${what.id}`);
      this.editor = openEditor(this.#section, what, { notices, decoder, stems, keep: this.#keep, volume: store.settings.volume, onClose: () => void this.close() });
      // What the list has learnt of the song since it was kept, or while the editor was loading.
      void this.editor.ready.then(() => store.tracks.forEach((track) => this.#renew(track)), () => {});
    } catch (error) {
      this.#show(false);
      if (HASH.test(location.hash)) history.replaceState(null, "", location.pathname);
      notices.alert(error instanceof Error ? error.message : String(error));
    } finally {
      this.#opening = false;
    }
  }

  async close() {
    const { editor } = this;
    if (!editor) return;
    this.editor = null;
    await editor.close();
    this.#show(false);
    if (HASH.test(location.hash)) history.pushState(null, "", location.pathname);
    await this.kept.draw();
    if (this.#from instanceof HTMLElement && this.#from.isConnected) this.#from.focus();
  }

  /** @param {boolean} open */
  #show(open) {
    this.#section.hidden = !open;
    document.body.toggleAttribute("data-video", open);
    for (const other of this.#page.querySelectorAll(":scope > header, :scope > main")) other.toggleAttribute("inert", open);
    if (open) part(this.#section, "video-close", HTMLButtonElement).focus();
  }
}
