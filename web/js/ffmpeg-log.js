/**
 * Reading what FFmpeg says: what a file is, and why it cannot be decoded. Pure.
 */

import { nameFfmpegFormat } from "./format-names.js";
import { UnreadableError, UnusableError } from "./media-errors.js";

/**
 * What FFmpeg said of its input.
 * @typedef {object} Source
 * @property {string} format
 * @property {boolean} bits16              the samples are 16-bit integers
 * @property {number|null} durationSeconds
 */

/**
 * Read FFmpeg's own description of a file; throws what a person should hear when there is no audio in it.
 * @param {string[]} lines
 * @returns {Source}
 */
export function readLog(lines) {
  const container = /^Input #0, ([a-z0-9_]+)/m.exec(lines.join("\n"))?.[1];
  const audio = lines.map((line) => /Stream #0:\d+.*: Audio: (\w+)(.*)/.exec(line)).find((match) => match !== null);
  if (container === undefined || !audio) throw failure(lines);
  const [, codec = "", rest = ""] = audio;
  const length = /Duration: (\d+):(\d+):([\d.]+)/.exec(lines.join("\n"));
  return {
    format: nameFfmpegFormat(container, codec),
    bits16: /, s16p?\b/.test(rest) && /^(pcm|alac|flac|ape|wavpack|tta|wmalossless)/.test(codec),
    durationSeconds: length ? Number(length[1]) * 3600 + Number(length[2]) * 60 + Number(length[3]) : null,
  };
}

/** Words in FFmpeg's log, and what they mean to the person. @type {ReadonlyArray<[RegExp, string]>} */
const MEANINGS = [
  [/DRM protected|encrypted|drms|\(enca/i, "% is locked by copy protection (DRM) and cannot be decoded."],
  [/moov atom not found/, "% is cut off: the part that says how to read it is missing. Copy or download it again."],
  [/Stream #0:\d+.*: Video/, "% has no audio track, only pictures."],
  [/Decoder \((?:codec )?(\w+)\) not found|Unknown: none|no decoder/i, "% uses a kind of compression that Keylight has no decoder for."],
];

/** The error that a log without audio amounts to. @param {string[]} lines @returns {Error} */
export function failure(lines) {
  const log = lines.join("\n");
  const meaning = MEANINGS.find(([pattern]) => pattern.test(log));
  if (meaning) return new UnusableError(meaning[1]);
  return new UnreadableError(lines.findLast((line) => /error|invalid/i.test(line)) ?? "FFmpeg found no audio in it.");
}

/** What a person should know of a conversion that went through. @param {string[]} lines */
export function warningsOf(lines) {
  // "corrupt input packet" is also a last packet that is merely short.
  const bad = lines.filter((line) => /error while decoding|invalid data|corrupt decoded|Header missing/i.test(line)).length;
  return bad === 0 ? [] : [`Parts of the file are damaged: ${bad} ${bad === 1 ? "piece" : "pieces"} could not be decoded.`];
}
