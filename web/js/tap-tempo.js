/**
 * Tapping along: times of the taps go to Python, which answers the tempo and how sure it is.
 * @import {Scope} from "./scope.js"
 * @import {EngineLike} from "./analysis-queue.js"
 * @import {Notices} from "./notices.js"
 */
import { part, setText } from "./dom.js";

/** A longer silence begins a new tapping: slower than the slowest tempo that can be set. */
const PAUSE_SECONDS = 3.2;
const MOST_TAPS = 64;
const FEWEST_TAPS = 4;

/**
 * @param {HTMLElement} element
 * @param {{engine: EngineLike, notices: Notices, onUse: (bpm: number) => void}} deps
 * @param {Scope} scope
 */
export function mountTapTempo(element, { engine, notices, onUse }, scope) {
  const button = part(element, "tap", HTMLButtonElement);
  const use = part(element, "tap-use", HTMLButtonElement);
  const read = part(element, "tap-read", HTMLElement);
  /** @type {number[]} */
  let times = [];
  /** @type {number|null} */
  let bpm = null;

  const tap = async (timeStamp = performance.now()) => {
    const seconds = timeStamp / 1000;
    if (seconds - (times.at(-1) ?? -Infinity) > PAUSE_SECONDS) clear();
    times = [...times, seconds].slice(-MOST_TAPS);
    const asked = times;
    if (times.length < FEWEST_TAPS) return setText(read, `${FEWEST_TAPS - times.length} more…`);
    try {
      const { value } = await engine.request({ type: "tapTempo", timesSeconds: asked });
      if (times !== asked) return;
      bpm = value.bpm;
      setText(read, `${value.bpm.toFixed(1)} BPM ± ${value.errorBpm.toFixed(1)}, ${value.taps} taps`);
      use.hidden = false;
    } catch (error) {
      if (times === asked) notices.alert(error instanceof Error ? error.message : String(error));
    }
  };

  const clear = () => {
    times = [];
    bpm = null;
    use.hidden = true;
    setText(read, "Tap four beats or more.");
  };

  // A tap is the press, not the release; keys reach a button as click without a pointer.
  scope.on(button, "pointerdown", (event) => void tap(event.timeStamp));
  scope.on(button, "click", (event) => {
    if (event.detail === 0) void tap(event.timeStamp);
  });
  scope.on(use, "click", () => {
    if (bpm === null) return;
    onUse(bpm);
    button.focus();
    clear();
  });
  return {
    tap,
    clear,
    /** @param {boolean} locked */
    lock(locked) {
      use.disabled = locked;
    },
  };
}
