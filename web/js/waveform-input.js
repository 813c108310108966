/**
 * Pointer, wheel and keys over the waveform, turned into a few plain actions.
 * @import {Scope} from "./scope.js"
 */

/**
 * What input can do. x is in CSS pixels from the left edge of the stage.
 * @typedef {object} Actions
 * @property {(pixels: number) => void} pan       positive: later
 * @property {(factor: number, x: number|null, how: {smooth: boolean}) => void} zoom  null: around the playhead
 * @property {() => void} showWhole
 * @property {(x: number) => void} seekAt
 * @property {(x: number|null) => void} hover
 * @property {(unit: "beat"|"bar", direction: 1|-1) => void} step
 * @property {(end: "start"|"end") => void} jump
 * @property {(direction: 1|-1) => void} section  to the start of the next section, or of this or the one before
 * @property {() => void} seekToCursor
 * @property {(share: number) => void} page       of the visible span
 * @property {(fraction: number) => void} center  0-1 of the song
 * @property {(fraction: number) => void} seekTo  0-1 of the song
 */

const CLICK_PIXELS = 4;
const TOUCH_CLICK_PIXELS = 10;
/** A wheel notch (100 px) zooms by 1.28. */
const WHEEL_ZOOM = 0.0025;
const PINCH_WHEEL_ZOOM = 0.012;
const KEY_ZOOM = 2;

/** @param {HTMLElement} stage @param {Actions} actions @param {Scope} scope */
export function listenToStage(stage, actions, scope) {
  listenToPointers(stage, actions, scope);
  scope.on(stage, "wheel", (/** @type {WheelEvent} */ event) => onWheel(event, stage, actions), { passive: false });
  scope.on(stage, "keydown", (/** @type {KeyboardEvent} */ event) => onStageKey(event, actions));
}

/** @param {PointerEvent|WheelEvent} event @param {HTMLElement} element */
function xIn(event, element) {
  return event.clientX - element.getBoundingClientRect().left - element.clientLeft;
}

/** One finger or the mouse drags or taps; two fingers pinch. @param {HTMLElement} stage @param {Actions} actions @param {Scope} scope */
function listenToPointers(stage, actions, scope) {
  /** @type {Map<number, number>} */
  const places = new Map();
  let travelled = 0;
  const release = (/** @type {PointerEvent} */ event) => {
    places.delete(event.pointerId);
    stage.classList.toggle("is-dragging", places.size > 0);
  };
  scope.on(stage, "pointerdown", (/** @type {PointerEvent} */ event) => {
    if (event.button !== 0) return;
    stage.setPointerCapture(event.pointerId);
    travelled = places.size === 0 ? 0 : Infinity;
    places.set(event.pointerId, xIn(event, stage));
  });
  scope.on(stage, "pointermove", (/** @type {PointerEvent} */ event) => {
    const x = xIn(event, stage);
    const before = places.get(event.pointerId);
    if (event.pointerType !== "touch") actions.hover(x);
    if (before === undefined) return;
    places.set(event.pointerId, x);
    const other = [...places].find(([id]) => id !== event.pointerId)?.[1];
    if (other !== undefined) return pinch(actions, { before, x, other });
    const limit = event.pointerType === "touch" ? TOUCH_CLICK_PIXELS : CLICK_PIXELS;
    const wasClick = travelled <= limit;
    travelled += Math.abs(x - before);
    if (travelled <= limit) return;
    stage.classList.add("is-dragging");
    actions.pan((before - x) * (wasClick ? 0 : 1));
  });
  scope.on(stage, "pointerup", (/** @type {PointerEvent} */ event) => {
    const limit = event.pointerType === "touch" ? TOUCH_CLICK_PIXELS : CLICK_PIXELS;
    if (places.has(event.pointerId) && places.size === 1 && travelled <= limit) actions.seekAt(xIn(event, stage));
    release(event);
  });
  scope.on(stage, "pointercancel", release);
  scope.on(stage, "pointerleave", () => actions.hover(null));
}

/** @param {Actions} actions @param {{before: number, x: number, other: number}} fingers */
function pinch(actions, { before, x, other }) {
  const [was, is] = [Math.abs(before - other), Math.abs(x - other)];
  actions.pan((before - x) / 2);
  if (was > 8 && is > 8) actions.zoom(is / was, (x + other) / 2, { smooth: false });
}

