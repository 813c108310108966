/**
 * How far the engine's start has come, in plain words, and what is promised once it is up.
 * @import {Scope} from "./scope.js"
 * @import {Notices} from "./notices.js"
 */
import { part, setText } from "./dom.js";

/** @typedef {{state: "booting"|"ready"|"failed", stage: string, fraction: number, error: string|null, restarted: boolean, fromSnapshot: boolean}} Boot */

/**
 * @param {HTMLElement} element
 * @param {{engine: EventTarget & {boot: Boot, restart: () => void}, notices: Notices, offline: Promise<boolean>}} deps  offline: whether a
 *   next visit needs no network
 * @param {Scope} scope
 */
export function mountBootStatus(element, { engine, notices, offline }, scope) {
  const text = part(element, "text", HTMLElement);
  const bar = part(element, "bar", HTMLProgressElement);
  const retry = part(element, "retry", HTMLButtonElement);
  const seconds = part(element, "seconds", HTMLElement);
  const clock = new BootClock(engine, scope);
  let worksOffline = false;
  let told = false;

  const show = () => {
    const { state, stage, fraction, error, restarted } = engine.boot;
    element.dataset.state = state;
    element.dataset.snapshot = String(engine.boot.fromSnapshot);
    bar.hidden = state !== "booting";
    bar.value = fraction;
    retry.hidden = state !== "failed";
    if (state === "booting") setText(text, stage || "Starting");
    else if (state === "ready") setText(text, worksOffline ? "Ready, works offline" : "Ready");
    else setText(text, "The engine did not start");
    element.title = state === "failed" ? (error ?? "") : "";
    if (state === "failed" && !told) notices.alert(error ?? "The engine did not start.");
    if (state === "ready" && restarted && !told) notices.alert("The engine had stopped and was started again. Your list is kept.");
    told = state === "failed" || (state === "ready" && restarted);
  };

  // Not in the text: a live region would speak every second.
  scope.on(clock, "tick", () => setText(seconds, engine.boot.state === "booting" ? secondsText(clock.seconds) : ""));
  scope.on(engine, "boot", show);
  scope.on(retry, "click", () => engine.restart());
  offline.then((works) => {
    worksOffline = works;
    show();
  }, () => {});
  show();
  return clock;
}

/** @param {number} seconds */
const secondsText = (seconds) => (seconds > 0 ? `${seconds} s` : "");

/**
 * How long the engine has been starting, for stages that cannot say how far they are.
 * Events: "tick" every second while it boots, and once when it no longer does.
 */
export class BootClock extends EventTarget {
  #since = performance.now();
  #booting = false;

  /** @param {EventTarget & {boot: {state: string}}} engine @param {Scope} scope */
  constructor(engine, scope) {
    super();
    const tick = () => this.dispatchEvent(new Event("tick"));
    const update = () => {
      const booting = engine.boot.state === "booting";
      if (booting === this.#booting) return;
      if (booting) this.#since = performance.now();
      this.#booting = booting;
      tick();
    };
    scope.on(engine, "boot", update);
    update();
    const timer = setInterval(() => {
      if (this.#booting) tick();
    }, 1000);
    scope.add(() => clearInterval(timer));
  }

  /** Whole seconds. */
  get seconds() {
    return Math.floor((performance.now() - this.#since) / 1000);
  }
}
