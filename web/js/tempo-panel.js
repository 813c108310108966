/**
 * The tempo: the answer in large, metre and drift, other readings of it, a value by hand and tapping, a range to expect. Every number comes from Python.
 * @import {Scope} from "./scope.js"
 * @import {Store} from "./store.js"
 * @import {RhythmEstimate} from "./protocol.js"
 * @import {Track} from "./types.js"
 * @import {Edits} from "./edits.js"
 * @import {Notices} from "./notices.js"
 */
import { driftText } from "./detail-labels.js";
import { part, setText } from "./dom.js";
import { bpmText, tagBpmText, TEMPO_LABELS, TEMPO_ORDER } from "./labels.js";
import { UNDO } from "./notices.js";
import { HIGHEST_BPM, LOWEST_BPM } from "./protocol.js";
import { mountSureness } from "./sureness.js";
import { mountTempoFacts } from "./tempo-facts.js";
import { mountTempoRange } from "./tempo-range.js";
import { make } from "./widget-dom.js";

/**
 * A typed tempo, with a comma or a point.
 * @param {string} text
 * @returns {{bpm: number, error: null}|{bpm: null, error: string}}
 */
export function readBpm(text) {
  const trimmed = text.trim().replace(",", ".");
  if (trimmed === "") return { bpm: null, error: "Type a tempo, for example 128 or 127.5." };
  if (!/^\d+(\.\d+)?$/.test(trimmed)) return { bpm: null, error: `“${text.trim()}” is not a number. Type a tempo such as 127.5.` };
  const bpm = Number(trimmed);
  if (bpm < LOWEST_BPM || bpm > HIGHEST_BPM) {
    return { bpm: null, error: `${trimmed} BPM is out of range. Choose ${LOWEST_BPM} to ${HIGHEST_BPM}.` };
  }
  return { bpm, error: null };
}

/**
 * @param {HTMLElement} element
 * @param {{store: Store, edits: Edits, notices: Notices, headline: HTMLElement}} deps  headline: where the answer stands
 * @param {Scope} scope
 */
export function mountTempoPanel(element, { store, edits, notices, headline }, scope) {
  const sureness = mountSureness(part(headline, "bpm-sure", HTMLElement), scope);
  const facts = mountTempoFacts(part(element, "tempo-facts", HTMLElement), {}, scope);
  const range = mountTempoRange(part(element, "tempo-range", HTMLElement), { store }, scope);
  const form = part(element, "bpm-form", HTMLFormElement);
  const input = part(element, "bpm-input", HTMLInputElement);
  const error = part(element, "bpm-error", HTMLElement);

  /** @param {string} text */
  const complain = (text) => {
    setText(error, text);
    input.setAttribute("aria-invalid", String(text !== ""));
  };

  /** @param {number} bpm */
  const setBpm = async (bpm) => {
    const track = store.selected;
    if (!track?.analysis) return;
    if (track.edit.locked) return notices.alert("The tempo is locked. Unlock it to change it.");
    complain("");
    const undo = edits.undoTempo(track.id);
    try {
      await edits.setBpm(track.id, bpm);
      const rhythm = store.track(track.id)?.analysis?.rhythm;
      if (rhythm) notices.say(`Tempo set to ${bpmText(rhythm)} BPM.`, { label: UNDO, run: () => void undo().catch(refuse) });
    } catch (reason) {
      refuse(reason);
    }
  };

  /** @param {unknown} reason */
  const refuse = (reason) => notices.alert(reason instanceof Error ? reason.message : String(reason));

  /** @param {RhythmEstimate["alternatives"][number]["relation"]} relation */
  const setRelation = (relation) => {
    const guess = store.selected?.analysis?.rhythm?.alternatives.find((each) => each.relation === relation);
    if (guess) void setBpm(guess.bpm);
  };

  scope.on(form, "submit", (event) => {
    event.preventDefault();
    const { bpm, error: text } = readBpm(input.value);
    if (bpm === null) {
      complain(text);
      input.focus();
    } else void setBpm(bpm);
  });
  scope.on(input, "input", () => complain(""));
  scope.on(element, "click", (event) => {
    const ratio = event.target instanceof Element ? event.target.closest("[data-relation]")?.getAttribute("data-relation") : null;
    if (ratio) setRelation(/** @type {any} */ (ratio));
  });
  scope.on(part(element, "bpm-reset", HTMLButtonElement), "click", () => {
    if (store.selected) edits.resetTempo(store.selected.id);
    notices.quietly("Tempo as analysed.");
  });

  return {
    setBpm,
    /** @param {"×1/2"|"×2"} relation */
    setRelation,
    /** @param {Track} track */
    show(track) {
      const rhythm = track.analysis?.rhythm ?? null;
      const { locked } = track.edit;
      writeAnswer(headline, rhythm);
      setText(part(headline, "bpm-file", HTMLElement), track.tags?.bpm ? `File says ${tagBpmText(track.tags.bpm)} BPM` : "");
      sureness.show(rhythm?.source === "hand" ? "Set by hand" : (rhythm?.confidence ?? null));
      facts.show(rhythm, track.analysis?.durationSeconds ?? 0);
      range.show(track);
      writeRatios(part(element, "ratios", HTMLElement), rhythm, locked);
      writeReset(part(element, "bpm-reset", HTMLButtonElement), rhythm, edits.analysed(track.id), locked);
      for (const control of form.elements) /** @type {HTMLInputElement} */ (control).disabled = locked;
      if (document.activeElement !== input) {
        input.value = rhythm ? bpmText(rhythm) : "";
        complain("");
      }
    },
  };
}

