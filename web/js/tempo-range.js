/**
 * Where a person expects the tempo: a choice by numbers or by genre, for the next analyses and to analyse again with.
 * @import {NamedTempoRange, TempoRange} from "./protocol.js"
 * @import {Scope} from "./scope.js"
 * @import {Store} from "./store.js"
 * @import {Track} from "./types.js"
 */
import { tempoRangeText } from "./detail-labels.js";
import { part, setText } from "./dom.js";
import { HIGHEST_BPM, LOWEST_BPM, TEMPO_RANGES } from "./protocol.js";
import { isTempoRange } from "./store.js";
import { make } from "./widget-dom.js";

const ANY = "";
const OWN = "own";
const FIRST_OWN = Object.freeze({ lowBpm: 80, highBpm: 160 });

/** @param {TempoRange|null} range @returns {string} a value of the select */
const valueOf = (range) => (range === null ? ANY : `${range.lowBpm}-${range.highBpm}`);

/** @param {TempoRange|null} one @param {TempoRange|null} other */
export function sameRange(one, other) {
  return valueOf(one) === valueOf(other);
}

/**
 * A typed range, with a comma or a point.
 * @param {string} low @param {string} high
 * @returns {{range: TempoRange, error: null}|{range: null, error: string}}
 */
export function readRange(low, high) {
  const [lowBpm, highBpm] = /** @type {[number, number]} */ ([low, high].map((text) => (/^\s*\d+([.,]\d+)?\s*$/.test(text) ? Number(text.trim().replace(",", ".")) : Number.NaN)));
  if (isTempoRange({ lowBpm, highBpm })) return { range: { lowBpm, highBpm }, error: null };
  return { range: null, error: `Type two tempi from ${LOWEST_BPM} to ${HIGHEST_BPM}, the lower one first.` };
}

/** @param {HTMLElement} element @param {{store: Store}} deps @param {Scope} scope */
export function mountTempoRange(element, { store }, scope) {
  const pick = part(element, "range-pick", HTMLSelectElement);
  const form = part(element, "range-form", HTMLFormElement);
  const [low, high] = [part(element, "range-low", HTMLInputElement), part(element, "range-high", HTMLInputElement)];
  const error = part(element, "range-error", HTMLElement);
  const note = part(element, "range-note", HTMLElement);
  const again = part(element, "range-again", HTMLButtonElement);
  pick.replaceChildren(...options());

  /** @param {string} text */
  const complain = (text) => {
    setText(error, text);
    for (const input of [low, high]) input.setAttribute("aria-invalid", String(text !== ""));
  };

  scope.on(pick, "change", () => {
    form.hidden = pick.value !== OWN;
    complain("");
    if (pick.value === OWN) {
      const { lowBpm, highBpm } = store.settings.tempoRange ?? FIRST_OWN;
      [low.value, high.value] = [String(lowBpm), String(highBpm)];
      low.focus();
    } else {
      const { lowBpm, highBpm } = TEMPO_RANGES.find((range) => valueOf(range) === pick.value) ?? { lowBpm: 0, highBpm: 0 };
      store.set({ tempoRange: pick.value === ANY ? null : { lowBpm, highBpm } });
    }
  });
  scope.on(form, "submit", (event) => {
    event.preventDefault();
    const { range, error: text } = readRange(low.value, high.value);
    complain(text ?? "");
    if (range) store.set({ tempoRange: range });
    else low.focus();
  });

  return {
    /** @param {Track} track */
    show(track) {
      const { tempoRange } = store.settings;
      const named = tempoRange === null || TEMPO_RANGES.some((range) => sameRange(range, tempoRange));
      const choosing = pick.value === OWN && form.contains(document.activeElement);
      if (!choosing) {
        pick.value = named ? valueOf(tempoRange) : OWN;
        form.hidden = named;
        if (tempoRange && !named) [low.value, high.value] = [String(tempoRange.lowBpm), String(tempoRange.highBpm)];
      }
      again.hidden = sameRange(tempoRange, track.tempoRange);
      setText(note, noteText(tempoRange, track.tempoRange));
    },
  };
}

/** @param {TempoRange|null} wanted @param {TempoRange|null} used */
function noteText(wanted, used) {
  if (!sameRange(wanted, used)) return `For the songs to come. This one was analysed for ${tempoRangeText(used)}.`;
  return wanted === null ? "Helps where half or double the tempo could be meant." : "This song was analysed with it.";
}

function options() {
  const group = (/** @type {string} */ label, /** @type {NamedTempoRange["group"]} */ name) => make("optgroup", { label }, ...TEMPO_RANGES
    .filter((range) => range.group === name).map((range) => make("option", { value: valueOf(range) }, optionText(range))));
  return [make("option", { value: ANY }, "Any tempo"), group("Music", "genre"), group("BPM", "range"), make("option", { value: OWN }, "Own range…")];
}

/** @param {NamedTempoRange} range */
function optionText({ name, group, lowBpm, highBpm }) {
  return group === "range" ? `${lowBpm}–${highBpm}` : `${name}  ${lowBpm}–${highBpm}`;
}
