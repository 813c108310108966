/**
 * The mixer's place: fills it with the stems of the separation that is looked at, wherever these lie.
 * @import {Scope} from "./scope.js"
 * @import {Lane, Mixer, MixerSong, Section} from "./mixer-types.js"
 * @import {OnBytes, OpenStems} from "./stems-lanes.js"
 * @import {Separation} from "./stems-store.js"
 * @import {Track} from "./types.js"
 */
import { part, setProgress, setText } from "./dom.js";
import { sizeText, trackTitle } from "./labels.js";
import { QUICK_LABEL } from "./stems-words.js";

/**
 * @typedef {object} MixerHostDeps
 * @property {(element: HTMLElement) => Mixer} mount
 * @property {(entry: Separation, track: Track|null, signal: AbortSignal, onBytes: OnBytes) => Promise<OpenStems|null>} openStems
 *   null: there is nothing to hear yet
 * @property {(track: Track) => ReadonlyArray<Section>} sectionsOf
 */

/** What of the screen says what somebody is at. */
const MIDDLE = "-40% 0px";

export class MixerHost {
  #deps;
  /** @type {Mixer|null} */
  #mixer = null;
  /** @type {{id: string, controller: AbortController, stems: OpenStems|null}|null} */
  #shown = null;
  /** What could not be opened. @type {{entry: Separation, track: Track|null}|null} */
  #failed = null;

  /** @param {HTMLElement} element the card @param {MixerHostDeps} deps @param {Scope} scope */
  constructor(element, deps, scope) {
    this.element = element;
    this.place = part(element, "stems-mixer", HTMLElement);
    this.#deps = deps;
    scope.on(part(element, "opening-retry", HTMLButtonElement), "click", () => this.#reopen());
    scope.on(window, "online", () => this.#reopen());
    // On a phone the song's own playback lies over the page, and two buttons say "Play".
    const watcher = new IntersectionObserver((changes) => document.body.toggleAttribute("data-mixing", changes.at(-1)?.isIntersecting ?? false), { rootMargin: MIDDLE });
    watcher.observe(this.place);
    scope.add(() => watcher.disconnect());
    scope.add(() => this.show(null, null));
  }

  /** @returns {Mixer|null} the mixer, while it shows something */
  get mixer() {
    return this.#shown?.stems ? this.#mixer : null;
  }

  /** The lanes that are shown; for the curious. @returns {ReadonlyArray<Lane>} */
  get lanes() {
    return this.#shown?.stems?.lanes ?? [];
  }

  /** @param {Separation|null} entry null: nothing @param {Track|null} track its song, where it is in the list */
  show(entry, track) {
    if (entry?.id === this.#shown?.id) return;
    this.#shown?.controller.abort();
    this.#shown?.stems?.dispose();
    this.#shown = null;
    this.#failed = null;
    this.#mixer?.show(null);
    this.place.hidden = true;
    this.#opening(null);
    if (entry) void this.#open(entry, track);
  }

  /** Stems have come that were not there when it was shown. @param {Separation} entry @param {Track|null} track */
  again(entry, track) {
    if (this.#shown?.id === entry.id && this.#shown.stems) return void this.#mixer?.refresh();
    if (this.#shown?.id === entry.id) this.#shown = null;
    this.show(entry, track);
  }

  #reopen() {
    const failed = this.#failed;
    if (!failed) return;
    this.show(null, null);
    this.show(failed.entry, failed.track);
  }

  /** @param {Separation} entry @param {Track|null} track */
  async #open(entry, track) {
    const shown = { id: entry.id, controller: new AbortController(), stems: /** @type {OpenStems|null} */ (null) };
    this.#shown = shown;
    const { signal } = shown.controller;
    const onBytes = (/** @type {number} */ loaded, /** @type {number} */ total) => {
      if (!signal.aborted) this.#opening({ text: `Loading the stems: ${sizeText(loaded)} of ${sizeText(total)}`, fraction: loaded / total });
    };
    try {
      if (entry.place === "server") this.#opening({ text: "Loading the stems", fraction: null });
      const stems = await this.#deps.openStems(entry, track, signal, onBytes);
      if (signal.aborted) return stems?.dispose();
      if (!stems) return;
      shown.stems = stems;
      this.#mixer ??= this.#deps.mount(this.place);
      this.place.hidden = false;
      this.#mixer.show(this.#songOf(entry, track, stems));
      await stems.loaded;
      if (!signal.aborted) this.#opening(null);
    } catch (error) {
      if (signal.aborted) return;
      this.#failed = { entry, track };
      this.#opening({ text: error instanceof Error ? error.message : String(error), fraction: 1 });
    }
  }

  /** @param {Separation} entry @param {Track|null} track @param {OpenStems} stems @returns {MixerSong} */
  #songOf(entry, track, { lanes, mix }) {
    const note = entry.place === "device" ? `${QUICK_LABEL}: rough, made on this device.` : undefined;
    return { title: track ? trackTitle(track) : entry.title, lanes, mix, sections: track ? this.#deps.sectionsOf(track) : [], note };
  }

  /** @param {{text: string, fraction: number|null}|null} state */
  #opening(state) {
    part(this.element, "stems-opening", HTMLElement).hidden = state === null;
    part(this.element, "opening-retry", HTMLElement).hidden = this.#failed === null;
    if (!state) return;
    setText(part(this.element, "opening-text", HTMLElement), state.text);
    const bar = part(this.element, "opening-bar", HTMLProgressElement);
    bar.hidden = state.fraction === 1;
    setProgress(bar, state.fraction);
  }
}
