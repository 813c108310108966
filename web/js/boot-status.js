/**
 * How far the engine's start has come, in plain words, and what is promised once it is up.
 * @import {Scope} from "./scope.js"
 * @import {Notices} from "./notices.js"
 */
import { part, setText } from "./dom.js";

/** @typedef {{state: "booting"|"ready"|"failed", stage: string, fraction: number, error: string|null, restarted: boolean}} Boot */

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
  let worksOffline = false;
  let told = false;

  const show = () => {
    const { state, stage, fraction, error, restarted } = engine.boot;
    element.dataset.state = state;
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

  scope.on(engine, "boot", show);
  scope.on(retry, "click", () => engine.restart());
  offline.then((works) => {
    worksOffline = works;
    show();
  }, () => {});
  show();
}
