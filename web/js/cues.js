/**
 * The cue points as buttons, numbered as the keys that jump to them, with a line that says why each is one.
 * @import {CuePoint} from "./protocol.js"
 * @import {Scope} from "./scope.js"
 * @import {Deepening} from "./types.js"
 */
import { capitalized, reasonText } from "./detail-labels.js";
import { setText } from "./dom.js";
import { clockText } from "./labels.js";
import { make } from "./widget-dom.js";

/** As many as have a key of their own. */
export const MOST_CUES = 8;

/**
 * How a full row makes room, one after the other: without the line that says why, without the times, without both. What
 * has no room even then goes on in a second row.
 */
const FITS = Object.freeze([[], ["is-cramped"], ["is-tight"], ["is-tight", "is-cramped"]]);

const HINT = "Keys 1 to 8 jump there.";
const TOUCH_HINT = "Tap a cue point to jump there and to read why.";

/** @param {HTMLElement} element @param {{onSeek: (seconds: number) => void}} deps @param {Scope} scope */
export function mountCues(element, { onSeek }, scope) {
  const list = make("ol", { class: "cues__list", "aria-label": "Cue points" });
  const reason = make("p", { class: "cues__reason" });
  element.replaceChildren(list, reason);
  /** @type {ReadonlyArray<CuePoint>} */
  let shown = [];
  /** @type {string|null} */
  let state = null;

  const coarse = matchMedia("(pointer: coarse)");

  /** @param {EventTarget|null} target */
  const cueOf = (target) => {
    const at = target instanceof Element ? target.closest("[data-cue]")?.getAttribute("data-cue") : null;
    return at ? shown[Number(at)] : undefined;
  };
  /** @param {EventTarget|null} target */
  const tell = (target) => {
    const cue = cueOf(target);
    setText(reason, cue ? `${clockText(cue.seconds)} · ${reasonText(cue.reason)}` : restText());
  };
  const restText = () => {
    if (shown.length > 0) return coarse.matches ? TOUCH_HINT : HINT;
    return state === "waiting" || state === "working" ? "Cue points come with the sections." : state === "none" ? "" : "No cue points.";
  };

  for (const type of ["pointerover", "focusin"]) scope.on(list, type, (event) => tell(event.target));
  for (const type of ["pointerleave", "focusout"]) scope.on(list, type, () => tell(list.querySelector(":focus-visible")));
  scope.on(list, "click", (event) => {
    const cue = cueOf(event.target);
    tell(event.target);
    if (cue) onSeek(cue.seconds);
  });

  return {
    /** The room may have changed: every cue point stays in sight. */
    fit() {
      for (const fit of FITS) {
        element.classList.remove("is-tight", "is-cramped");
        element.classList.add(...fit);
        if (list.scrollWidth <= list.clientWidth) return;
      }
    },
    /** @param {ReadonlyArray<CuePoint>} cues @param {Deepening|null} deepening */
    show(cues, deepening) {
      state = deepening?.state ?? "none";
      element.hidden = deepening === null;
      if (cues !== shown) {
        // A corrected grid moves the cue points: the focus stays on the same number.
        const focused = list.contains(document.activeElement) ? document.activeElement?.getAttribute("data-cue") : null;
        shown = cues;
        list.replaceChildren(...cues.map(cueButton));
        if (focused) /** @type {HTMLElement|null} */ (list.querySelector(`[data-cue="${focused}"]`))?.focus();
      }
      element.classList.toggle("is-listening", cues.length === 0 && (state === "waiting" || state === "working"));
      list.hidden = cues.length === 0;
      tell(list.querySelector(":focus-visible"));
    },
  };
}

/** @param {CuePoint} cue @param {number} index */
function cueButton(cue, index) {
  const number = make("b", { class: "cues__number" }, String(index + 1));
  const why = reasonText(cue.reason);
  return make("li", {}, make("button", {
    type: "button", class: "cues__cue", "data-cue": index, "data-kind": cue.kind, title: why,
    "aria-keyshortcuts": index < MOST_CUES ? String(index + 1) : null,
  }, hidden("Cue "), number, " ", make("span", { class: "cues__kind" }, capitalized(cue.kind)), " ",
  make("span", { class: "cues__time" }, clockText(cue.seconds)), hidden(` ${why}`)));
}

/** @param {string} text for screen readers */
function hidden(text) {
  return make("span", { class: "waveform-hidden" }, text);
}
