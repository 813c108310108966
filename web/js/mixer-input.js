/**
 * Pointers over waves and ruler, and keys, turned into a few plain actions.
 * @import {Scope} from "./scope.js"
 */
import { isTyping } from "./dom.js";
import { isFocusedByPointer } from "./focus-origin.js";

/**
 * x is in CSS pixels from the left edge of the wave.
 * @typedef {object} TrackActions
 * @property {(x: number) => void} seekAt
 * @property {(from: number, to: number, done: boolean) => void} select  a stretch is being, or has been, dragged over
 * @property {() => void} forget                                        the drag was given up
 * @property {(factor: number, x: number) => void} zoom
 * @property {(pixels: number) => void} pan
 */

const CLICK_PIXELS = 4;
const TOUCH_CLICK_PIXELS = 10;
/** A wheel notch (100 px) zooms by 1.28; a trackpad's pinch comes in small steps with Ctrl. */
const WHEEL_ZOOM = 0.0025;
const PINCH_WHEEL_ZOOM = 0.012;

/** @param {MouseEvent} event @param {HTMLElement} element */
function xIn(event, element) {
  return event.clientX - element.getBoundingClientRect().left - element.clientLeft;
}

/** A click goes there, a drag takes a loop; two fingers zoom and move. @param {HTMLElement} track @param {TrackActions} actions @param {Scope} scope */
export function listenToTrack(track, actions, scope) {
  /** Where each finger is. @type {Map<number, number>} */
  const places = new Map();
  /** @type {{id: number, from: number, dragging: boolean}|null} */
  let press = null;
  const giveUp = () => {
    if (press?.dragging) actions.forget();
    press = null;
  };
  scope.on(track, "pointerdown", (/** @type {PointerEvent} */ event) => {
    if (event.button !== 0) return;
    track.setPointerCapture(event.pointerId);
    places.set(event.pointerId, xIn(event, track));
    if (places.size === 1) press = { id: event.pointerId, from: xIn(event, track), dragging: false };
    else giveUp();
  });
  scope.on(track, "pointermove", (/** @type {PointerEvent} */ event) => {
    const [before, x] = [places.get(event.pointerId), xIn(event, track)];
    if (before === undefined) return;
    places.set(event.pointerId, x);
    const other = [...places].find(([id]) => id !== event.pointerId)?.[1];
    if (other !== undefined) return pinch(actions, { before, x, other });
    if (press?.id !== event.pointerId) return;
    press.dragging ||= Math.abs(x - press.from) > (event.pointerType === "touch" ? TOUCH_CLICK_PIXELS : CLICK_PIXELS);
    if (press.dragging) actions.select(press.from, x, false);
  });
  scope.on(track, "pointerup", (/** @type {PointerEvent} */ event) => {
    places.delete(event.pointerId);
    if (press?.id !== event.pointerId) return;
    const { from, dragging } = press;
    press = null;
    if (dragging) actions.select(from, xIn(event, track), true);
    else actions.seekAt(xIn(event, track));
  });
  scope.on(track, "pointercancel", (/** @type {PointerEvent} */ event) => {
    places.delete(event.pointerId);
    giveUp();
  });
  scope.on(track, "wheel", (/** @type {WheelEvent} */ event) => onWheel(event, track, actions), { passive: false });
}

/** @param {TrackActions} actions @param {{before: number, x: number, other: number}} fingers */
function pinch(actions, { before, x, other }) {
  const [was, is] = [Math.abs(before - other), Math.abs(x - other)];
  actions.pan((before - x) / 2);
  if (was > 8 && is > 8) actions.zoom(is / was, (x + other) / 2);
}

/** Ctrl or a pinch zooms, sideways moves; plain scrolling stays with the page. @param {WheelEvent} event @param {HTMLElement} track @param {TrackActions} actions */
function onWheel(event, track, actions) {
  const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
  const [x, y] = [event.deltaX * unit, event.deltaY * unit];
  if (event.ctrlKey || event.metaKey) actions.zoom(Math.exp(-y * (Math.abs(y) < 50 ? PINCH_WHEEL_ZOOM : WHEEL_ZOOM)), xIn(event, track));
  else if (event.shiftKey || Math.abs(x) > Math.abs(y)) actions.pan(x === 0 ? y : x);
  else return;
  event.preventDefault();
}

