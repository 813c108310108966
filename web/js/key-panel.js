/**
 * The key: the answer in large, how sure it is, what else it could be, what mixes with it, and a choice by hand.
 * @import {Scope} from "./scope.js"
 * @import {Store, Notation} from "./store.js"
 * @import {Key, KeyEstimate} from "./protocol.js"
 * @import {Track} from "./types.js"
 * @import {Edits} from "./edits.js"
 * @import {Notices} from "./notices.js"
 */
import { keyPathText, modulates, reasonText } from "./detail-labels.js";
import { part, setText } from "./dom.js";
import { clockText, keyAnswer, keyChip, keyOtherNames, likelihoodText, shownKey } from "./labels.js";
import { UNDO } from "./notices.js";
import { COMPATIBLE, KEYS } from "./protocol.js";
import { mountSureness } from "./sureness.js";
import { mountWheel } from "./wheel.js";
import { make } from "./widget-dom.js";

const MOST_GUESSES = 3;

/**
 * @param {HTMLElement} element
 * @param {{
 *   store: Store, edits: Edits, notices: Notices, headline: HTMLElement, onMix: (names: ReadonlyArray<string>) => void,
 *   onSeek: (seconds: number) => void,
 * }} deps  headline: where the answer stands. onMix: show the tracks in these keys
 * @param {Scope} scope
 */
export function mountKeyPanel(element, { store, edits, notices, headline, onMix, onSeek }, scope) {
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
    notices.say(text, { label: UNDO, run: () => edits.setKey(track.id, before) });
  };

  const wheel = mountWheel(part(element, "wheel", HTMLElement), { onPick: (/** @type {Key} */ key) => setKey(key.name) }, scope);
  fillPicker(pick, store.settings.notation);
  scope.on(pick, "change", () => setKey(pick.value || null));
  scope.on(element, "click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-key]") : null;
    if (button) setKey(button.getAttribute("data-key"));
    const mix = event.target instanceof Element ? event.target.closest("[data-mix]") : null;
    if (mix) onMix((mix.getAttribute("data-mix") ?? "").split(","));
    const span = event.target instanceof Element ? event.target.closest("[data-seconds]") : null;
    if (span) onSeek(Number(span.getAttribute("data-seconds")));
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
      setText(part(headline, "key-file", HTMLElement), track.tags?.key ? `File says ${track.tags.key}` : "");
      writeGuesses(element, track, notation);
      writePath(element, estimate, notation, shown.byHand);
      writeMixes(element, shown.clear ? shown.key : null, notation);
      wheel.show(shown.key, { clear: shown.clear, alternatives: shown.byHand || !shown.clear ? [] : likelyGuesses(estimate) });
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
    : clear ? keyOtherNames(key, notation) : `Closest guess: ${keyAnswer(key, notation)}, ${keyOtherNames(key, notation)}`;
  setText(part(headline, "key-names", HTMLElement), names);
}

/** Runners-up worth showing. @param {KeyEstimate|null} estimate */
function likelyGuesses(estimate) {
  return (estimate?.alternatives ?? []).filter((guess) => likelihoodText(guess) !== null);
}

/**
 * Relations are to the analysed key, so they go when another is shown; of an unclear key nothing is called likely.
 * @param {HTMLElement} element @param {Track} track @param {Notation} notation
 */
function writeGuesses(element, track, notation) {
  const { key, byHand, clear } = shownKey(track);
  const { locked } = track.edit;
  const estimate = track.analysis?.key ?? null;
  const guesses = likelyGuesses(estimate).filter((guess) => guess.key.name !== key?.name).slice(0, MOST_GUESSES);
  const rows = guesses.map((guess) => {
    const reason = byHand ? "" : guess.reason;
    const words = clear ? [byHand || reason ? null : guess.relation, likelihoodText(guess)] : [];
    return guessRow(guess.key, words.filter((word) => word !== null), { notation, locked, reason });
  });
  const moved = byHand && estimate !== null && estimate.key.name !== key?.name;
  if (moved) rows.unshift(guessRow(estimate.key, ["back to this"], { notation, locked, reason: "" }));
  setText(part(element, "key-others-title", HTMLElement), byHand && estimate ? `As analysed: ${estimate.key.symbol}` : "Could also be");
  part(element, "key-others", HTMLElement).hidden = rows.length === 0;
  part(element, "key-guesses", HTMLElement).replaceChildren(...rows);
}

/** @param {Key} key @param {ReadonlyArray<string>} words @param {{notation: Notation, locked: boolean, reason: string}} how */
function guessRow(key, words, { notation, locked, reason }) {
  const chip = make("span", { class: "chip", "data-wheel": key.wheel }, keyChip(key, notation));
  const name = notation === "musical" && words.length > 0 ? [] : [key.symbol];
  const text = make("span", { class: "guess__words" }, [...name, ...words].join(", "));
  const why = reason === "" ? [] : [make("span", { class: "guess__why" }, reasonText(reason))];
  return make("li", {}, make("button", {
    type: "button", class: "guess", "data-key": key.name, title: `Set the key to ${key.symbol}`, disabled: locked,
  }, chip, make("span", { class: "guess__text" }, text, ...why)));
}

/** What a mix meets at either end, and where the key changes. @param {HTMLElement} element @param {KeyEstimate|null} estimate @param {Notation} notation @param {boolean} byHand */
function writePath(element, estimate, notation, byHand) {
  const text = keyPathText(estimate, notation);
  const spans = estimate && modulates(estimate) ? estimate.timeline : [];
  part(element, "key-time", HTMLElement).hidden = text === "";
  setText(part(element, "key-time-title", HTMLElement), byHand ? "Over the song, as analysed" : "Over the song");
  setText(part(element, "key-path", HTMLElement), text);
  const list = part(element, "key-spans", HTMLElement);
  list.hidden = spans.length === 0;
  list.replaceChildren(...spans.map(({ key, startSeconds }) => {
    const time = clockText(startSeconds);
    return make("li", {}, make("button", {
      type: "button", class: "keyspan", "data-seconds": startSeconds, title: `${key.symbol} from ${time} on: go there`,
    }, make("span", { class: "chip", "data-wheel": key.wheel }, keyChip(key, notation)), time));
  }));
}

/** @param {HTMLElement} element @param {Key|null} key @param {Notation} notation */
function writeMixes(element, key, notation) {
  /** @type {ReadonlyArray<string>} */
  const names = key ? (COMPATIBLE[key.name] ?? []) : [];
  const keys = names.map((name) => KEYS.find((each) => each.name === name)).filter((each) => each !== undefined);
  const others = keys.filter((each) => each !== key);
  const chips = others.map((each) => mixButton([each.name], keyChip(each, notation), `Show the tracks in ${each.symbol}`, each.wheel));
  if (key) {
    chips.push(mixButton([key.name], "Same key", `Show the tracks in ${key.symbol}`));
    chips.push(mixButton(names, "All of these", `Show all tracks that mix with ${key.symbol}`));
  }
  part(element, "key-mixes", HTMLElement).hidden = keys.length === 0;
  part(element, "key-chips", HTMLElement).replaceChildren(...chips);
}

/** @param {ReadonlyArray<string>} names @param {string} text @param {string} title @param {number} [wheel] */
function mixButton(names, text, title, wheel) {
  const kind = wheel === undefined ? "button button--small" : "chip chip--button";
  return make("li", {}, make("button", { type: "button", class: kind, "data-mix": names.join(","), "data-wheel": wheel ?? null, title }, text));
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
