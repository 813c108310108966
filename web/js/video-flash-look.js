/**
 * The check for flashes in the preview's worker: each frame of a film is painted small in memory and shown to Python
 * (web/py/preview_flash.py), in slices between which the preview goes on.
 * @import {Apart, Drawn, VideoPainter} from "./video-paint.js"
 * @import {Films} from "./video-films.js"
 */
import { FontsMissing } from "./painter-fonts.js";
import { addEntries, play } from "./video-paint.js";

/**
 * Python's functions for one film. times: seconds of the next frame's pictures; take: those pictures; work: a slice of
 * the search for limits, undefined when it is over; found: JSON.
 * @typedef {Drawn & {frames: number, width: number, height: number, canvasWidth: number, canvasHeight: number,
 *   times: () => ArrayLike<number>, take: (pictures: Uint8Array[]) => number, work: (seconds: number) => number|undefined,
 *   remake: () => void, guesses: () => number, found: () => string, keep: () => void}} Look
 */
/** @typedef {{signal: AbortSignal, report: (stage: string, fraction: number) => void, moving: () => boolean}} LookDeps moving: whether the preview plays */

/** How long a slice may take, while the preview plays and while it does not. */
const SLICE_MILLISECONDS = Object.freeze({ moving: 5, still: 24 });
/** A page that is not seen has no animation frames. */
const LONGEST_WAIT_MILLISECONDS = 100;
/** Share of the painting in all that is to be done, where much must be held back. */
const PAINTING = 0.7;
const REPORT_MILLISECONDS = 100;
const [LOOKING, HOLDING] = ["Looking for flashes", "Finding how far to hold them back"];

/**
 * Check a film; the preview shows its limits from then on. The answer is Python's, as JSON.
 * @param {Look} look @param {VideoPainter} painter @param {Films} films of their own @param {LookDeps} deps
 * @returns {Promise<string>}
 */
export async function lookForFlashes(look, painter, films, deps) {
  const eye = new Eye(look, painter, films);
  try {
    const slices = new Slices(deps);
    for (let share = 0; share < 1; ) {
      share = look.take(await eye.pictures());
      if (slices.over) await slices.next(LOOKING, PAINTING * share);
    }
    for (;;) {
      const share = look.work(slices.seconds);
      if (share === undefined) break;
      await slices.next(HOLDING, PAINTING + (1 - PAINTING) * share);
    }
    look.keep();
    return look.found();
  } finally {
    eye.dispose();
  }
}

/** Paints the frames. */
class Eye {
  #look;
  #painter;
  #films;
  /** @type {Apart} */
  #apart;
  /** Frames of films that were not there, by medium. @type {Map<string, number>} */
  #missing = new Map();

  /** @param {Look} look @param {VideoPainter} painter @param {Films} films */
  constructor(look, painter, films) {
    this.#look = look;
    this.#painter = painter;
    this.#films = films;
    this.#apart = painter.apart({ width: look.canvasWidth, height: look.canvasHeight }, look);
    this.#apart.painter.setFilms({
      frame: (id, number) => {
        const found = films.frame(id, number);
        if (!found) this.#missing.set(id, number);
        return found;
      },
    });
  }

  /** Of the next frame: one, at the end of a loop two. */
  async pictures() {
    const pictures = [];
    for (const t of Array.from(this.#look.times())) pictures.push(await this.#picture(t));
    return pictures;
  }

  /** @param {number} t */
  async #picture(t) {
    if (!(await this.#paint(t))) await this.#paint(t); // films are decoded now as far as they can be
    return this.#apart.target.pixels();
  }

  /** Whether all was there. @param {number} t */
  async #paint(t) {
    const { painter } = this.#apart;
    for (;;) {
      this.#missing.clear();
      const guesses = this.#look.guesses();
      const frame = this.#look.frame(t);
      try {
        const fresh = this.#look.fresh();
        if (fresh) addEntries(painter, fresh);
        if (this.#look.guesses() === guesses) {
          play(painter, frame);
          break;
        }
      } catch (error) {
        if (!(error instanceof FontsMissing)) throw error;
        await this.#painter.fonts(error.files);
        continue;
      } finally {
        frame.destroy();
      }
      // A text was laid out by guess since its fonts are on their way: once more from the scene on.
      await this.#painter.fontsCame;
      this.#look.remake();
      painter.reset();
    }
    for (const [id, number] of this.#missing) await this.#films.ready(id, number);
    return this.#missing.size === 0;
  }

  dispose() {
    this.#apart.dispose();
  }
}

/** Work in slices, so that the thread's other work goes on. */
class Slices {
  #deps;
  #began = performance.now();
  #told = 0;
  #fraction = 0;

  /** @param {LookDeps} deps */
  constructor(deps) {
    this.#deps = deps;
  }

  get #length() {
    return this.#deps.moving() ? SLICE_MILLISECONDS.moving : SLICE_MILLISECONDS.still;
  }

  /** Of one slice. */
  get seconds() {
    return this.#length / 1000;
  }

  get over() {
    return performance.now() - this.#began > this.#length;
  }

  /** Let others work; then another slice begins. Throws where nobody wants the answer any more. @param {string} stage @param {number} fraction */
  async next(stage, fraction) {
    const { signal, report, moving } = this.#deps;
    // How long the search for limits takes shows as it goes: what it says may fall back a little.
    this.#fraction = Math.max(this.#fraction, fraction);
    if (performance.now() - this.#told > REPORT_MILLISECONDS) {
      this.#told = performance.now();
      report(stage, this.#fraction);
    }
    await (moving() ? untilPainted() : new Promise((resolve) => setTimeout(resolve, 0)));
    signal.throwIfAborted();
    this.#began = performance.now();
  }
}

/** After the preview's next frame. */
function untilPainted() {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(undefined), LONGEST_WAIT_MILLISECONDS);
    requestAnimationFrame(() => {
      clearTimeout(timer);
      setTimeout(() => resolve(undefined), 0);
    });
  });
}