/** One end of the loop. @param {HTMLElement} grip @param {{move: (x: number, done: boolean) => void, step: (seconds: number) => void}} actions @param {HTMLElement} ruler what x is in @param {Scope} scope */
export function listenToGrip(grip, actions, ruler, scope) {
  scope.on(grip, "pointerdown", (/** @type {PointerEvent} */ event) => {
    if (event.button === 0) grip.setPointerCapture(event.pointerId);
    event.stopPropagation();
  });
  scope.on(grip, "pointermove", (/** @type {PointerEvent} */ event) => {
    if (grip.hasPointerCapture(event.pointerId)) actions.move(xIn(event, ruler), false);
  });
  scope.on(grip, "pointerup", (/** @type {PointerEvent} */ event) => {
    if (grip.hasPointerCapture(event.pointerId)) actions.move(xIn(event, ruler), true);
  });
  scope.on(grip, "keydown", (/** @type {KeyboardEvent} */ event) => {
    const direction = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
    if (direction === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
    actions.step(direction * (event.shiftKey ? 1 : 0.1));
    event.preventDefault();
    event.stopPropagation();
  });
}

/**
 * @typedef {object} KeyActions
 * @property {() => void} toggle
 * @property {(index: number) => void} mute
 * @property {(index: number) => void} solo
 * @property {(seconds: number) => void} skip
 * @property {(end: "start"|"end") => void} jump
 * @property {() => void} loop
 * @property {() => void} original
 * @property {(factor: number) => void} zoom
 * @property {() => void} showWhole
 */

/** For the page's help. @type {ReadonlyArray<readonly [string, string]>} */
export const MIXER_KEYS = Object.freeze([
  ["1…6", "Mute a stem"], ["Shift 1…6", "Solo a stem"], ["B", "Your mix or the original; hold for a moment"], ["L", "Loop the section in hand"],
  ["← →", "Back or on by 5 s, with Shift by 1 s"], ["+ −", "Zoom in or out"], ["0", "Show the whole song"],
]);

/** How many lanes have a key: as many as any model has stems. */
const KEYED_LANES = 6;

/** @param {KeyboardEvent} event @param {KeyActions} actions @param {number} lanes @returns {boolean} whether it was the mixer's */
export function onMixerKey(event, actions, lanes) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || ownsKey(event.target, event.key)) return false;
  // By place, not by letter: with Shift, or on a French keyboard, a digit's key says something else.
  const digit = /^(?:Digit|Numpad)([1-6])$/.exec(event.code)?.[1];
  if (digit !== undefined) {
    if (Number(digit) > Math.min(lanes, KEYED_LANES)) return false;
    if (!event.repeat) actions[event.shiftKey ? "solo" : "mute"](Number(digit) - 1);
  } else if (event.repeat && !event.key.startsWith("Arrow")) return [" ", "l", "L", "b", "B"].includes(event.key);
  else if (!onPlainKey(event, actions)) return false;
  return true;
}

/** @param {KeyboardEvent} event @param {KeyActions} actions @returns {boolean} */
function onPlainKey(event, actions) {
  switch (event.key) {
    case " ": actions.toggle(); break;
    case "ArrowRight": actions.skip(event.shiftKey ? 1 : 5); break;
    case "ArrowLeft": actions.skip(event.shiftKey ? -1 : -5); break;
    case "Home": actions.jump("start"); break;
    case "End": actions.jump("end"); break;
    case "l": case "L": actions.loop(); break;
    case "b": case "B": actions.original(); break;
    case "+": case "=": actions.zoom(2); break;
    case "-": case "_": actions.zoom(0.5); break;
    case "0": actions.showWhole(); break;
    default: return false;
  }
  return true;
}

/** Space presses what the keyboard has brought the focus to; arrows move sliders. @param {EventTarget|null} target @param {string} key */
function ownsKey(target, key) {
  if (!(target instanceof Element)) return false;
  if (key === " ") return target.matches("button, summary, input:not([type=range]), [role=button]") && !isFocusedByPointer(target);
  if (key.startsWith("Arrow") || key === "Home" || key === "End") return target.matches("input");
  return false;
}
