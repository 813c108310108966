/**
 * One row of the list: what it says of a track.
 * @import {Track} from "./types.js"
 * @import {Notation} from "./store.js"
 */
import { isDeepening } from "./analysis-queue.js";
import { part, setIcon, setText, stamp } from "./dom.js";
import { bpmText, clockText, keyChip, nameParts, shownKey, sizeText, trackTitle, unclearText } from "./labels.js";

/** @typedef {{notation: Notation, ready: boolean}} RowView ready: the engine is up */

/** What the row's first button does in each state; the second one always removes. */
const ACTS = Object.freeze({
  waiting: { act: "cancel", icon: "stop", label: "Cancel" },
  working: { act: "cancel", icon: "stop", label: "Cancel" },
  failed: { act: "retry", icon: "retry", label: "Try again" },
  cancelled: { act: "retry", icon: "retry", label: "Analyse" },
  done: { act: "again", icon: "retry", label: "Analyse again" },
});

/** @param {Track} track */
export function makeRow(track) {
  const element = stamp("track-row");
  element.dataset.id = String(track.id);
  element.id = `track-${track.id}`;
  element.title = track.name;
  return element;
}

/**
 * What the second line says: the state, or what is known.
 * @param {Track} track @param {boolean} ready
 */
export function stateText(track, ready) {
  switch (track.state) {
    case "waiting": return ready ? "Waiting" : "Waiting for the engine";
    case "working": return track.stage || "Working";
    case "failed": return track.error ?? "Failed";
    case "cancelled": return "Cancelled";
    default: return "";
  }
}

/** @param {HTMLElement} element @param {Track} track @param {RowView} view */
export function fillRow(element, track, { notation, ready }) {
  element.dataset.state = track.state;
  element.dataset.details = track.deepening.state;
  const { ending } = nameParts(track.name);
  const facts = track.analysis ? clockText(track.analysis.durationSeconds) : sizeText(track.file.size);
  const doneText = [unclearText(track), track.tags?.artist, facts, ending, track.edit.locked && "locked"].filter(Boolean).join(" · ");
  setText(part(element, "row-title", HTMLElement), trackTitle(track));
  setText(part(element, "row-sub", HTMLElement), track.state === "done" ? doneText : stateText(track, ready));
  const bar = part(element, "row-bar", HTMLProgressElement);
  bar.hidden = track.state !== "working";
  bar.value = track.fraction;
  fillAnswers(element, track, notation);
  const { act, icon, label } = ACTS[track.state];
  const button = element.querySelector('[data-row="act"], [data-act]');
  if (button instanceof HTMLButtonElement && button.dataset.act !== act) {
    button.dataset.act = act;
    setIcon(button, icon);
    button.title = label;
    button.setAttribute("aria-label", `${label}: ${track.name}`);
  }
  const remove = element.querySelector('[data-row="remove"]');
  if (remove instanceof HTMLButtonElement && !remove.title) {
    remove.title = "Remove";
    remove.setAttribute("aria-label", `Remove: ${track.name}`);
  }
}

/** @param {HTMLElement} element @param {Track} track @param {Notation} notation */
function fillAnswers(element, track, notation) {
  const { key, clear } = shownKey(track);
  const chip = part(element, "row-key", HTMLElement);
  chip.hidden = key === null;
  setText(chip, key ? keyChip(key, notation) : "");
  chip.dataset.wheel = key ? String(key.wheel) : "";
  chip.classList.toggle("chip--unclear", !clear);
  chip.title = key ? (clear ? key.symbol : `No clear key, closest is ${key.symbol}`) : "";
  const rhythm = track.analysis?.rhythm ?? null;
  const bpm = part(element, "row-bpm", HTMLElement);
  setText(bpm, rhythm ? bpmText(rhythm) : track.analysis ? "–" : "");
  bpm.classList.toggle("unclear", rhythm !== null && !rhythm.clear);
  bpm.title = rhythm && !rhythm.clear ? "No clear beat" : "";
  const energy = track.analysis?.mood?.energy ?? null;
  const none = track.analysis ? (isDeepening(track) ? "…" : "–") : "";
  setText(part(element, "row-energy", HTMLElement), energy ? String(Math.round(energy.value)) : none);
}
