/**
 * What the editor says over its picture: how the preview starts and runs, what is waited for and how far it is, what is
 * wrong.
 * @import {Scope} from "./scope.js"
 * @import {PreviewEngine, PreviewStats} from "./video-engine.js"
 */
import { part, setProgress, setText } from "./dom.js";

/** @typedef {(stage: string, fraction: number|null) => void} OnProgress */

export class VideoSigns {
  #section;
  #engine;
  /** What is waited for, in the order of its beginning; the last is shown. @type {Array<{stage: string, fraction: number|null}>} */
  #waits = [];

  /** @param {HTMLElement} section the editor @param {PreviewEngine} engine @param {Scope} scope */
  constructor(section, engine, scope) {
    this.#section = section;
    this.#engine = engine;
    scope.on(engine, "boot", () => this.#showBoot());
    scope.on(engine, "stats", ({ detail }) => this.#showStats(detail));
    scope.on(engine, "trouble", ({ detail }) => this.trouble(detail));
    scope.on(part(section, "video-retry", HTMLButtonElement), "click", () => engine.restart());
    this.trouble("");
    setText(part(section, "video-stats", HTMLElement), "");
    this.#showWait();
    this.#showBoot();
  }

  /** @param {string} sentence "": it is over */
  trouble(sentence) {
    const place = part(this.#section, "video-trouble", HTMLElement);
    place.hidden = sentence === "";
    setText(part(place, "trouble-words", HTMLElement), sentence);
  }

  /**
   * Say what is waited for, and how far it is.
   * @template T @param {string} words @param {(onProgress: OnProgress) => Promise<T>} work @returns {Promise<T>}
   */
  async during(words, work) {
    const wait = { stage: words, fraction: /** @type {number|null} */ (null) };
    this.#waits.push(wait);
    this.#showWait();
    try {
      return await work((stage, fraction) => {
        Object.assign(wait, { stage, fraction });
        this.#showWait();
      });
    } finally {
      this.#waits = this.#waits.filter((each) => each !== wait);
      this.#showWait();
    }
  }

  #showWait() {
    const place = part(this.#section, "video-hearing", HTMLElement);
    const wait = this.#waits.at(-1);
    place.hidden = !wait;
    if (!wait) return;
    setText(part(place, "hearing-text", HTMLElement), wait.stage);
    setProgress(part(place, "hearing-bar", HTMLProgressElement), wait.fraction);
  }

  #showBoot() {
    const { state, stage, fraction, error } = this.#engine.boot;
    const cover = part(this.#section, "video-boot", HTMLElement);
    cover.hidden = state === "ready";
    cover.dataset.state = state;
    setText(part(cover, "boot-stage", HTMLElement), state === "failed" ? (error ?? "The preview does not run.") : stage);
    const bar = part(cover, "boot-progress", HTMLProgressElement);
    bar.hidden = state === "failed";
    bar.value = fraction;
    part(cover, "video-retry", HTMLButtonElement).hidden = state !== "failed";
  }

  /** @param {PreviewStats} stats */
  #showStats({ fps, python, paint, share }) {
    const place = part(this.#section, "video-stats", HTMLElement);
    const size = share > 0.95 ? "" : ` · preview at ${share > 0.7 ? "three quarters" : share > 0.45 ? "half" : "a third"} of the size`;
    const without = this.#engine.boot.gpu === false ? " · without WebGL" : "";
    setText(place, `${Math.round(fps)} fps${size}${without}`);
    place.title = `Scene ${python.toFixed(1)} ms, painting ${paint.toFixed(1)} ms a frame. The export always has its full size.`;
    place.dataset.python = python.toFixed(2);
    place.dataset.paint = paint.toFixed(2);
  }
}
