/**
 * How sure an answer is, in the bars and words of `meters.js`, or who said it.
 * @import {Scope} from "./scope.js"
 */
import { mountConfidence } from "./meters.js";

/** @param {HTMLElement} element @param {Scope} scope */
export function mountSureness(element, scope) {
  const meter = document.createElement("span");
  const words = document.createElement("span");
  element.replaceChildren(meter, words);
  const { show } = mountConfidence(meter, {}, scope);
  return {
    /** @param {number|string|null} sure a confidence 0-1, or words in its place */
    show(sure) {
      meter.hidden = typeof sure !== "number";
      words.hidden = typeof sure !== "string";
      if (typeof sure === "number") show(sure);
      else words.textContent = sure;
    },
  };
}
