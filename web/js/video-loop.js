/**
 * The preview's one animation frame loop: which second is shown, and at what size. Lives in the worker.
 */

/** Seconds of the song at a time of the machine's clock (milliseconds), and how fast it goes on. @typedef {{t: number, abs: number, rate: number}} Clock */
/** @typedef {{width: number, height: number}} Size */

/** Below this many frames a second over `WATCHED` frames the picture is painted smaller. */
const LEAST_FPS = 40;
const WATCHED = 24;
/** Sizes as shares of what the page shows. */
const SHARES = Object.freeze([1, 0.75, 0.5, 0.35, 0.25]);
/** The preview is never painted with fewer pixels than this, unless the page shows fewer. */
const LEAST_PIXELS = 640 * 360;
const STATS_MILLISECONDS = 500;

/** The second that is heard at `now`. @param {Clock} clock @param {number} now milliseconds */
export function secondsAt({ t, abs, rate }, now) {
  return t + (rate * (now - abs)) / 1000;
}

/** The sides at a share, whole and even, with no fewer pixels than needed. @param {Size} full @param {number} share @returns {Size} */
export function sizeAt({ width, height }, share) {
  const least = Math.min(1, Math.sqrt(LEAST_PIXELS / Math.max(1, width * height)));
  const scale = Math.max(share, least);
  const even = (/** @type {number} */ side) => Math.max(2, 2 * Math.round((side * scale) / 2));
  return { width: even(width), height: even(height) };
}

/** @param {number[]} values at least one */
function median(values) {
  return [...values].sort((one, other) => one - other)[values.length >> 1] ?? 0;
}

export class FrameLoop {
  /** @type {Clock} */
  #clock = { t: 0, abs: 0, rate: 0 };
  #dirty = true;
  #running = false;
  /** @type {Size} */
  #full = { width: 640, height: 360 };
  /** @type {Size|null} what the next frame is painted at, where that changes */
  #wanted = null;
  #level = 0;
  #sharp = true;
  /** @type {number[]} milliseconds from frame to frame */
  #gaps = [];
  /** @type {{python: number, paint: number}[]} of the last frames */
  #costs = [];
  #last = 0;
  #told = 0;
  #deps;

  /**
   * @param {{paint: (t: number) => {python: number, paint: number}|null, resize: (size: Size) => void,
   *   tell: (event: object) => void, request?: (callback: (now: number) => void) => void}} deps paint: null where it failed
   */
  constructor(deps) {
    this.#deps = deps;
  }

  start() {
    if (this.#running) return;
    this.#running = true;
    this.#next();
  }

  stop() {
    this.#running = false;
  }

  /** @param {Clock} clock */
  setClock(clock) {
    if (clock.rate === 0 && this.#clock.rate !== 0) this.#gaps = [];
    this.#clock = clock;
    this.#dirty = true;
  }

  /** @param {Size} size device pixels on the page */
  setSize(size) {
    if (size.width === this.#full.width && size.height === this.#full.height) return;
    this.#full = size;
    this.#level = 0;
    this.#gaps = [];
    this.#resize();
  }

  touch() {
    this.#dirty = true;
  }

  /** Whether the song plays. */
  get moving() {
    return this.#clock.rate !== 0;
  }

  /** The second that is shown now. */
  get seconds() {
    return secondsAt(this.#clock, performance.timeOrigin + performance.now());
  }

  #next() {
    const request = this.#deps.request ?? ((callback) => requestAnimationFrame(callback));
    request((now) => {
      if (!this.#running) return;
      this.#frame(now);
      this.#next();
    });
  }

  /** @param {number} now */
  #frame(now) {
    const moving = this.#clock.rate !== 0;
    if (!moving && !this.#dirty) {
      this.#last = 0;
      return;
    }
    // A picture that stands still is painted as sharp as the page shows it.
    if (moving === this.#sharp && this.#level > 0) this.#resize(!moving);
    // A canvas of another size is empty: it is made and painted in one go, or it would flash black.
    if (this.#wanted) this.#deps.resize(this.#wanted);
    this.#wanted = null;
    this.#dirty = false;
    const cost = this.#deps.paint(this.seconds);
    if (moving) this.#watch(now, cost);
    else this.#deps.tell({ event: "painted", t: this.seconds });
  }

  /** @param {number} now @param {{python: number, paint: number}|null} cost */
  #watch(now, cost) {
    if (this.#last > 0) this.#gaps.push(now - this.#last);
    this.#last = now;
    if (this.#gaps.length > WATCHED) this.#gaps.shift();
    if (cost) this.#costs.push(cost);
    if (this.#costs.length > WATCHED) this.#costs.shift();
    const mean = this.#gaps.reduce((sum, gap) => sum + gap, 0) / Math.max(1, this.#gaps.length);
    if (cost && now - this.#told > STATS_MILLISECONDS && this.#gaps.length > 4) {
      this.#told = now;
      const python = median(this.#costs.map((each) => each.python));
      this.#deps.tell({ event: "stats", fps: 1000 / mean, python, paint: median(this.#costs.map((each) => each.paint)), share: this.#share() });
    }
    if (this.#gaps.length === WATCHED && mean > 1000 / LEAST_FPS && this.#smaller()) {
      this.#level += 1;
      this.#gaps = [];
      this.#resize(false);
    }
  }

  #share() {
    return sizeAt(this.#full, SHARES[this.#level] ?? 1).width / Math.max(1, sizeAt(this.#full, 1).width);
  }

  /** Whether the next size is smaller at all. */
  #smaller() {
    const next = SHARES[this.#level + 1];
    return next !== undefined && sizeAt(this.#full, next).width < sizeAt(this.#full, SHARES[this.#level] ?? 1).width;
  }

  #resize(sharp = this.#clock.rate === 0) {
    this.#sharp = sharp;
    this.#wanted = sizeAt(this.#full, sharp ? 1 : (SHARES[this.#level] ?? 1));
    this.#dirty = true;
  }
}
