/**
 * What is known of the beat beside its tempo: metre, how far beats and bars can be trusted, and how the tempo drifts.
 * @import {RhythmEstimate} from "./protocol.js"
 * @import {Scope} from "./scope.js"
 */
import { driftText } from "./detail-labels.js";
import { setText } from "./dom.js";
import { mountSureness } from "./sureness.js";
import { tempoPath } from "./timeline-geometry.js";
import { make, makeSvg } from "./widget-dom.js";

/** The curve's own units; CSS stretches it. */
const CURVE = Object.freeze({ width: 240, height: 36, margin: 4 });

/** @param {HTMLElement} element @param {object} _deps @param {Scope} scope */
export function mountTempoFacts(element, _deps, scope) {
  const [metre, measured] = [make("dd", {}), make("dd", {})];
  const [beats, bars] = [make("dd", {}), make("dd", {})];
  const [beatsSure, barsSure] = [mountSureness(beats, scope), mountSureness(bars, scope)];
  const path = makeSvg("path", { class: "tempocurve__line", fill: "none", "vector-effect": "non-scaling-stroke" });
  const curve = makeSvg("svg", { class: "tempocurve", viewBox: `0 0 ${CURVE.width} ${CURVE.height}`, preserveAspectRatio: "none", "aria-hidden": "true" }, path);
  const drift = make("dd", {});
  const driftRow = make("div", { class: "tempofact tempofact--wide" }, make("dt", {}, "Tempo over the song"), drift, curve);
  const row = (/** @type {string} */ name, /** @type {HTMLElement} */ value, /** @type {string} */ title) =>
    make("div", { class: "tempofact", title }, make("dt", {}, name), value);
  element.replaceChildren(
    row("Metre", metre, "Time signature"), row("Measured", measured, "Tempo by regression over all beats"), row("Beats", beats, "How far the single beats can be trusted"),
    row("Bar starts", bars, "How far the first beat of the bar can be trusted"), driftRow,
  );
  return {
    /** @param {RhythmEstimate|null} rhythm @param {number} durationSeconds */
    show(rhythm, durationSeconds) {
      element.hidden = rhythm === null || !rhythm.clear;
      if (rhythm === null) return;
      setText(metre, rhythm.timeSignature);
      setText(measured, rhythm.measuredBpm.toFixed(2));
      beatsSure.show(rhythm.source === "hand" ? "As set by hand" : rhythm.beatConfidence);
      barsSure.show(rhythm.downbeatConfidence);
      const text = driftText(rhythm);
      driftRow.hidden = text === "";
      setText(drift, `${text} BPM`);
      if (text !== "" && durationSeconds > 0) path.setAttribute("d", tempoPath(rhythm.tempoMap, durationSeconds, CURVE));
    },
  };
}
