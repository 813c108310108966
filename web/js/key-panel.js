/**
 * The key: the answer in large, how sure it is, what else it could be, what mixes with it, and a choice by hand.
 * @import {Scope} from "./scope.js"
 * @import {Store, Notation} from "./store.js"
 * @import {Key, KeyEstimate} from "./protocol.js"
 * @import {Track} from "./types.js"
 * @import {Edits} from "./edits.js"
 * @import {Notices} from "./notices.js"
 */
import { part, setText } from "./dom.js";
import { guessText, keyAnswer, keyChip, keyOtherNames, shownKey } from "./labels.js";
import { COMPATIBLE, KEYS } from "./protocol.js";
import { mountSureness } from "./sureness.js";
import { mountWheel } from "./wheel.js";
import { make } from "./widget-dom.js";

const MOST_GUESSES = 3;

/**
 * @param {HTMLElement} element
 * @param {{store: Store, edits: Edits, notices: Notices, headline: HTMLElement}} deps  headline: where the answer stands
 * @param {Scope} scope
 */
export function mountKeyPanel(element, { store, edits, notices, headline }, scope) {
  const sureness = mountSureness(part(headline, "key-sure", HTMLElement), scope);
  const pick = part(element, "key-pick", HTMLSelectElement);

  /** @param {string|null} name */
  const setKey = (name) => {
    const track = store.selected;
    if (!track?.analysis || track.edit.key === name) return;
    if (track.edit.locked) return notices.alert("The key is locked. Unlock it to change it.");
    const before = track.edit.key;
    const found = track.analysis.key?.key.name ?? null;
    edits.setKey(track.id, name === found ? null : name);
    const key = KEYS.find((each) => each.name === name);
    const text = key ? `Key set to ${keyAnswer(key, store.settings.notation)}.` : "Key as analysed.";
    notices.say(text, { label: "Undo", run: () => edits.setKey(track.id, before) });
  };

  const wheel = mountWheel(part(element, "wheel", HTMLElement), { onPick: (/** @type {Key} */ key) => setKey(key.name) }, scope);
  fillPicker(pick, store.settings.notation);
  scope.on(pick, "change", () => setKey(pick.value || null));
  scope.on(element, "click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-key]") : null;
    if (button) setKey(button.getAttribute("data-key"));
  });
  scope.on(store, "settings", () => {
    fillPicker(pick, store.settings.notation);
    wheel.setNotation(store.settings.notation);
  });
  wheel.setNotation(store.settings.notation);

  return {
    /** @param {Track} track */
    show(track) {
      const { notation } = store.settings;
      const shown = shownKey(track);
      const estimate = track.analysis?.key ?? null;
      writeAnswer(headline, shown, notation);
      const found = estimate ? `, analysed as ${keyAnswer(estimate.key, notation)}` : "";
      sureness.show(shown.byHand ? `Set by hand${found}` : (estimate?.confidence ?? null));
      writeGuesses(element, shown, estimate, notation);
      writeMixes(element, shown.clear ? shown.key : null, notation);
      wheel.show(shown.key, { clear: shown.clear, alternatives: shown.byHand ? [] : (estimate?.alternatives ?? []) });
      pick.value = track.edit.key ?? "";
      pick.disabled = track.edit.locked;
    },
  };
}

/** @param {HTMLElement} headline @param {ReturnType<typeof shownKey>} shown @param {Notation} notation */
function writeAnswer(headline, { key, clear }, notation) {
  const big = part(headline, "key-answer", HTMLElement);
  const lit = key !== null && clear;
  big.classList.toggle("big--words", !lit || notation === "musical");
  big.classList.toggle("tile", lit);
  big.dataset.wheel = lit ? String(key.wheel) : "";
  setText(big, key === null ? "No key" : clear ? keyAnswer(key, notation) : "No clear key");
  const names = key === null ? "Too little pitched sound"
    : clear ? keyOtherNames(key, notation) : `Closest: ${keyAnswer(key, notation)}, ${keyOtherNames(key, notation)}`;
  setText(part(headline, "key-names", HTMLElement), names);
}

/**
 * @param {HTMLElement} element
 * @param {ReturnType<typeof shownKey>} shown
 * @param {KeyEstimate|null} estimate
 * @param {Notation} notation
 */
function writeGuesses(element, { key, byHand }, estimate, notation) {
  const guesses = (estimate?.alternatives ?? []).filter((guess) => guess.key.name !== key?.name).slice(0, MOST_GUESSES);
  const rows = guesses.map((guess) => guessRow(guess.key, guessText(guess), notation));
  if (byHand && estimate) rows.unshift(guessRow(estimate.key, "as analysed", notation));
  part(element, "key-others", HTMLElement).hidden = rows.length === 0;
  part(element, "key-guesses", HTMLElement).replaceChildren(...rows);
}

/** @param {Key} key @param {string} words @param {Notation} notation */
function guessRow(key, words, notation) {
  const chip = make("span", { class: "chip", "data-wheel": key.wheel }, keyChip(key, notation));
  const text = make("span", { class: "guess__words" }, notation === "musical" ? words : `${key.symbol}, ${words}`);
  return make("li", {}, make("button", { type: "button", class: "guess", "data-key": key.name, title: `Set the key to ${key.symbol}` }, chip, text));
}

/** @param {HTMLElement} element @param {Key|null} key @param {Notation} notation */
function writeMixes(element, key, notation) {
  /** @type {ReadonlyArray<string>} */
  const names = key ? (COMPATIBLE[key.name] ?? []) : [];
  const keys = names.map((name) => KEYS.find((each) => each.name === name)).filter((each) => each !== undefined);
  part(element, "key-mixes", HTMLElement).hidden = keys.length === 0;
  part(element, "key-chips", HTMLElement).replaceChildren(...keys.map((each) =>
    make("li", { class: "chip", "data-wheel": each.wheel, title: each.symbol }, keyChip(each, notation))));
}

/** All keys in the order of the chosen notation's wheel. @param {HTMLSelectElement} pick @param {Notation} notation */
function fillPicker(pick, notation) {
  const chosen = pick.value;
  const field = notation === "openKey" ? "openKey" : "camelot";
  const sorted = [...KEYS].sort((a, b) => Number.parseInt(a[field], 10) - Number.parseInt(b[field], 10) || a.mode.localeCompare(b.mode) * -1);
  const options = sorted.map((key) => {
    const text = notation === "musical" ? key.symbol : `${keyChip(key, notation)}  ${key.symbol}`;
    return make("option", { value: key.name }, text);
  });
  pick.replaceChildren(make("option", { value: "" }, "As analysed"), ...options);
  pick.value = chosen;
}
