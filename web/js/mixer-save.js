/**
 * Files out of the mixer: a stem as it is, the mix as it is set, everything but one stem; and stems handed on to other
 * rooms of the page.
 * @import {MixerDeps, MixerSong, MixerState, WavFormat} from "./mixer-types.js"
 * @import {MixerParts} from "./mixer-dom.js"
 * @import {Scope} from "./scope.js"
 */
import { setText } from "./dom.js";
import { renderLane, renderMix } from "./mixer-render.js";
import { fileText } from "./mixer-scale.js";
import { allBut } from "./mixer-state.js";
import { make } from "./widget-dom.js";

/** Long enough for a browser to begin the download of a blob link. */
const LINK_MILLISECONDS = 30_000;
const VOCALS = "vocals";
/** What is left without the voice has a name of its own. */
const INSTRUMENTAL = "instrumental";

/**
 * @typedef {object} SaveHooks
 * @property {() => MixerSong|null} song
 * @property {() => MixerState} state
 * @property {(state: MixerState) => void} set  what is saved is also what is heard
 * @property {HTMLElement} root                 where events go out
 */

export class Saver {
  #parts;
  #deps;
  #hooks;
  #scope;
  /** @type {AbortController|null} */
  #running = null;

  /** @param {MixerParts} parts @param {MixerDeps} deps @param {SaveHooks} hooks @param {Scope} scope */
  constructor(parts, deps, hooks, scope) {
    this.#parts = parts;
    this.#deps = deps;
    this.#hooks = hooks;
    this.#scope = scope;
    const { actions, progress } = parts;
    scope.on(progress.cancel, "click", () => this.cancel());
    scope.on(actions.butVocals, "click", () => this.saveAllBut(this.#indexOf(VOCALS)));
    scope.on(actions.lyrics, "click", () => this.#send("lyrics"));
    scope.on(actions.video, "click", () => this.#send("video"));
    this.#listenToMenu();
    scope.add(() => this.cancel());
  }

  /** The song changed. */
  show() {
    this.cancel();
    const { actions } = this.#parts;
    const lanes = this.#hooks.song()?.lanes ?? [];
    const hasVocals = lanes.length > 1 && this.#indexOf(VOCALS) >= 0;
    actions.butVocals.hidden = !hasVocals;
    actions.lyrics.hidden = !(this.#indexOf(VOCALS) >= 0 && this.#deps.targets?.lyrics);
    actions.video.hidden = !(hasVocals && this.#deps.targets?.video);
    const entries = [
      this.#item("The mix as set", () => void this.saveMix()),
      ...(lanes.length > 1 ? lanes.map((lane, index) => this.#item(`All but ${lane.label.toLowerCase()}`, () => this.saveAllBut(index))) : []),
      make("hr", { "aria-hidden": "true" }),
      ...lanes.map((lane, index) => this.#item(`${lane.label} alone`, () => void this.saveLane(index))),
    ];
    actions.items.replaceChildren(...entries);
  }

  cancel() {
    this.#running?.abort(new DOMException("Cancelled.", "AbortError"));
  }

  /** Mute one lane, and save what is heard then. @param {number} index */
  saveAllBut(index) {
    const lane = this.#hooks.song()?.lanes[index];
    if (!lane) return;
    this.#hooks.set(allBut(this.#hooks.state(), index));
    void this.saveMix(lane.name === VOCALS ? INSTRUMENTAL : `no ${lane.label.toLowerCase()}`);
  }

  /** @param {string} [what] for the file's name */
  async saveMix(what = this.#hooks.state().original ? "mix" : "my mix") {
    const song = this.#hooks.song();
    const state = this.#hooks.state();
    if (song) await this.#save(song, what, (options) => renderMix(song.lanes, state, options));
  }

  /** A file that is there is handed over as it is. @param {number} index */
  async saveLane(index) {
    const song = this.#hooks.song();
    const lane = song?.lanes[index];
    if (!song || !lane) return;
    if (lane.file) return download(lane.file.url, lane.file.fileName);
    await this.#save(song, lane.label.toLowerCase(), (options) => renderLane(lane, options));
  }

  /**
   * @param {MixerSong} song @param {string} what
   * @param {(options: import("./mixer-render.js").RenderOptions) => Promise<import("./mixer-render.js").Rendered>} render
   */
  async #save(song, what, render) {
    this.cancel();
    const running = new AbortController();
    this.#running = running;
    const fileName = `${fileText(song.title)} (${fileText(what)}).wav`;
    const asked = this.#format();
    try {
      this.#progress(fileName, 0);
      const { blob, format } = await render({ format: asked, signal: running.signal, onProgress: (fraction) => this.#progress(fileName, fraction) });
      this.#handOver(blob, fileName);
      this.#say(format === asked ? `Saved ${fileName}.` : `Saved ${fileName} as 32-bit float: it goes over full scale, and so nothing is cut off.`);
    } catch (error) {
      if (!running.signal.aborted) this.#say(`${fileName} was not saved: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      if (this.#running === running) {
        this.#running = null;
        this.#parts.progress.root.hidden = true;
      }
    }
  }

  /** @returns {WavFormat} */
  #format() {
    const checked = this.#parts.actions.formats.querySelector("input:checked");
    return /** @type {WavFormat} */ (checked instanceof HTMLInputElement ? checked.value : "wav24");
  }

  /** @param {Blob} blob @param {string} fileName */
  #handOver(blob, fileName) {
    if (this.#deps.save) return this.#deps.save(blob, fileName);
    const url = URL.createObjectURL(blob);
    download(url, fileName);
    this.#scope.after(() => URL.revokeObjectURL(url), LINK_MILLISECONDS);
  }

  /** @param {"lyrics"|"video"} target */
  #send(target) {
    const song = this.#hooks.song();
    const vocals = this.#indexOf(VOCALS);
    const lane = song?.lanes[vocals];
    if (!song || !lane) return;
    const without = allBut(this.#hooks.state(), vocals);
    const sent = {
      title: song.title, lane: target === "lyrics" ? lane : null,
      render: async () => (await (target === "lyrics" ? renderLane(lane) : renderMix(song.lanes, without))).blob,
    };
    this.#hooks.root.dispatchEvent(new CustomEvent("mixer-send", { bubbles: true, detail: { ...sent, target } }));
    this.#deps.targets?.[target]?.(sent);
  }

  /** @param {string} fileName @param {number} fraction */
  #progress(fileName, fraction) {
    const { root, text, bar } = this.#parts.progress;
    root.hidden = false;
    setText(text, `Writing ${fileName}`);
    bar.value = fraction;
  }

  /** @param {string} text */
  #say(text) {
    setText(this.#parts.status, text);
    this.#deps.say?.(text);
  }

  /** @param {string} text @param {() => void} run */
  #item(text, run) {
    const button = make("button", { type: "button", class: "mixer-menu-item" }, text);
    button.addEventListener("click", () => {
      this.#parts.actions.menu.open = false;
      this.#parts.actions.summary.focus();
      run();
    });
    return button;
  }

  /** @param {string} name @returns {number} -1: there is none */
  #indexOf(name) {
    return this.#hooks.song()?.lanes.findIndex((lane) => lane.name === name) ?? -1;
  }

  /** It closes with Escape, and when something else is pressed. */
  #listenToMenu() {
    const { menu, summary } = this.#parts.actions;
    this.#scope.on(menu, "keydown", (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== "Escape" || !menu.open) return;
      menu.open = false;
      summary.focus();
      event.preventDefault();
    });
    this.#scope.on(document, "pointerdown", (/** @type {PointerEvent} */ event) => {
      if (event.target instanceof Node && !menu.contains(event.target)) menu.open = false;
    });
  }
}

/** @param {string} url @param {string} fileName */
function download(url, fileName) {
  const link = document.createElement("a");
  link.href = url;
  link.download = fileName;
  link.click();
}
