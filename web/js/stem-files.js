/**
 * Lanes of finished files: decoded where the mixer wants to hear them, as any track is.
 * @import {Lane} from "./mixer-types.js"
 */
import { openPlaySource } from "./play-source.js";
import { sourceLane } from "./stem-source.js";

/**
 * @param {Blob} blob FLAC, WAV, MP3 or M4A
 * @param {Pick<Lane, "name"|"label"|"peaks"|"file">} facts
 * @returns {Promise<Lane & {close: () => void}>}
 */
export async function openStemFile(blob, facts) {
  return sourceLane(await openPlaySource(blob), facts);
}
