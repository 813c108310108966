/**
 * How the mixer shows numbers: meters, faders in words, places in the song. Pure.
 * @import {Loop} from "./mixer-types.js"
 */
import { LOWEST_DB } from "./mixer-gains.js";
import { formatTime } from "./waveform-geometry.js";

/** Peaks fall 20 dB in 1.7 s (IEC 60268-10, Type I). */
const FALL_DB_PER_SECOND = 20 / 1.7;
/** The meter's scale by pieces: from this level on, this share of the height, so many shares per dB (IEC 60268-18). @type {ReadonlyArray<readonly [number, number, number]>} */
const SCALE = [[-20, 0.5, 0.025], [-30, 0.3, 0.02], [-40, 0.15, 0.015], [-50, 0.075, 0.0075], [-60, 0.025, 0.005], [-70, 0, 0.0025]];
const SILENT_DB = -70;

/** How high a meter stands. @param {number} db of full scale @returns {number} 0-1 */
export function meterShare(db) {
  const piece = SCALE.find(([from]) => db >= from);
  return piece ? Math.min(1, piece[1] + (db - piece[0]) * piece[2]) : 0;
}

/**
 * What a meter shows: up at once, down evenly.
 * @param {number} shownDb @param {number} peak the loudest sample since @param {number} seconds since
 * @returns {number} dB
 */
export function meterDb(shownDb, peak, seconds) {
  const fallen = Math.max(SILENT_DB, shownDb - FALL_DB_PER_SECOND * seconds);
  return peak > 0 ? Math.max(fallen, 20 * Math.log10(peak)) : fallen;
}

export const METER_REST_DB = SILENT_DB;

/** @param {number} db @returns {string} "−3.0 dB" */
export function gainText(db) {
  if (db <= LOWEST_DB) return "−∞ dB";
  return `${db > 0 ? "+" : db < 0 ? "−" : ""}${Math.abs(db).toFixed(1)} dB`;
}

/** @param {number} pan @returns {string} "C", "L 30" */
export function panText(pan) {
  const share = Math.round(Math.abs(pan) * 100);
  return share === 0 ? "C" : `${pan < 0 ? "L" : "R"} ${share}`;
}

/** @param {number} pan @returns {string} for screen readers */
export function spokenPan(pan) {
  const share = Math.round(Math.abs(pan) * 100);
  return share === 0 ? "Centre" : `${share} % ${pan < 0 ? "left" : "right"}`;
}

/** @param {number} speed @returns {string} "75 %" */
export function speedText(speed) {
  return `${Math.round(speed * 100)}\u00a0%`;
}

/** @param {Loop} loop @returns {string} "0:12.5 – 0:20.0" */
export function loopText({ startSeconds, endSeconds }) {
  return `${formatTime(startSeconds, 1)} – ${formatTime(endSeconds, 1)}`;
}

/** A part of a name that every file system takes. @param {string} text */
export function fileText(text) {
  // Control characters, what Windows forbids, and dots or spaces at the ends.
  const clean = text.replace(/[\u0000-\u001f\u007f<>:"/\\|?*]/g, " ").replace(/\s+/g, " ").replace(/^[. ]+|[. ]+$/g, "");
  return clean.slice(0, 120) || "Untitled";
}