/** @param {HTMLElement} headline @param {RhythmEstimate|null} rhythm */
function writeAnswer(headline, rhythm) {
  const clear = rhythm?.clear ?? false;
  const big = part(headline, "bpm-answer", HTMLElement);
  big.parentElement?.classList.toggle("big--words", !clear);
  part(headline, "bpm-unit", HTMLElement).hidden = !clear;
  setText(big, rhythm === null ? "No beat" : clear ? bpmText(rhythm) : "No clear beat");
  setText(part(headline, "bpm-names", HTMLElement), rhythm === null ? "Tap one, or type it" : tempoWords(rhythm));
}

/** @param {RhythmEstimate} rhythm */
function tempoWords(rhythm) {
  if (!rhythm.clear) return `Closest guess: ${bpmText(rhythm)} BPM`;
  return [rhythm.steady ? "Steady grid" : driftText(rhythm) || "Drifting tempo", rhythm.timeSignature].join(" · ");
}

/** @param {HTMLElement} element @param {RhythmEstimate|null} rhythm @param {boolean} locked */
function writeRatios(element, rhythm, locked) {
  const guesses = rhythm?.alternatives ?? [];
  const buttons = TEMPO_ORDER.flatMap((relation) => {
    const guess = guesses.find((each) => each.relation === relation);
    if (!guess) return [];
    return [make("button", {
      type: "button", class: "ratio", "data-relation": relation, disabled: locked,
    }, make("span", { class: "ratio__name" }, TEMPO_LABELS[relation]), make("span", { class: "ratio__bpm" }, guess.bpm.toFixed(1)))];
  });
  // Pressing a ratio writes the row anew: the focus stays on the same ratio.
  const focused = element.contains(document.activeElement) ? document.activeElement?.getAttribute("data-relation") : null;
  element.replaceChildren(...buttons);
  if (element.parentElement) element.parentElement.hidden = buttons.length === 0;
  if (focused) (buttons.find((button) => button.dataset.relation === focused) ?? buttons[0])?.focus();
}

/** @param {HTMLButtonElement} button @param {RhythmEstimate|null} rhythm @param {RhythmEstimate|null} analysed @param {boolean} locked */
function writeReset(button, rhythm, analysed, locked) {
  button.hidden = rhythm?.source !== "hand" || locked;
  setText(button, analysed ? `Back to ${bpmText(analysed)} BPM as analysed` : "Back to the analysis");
}
