/**
 * The check for flashes that are not safe, as the page has it: one at a time, its answer, and whether that still holds.
 * @import {FlashesFound, Project, RenderOptions} from "./protocol.js"
 * @import {Scope} from "./scope.js"
 * @import {VideoModel} from "./video-model.js"
 */

/** none: nobody asked. @typedef {"none"|"working"|"found"|"failed"} FlashState */
/** @typedef {{engine: Pick<import("./video-engine.js").PreviewEngine, "checkFlashes"|"touch">} & Pick<VideoModel, "project"|"settled"> & EventTarget} Checked a model */
/** @typedef {<T>(words: string, work: (onProgress: (stage: string, fraction: number|null) => void) => Promise<T>) => Promise<T>} During */

const CHANGED = "The video was changed while it was checked: check it again.";

/** Fields of a project that no picture shows. @type {ReadonlySet<string>} */
const UNSEEN = new Set(["version", "name", "template", "safeFlashes"]);

/** Whether two projects have the same pictures: edits make anew what they change, and only that. @param {Project} one @param {Project} other */
export function looksAlike(one, other) {
  const names = /** @type {Array<keyof Project>} */ (Object.keys(one).filter((name) => !UNSEEN.has(name)));
  return names.every((name) => one[name] === other[name]);
}

/** Whether two films have the same pictures but for their size. @param {RenderOptions} one @param {RenderOptions} other */
export function sameFilm(one, other) {
  const ratio = (/** @type {RenderOptions} */ { width, height }) => (width / height).toFixed(4);
  const names = /** @type {const} */ (["fps", "startSeconds", "seconds", "alpha", "loop"]);
  return ratio(one) === ratio(other) && names.every((name) => one[name] === other[name]);
}

/** Events: "change", and "done" when something was found. */
export class FlashCheck extends EventTarget {
  #model;
  #during;
  /** @type {FlashState} */
  state = "none";
  stage = "";
  /** @type {number|null} */
  fraction = null;
  /** Why there is no answer. */
  error = "";
  /** @type {FlashesFound|null} */
  found = null;
  /** What was looked at. @type {{project: Project, film: RenderOptions}|null} */
  #of = null;
  /** Song or files are others than those that were looked at. */
  #dropped = false;
  /** @type {AbortController|null} */
  #stop = null;

  /** @param {Checked & Pick<VideoModel, "engine">} model @param {During} during says what is waited for @param {Scope} scope */
  constructor(model, during, scope) {
    super();
    this.#model = model;
    this.#during = during;
    scope.on(model, "project", () => this.#changed(this.#of !== null && !looksAlike(this.#of.project, model.project)));
    for (const event of /** @type {const} */ (["media", "song"])) scope.on(model, event, () => this.#drop());
    scope.on(model.engine, "lost", () => this.#drop());
    scope.add(() => this.#stop?.abort());
  }

  /** What was looked at last. @returns {RenderOptions|null} */
  get film() {
    return this.#of?.film ?? null;
  }

  /** What was found, as long as it holds for the video as it is now. @returns {FlashesFound|null} */
  get current() {
    return this.state === "found" && !this.stale ? this.found : null;
  }

  /** Whether the video is another one by now. */
  get stale() {
    return this.#dropped || (this.#of !== null && !looksAlike(this.#of.project, this.#model.project));
  }

  /** Look at a film of the video. @param {RenderOptions} film */
  async run(film) {
    if (this.state === "working") return;
    const model = this.#model;
    const stop = new AbortController();
    this.#stop = stop;
    this.#dropped = false;
    this.#of = { project: model.project, film };
    this.#set({ state: "working", stage: "Looking for flashes", fraction: null, error: "" });
    try {
      if (!model.settled) await new Promise((resolve) => model.addEventListener("sent", resolve, { once: true, signal: stop.signal }));
      this.found = await this.#during("Looking for flashes", (onProgress) => model.engine.checkFlashes(film, {
        signal: stop.signal,
        onProgress: ({ stage, fraction }) => {
          onProgress(stage, fraction);
          this.#set({ stage, fraction });
        },
      }));
      this.#set({ state: "found" });
      this.dispatchEvent(new Event("done"));
    } catch (error) {
      const stopped = stop.signal.aborted;
      const words = stopped ? (this.stale ? CHANGED : "") : `The check ended early: ${error instanceof Error ? error.message : String(error)}`;
      this.#of = null;
      this.#dropped = false;
      this.#set({ state: words ? "failed" : "none", error: words });
    }
  }

  cancel() {
    this.#stop?.abort();
  }

  #drop() {
    this.#dropped = this.#of !== null;
    this.#changed(this.#dropped);
  }

  /** @param {boolean} otherwise than what is looked at */
  #changed(otherwise) {
    if (otherwise && this.state === "working") this.#stop?.abort();
    this.dispatchEvent(new Event("change"));
  }

  /** @param {Partial<Pick<FlashCheck, "state"|"stage"|"fraction"|"error">>} change */
  #set(change) {
    Object.assign(this, change);
    this.dispatchEvent(new Event("change"));
  }
}