/**
 * Sideways scrolling pans, Ctrl or pinch zooms. Plain up and down zooms too once the stage has the focus, as after a
 * click on it; until then it stays with the page.
 * @param {WheelEvent} event @param {HTMLElement} stage @param {Actions} actions
 */
function onWheel(event, stage, actions) {
  const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
  const [x, y] = [event.deltaX * unit, event.deltaY * unit];
  const sideways = event.shiftKey || Math.abs(x) > Math.abs(y);
  if (event.ctrlKey || event.metaKey || (!sideways && document.activeElement === stage)) {
    // Trackpads report a pinch as Ctrl and small steps; a mouse notch is 100 or more.
    const rate = Math.abs(y) < 50 && event.ctrlKey ? PINCH_WHEEL_ZOOM : WHEEL_ZOOM;
    actions.zoom(Math.exp(-y * rate), xIn(event, stage), { smooth: false });
  } else if (sideways) {
    actions.pan(x === 0 ? y : x);
  } else return;
  event.preventDefault();
}

/** @param {KeyboardEvent} event @param {Actions} actions */
function onStageKey(event, actions) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const unit = event.shiftKey ? "bar" : "beat";
  switch (event.key) {
    case "ArrowRight": case "ArrowUp": actions.step(unit, 1); break;
    case "ArrowLeft": case "ArrowDown": actions.step(unit, -1); break;
    case "Home": actions.jump("start"); break;
    case "End": actions.jump("end"); break;
    case "PageUp": actions.page(-0.8); break;
    case "PageDown": actions.page(0.8); break;
    case "[": actions.section(-1); break;
    case "]": actions.section(1); break;
    case "Enter": actions.seekToCursor(); break;
    default:
      if (!onZoomKey(event, actions)) return;
  }
  event.preventDefault();
}

/** @param {KeyboardEvent} event @param {Actions} actions @returns {boolean} */
function onZoomKey(event, actions) {
  if (event.key === "+" || event.key === "=") actions.zoom(KEY_ZOOM, null, { smooth: true });
  else if (event.key === "-" || event.key === "_") actions.zoom(1 / KEY_ZOOM, null, { smooth: true });
  else if (event.key === "0") actions.showWhole();
  else return false;
  return true;
}

/**
 * A click goes there; a drag moves the visible window.
 * @param {HTMLElement} overview @param {HTMLElement} frame the visible window @param {Actions} actions @param {Scope} scope
 */
export function listenToOverview(overview, frame, actions, scope) {
  let grip = 0;
  let start = 0;
  let dragging = false;
  const fraction = (/** @type {number} */ x) => x / Math.max(1, overview.clientWidth);
  scope.on(overview, "pointerdown", (/** @type {PointerEvent} */ event) => {
    if (event.button !== 0) return;
    overview.setPointerCapture(event.pointerId);
    const box = frame.getBoundingClientRect();
    const inside = event.clientX >= box.left && event.clientX <= box.right;
    grip = inside ? event.clientX - (box.left + box.right) / 2 : 0;
    start = event.clientX;
    dragging = false;
  });
  scope.on(overview, "pointermove", (/** @type {PointerEvent} */ event) => {
    if (!overview.hasPointerCapture(event.pointerId)) return;
    dragging ||= Math.abs(event.clientX - start) > CLICK_PIXELS;
    overview.classList.toggle("is-dragging", dragging);
    if (dragging) actions.center(fraction(xIn(event, overview) - grip));
  });
  scope.on(overview, "pointerup", (/** @type {PointerEvent} */ event) => {
    overview.classList.remove("is-dragging");
    if (event.button === 0 && !dragging) actions.seekTo(fraction(xIn(event, overview)));
  });
  scope.on(overview, "pointercancel", () => overview.classList.remove("is-dragging"));
  scope.on(overview, "keydown", (/** @type {KeyboardEvent} */ event) => onOverviewKey(event, actions));
}

/** @param {KeyboardEvent} event @param {Actions} actions */
function onOverviewKey(event, actions) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  switch (event.key) {
    case "ArrowRight": case "ArrowUp": actions.page(0.1); break;
    case "ArrowLeft": case "ArrowDown": actions.page(-0.1); break;
    case "PageDown": actions.page(0.8); break;
    case "PageUp": actions.page(-0.8); break;
    case "Home": actions.center(0); break;
    case "End": actions.center(1); break;
    default:
      if (!onZoomKey(event, actions)) return;
  }
  event.preventDefault();
}
