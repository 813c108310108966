/**
 * What a file's own tags say of it: a few short, clean strings, whatever the tagger wrote.
 * @import {Input, MetadataTags} from "mediabunny"
 * @import {AudioTags} from "./types.js"
 */

export const LONGEST_TAG = 300;

/** Names of the tags in ID3 (v2.3 and v2.2), Vorbis comments, RIFF INFO and Matroska, the better first. */
const KEY_NAMES = ["INITIALKEY", "INITIAL_KEY", "INITIAL KEY", "TKEY", "TKE", "KEY"];
const BPM_NAMES = ["TBPM", "TBP", "BPM", "TEMPO"];

/** @param {Input} input @returns {Promise<AudioTags|null>} null: none, or none that can be read */
export async function readTags(input) {
  const read = () => input.getMetadataTags();
  // A frame that cannot be read ends the first try; the second answers what lay before it.
  const found = await read().catch(read).catch(() => null);
  return found && cleanTags(found);
}

/** @param {MetadataTags} found @returns {AudioTags|null} */
export function cleanTags({ title, artist, album, beatsPerMinute, raw = {} }) {
  const all = byName(raw);
  /** @type {AudioTags} */
  const tags = {};
  const put = (/** @type {keyof AudioTags} */ field, /** @type {unknown[]} */ values) => {
    const text = values.map(cleanText).find((value) => value !== "");
    if (text !== undefined) tags[field] = text;
  };
  put("title", [title]);
  put("artist", [artist]);
  put("album", [album]);
  put("key", KEY_NAMES.map((name) => all.get(name)));
  // The raw text first: `beatsPerMinute` has lost its decimals.
  put("bpm", [...BPM_NAMES.map((name) => all.get(name)), beatsPerMinute]);
  return Object.keys(tags).length === 0 ? null : tags;
}

/**
 * The texts among the raw tags, by upper-case name; ID3's own descriptions (TXXX) beside the others.
 * @param {NonNullable<MetadataTags["raw"]>} raw @returns {Map<string, string>}
 */
function byName(raw) {
  /** @type {Map<string, string>} */
  const all = new Map();
  const entries = Object.entries(raw);
  for (const [name, value] of [...entries, ...Object.entries(recordOf(raw["TXXX"]))]) {
    const text = Array.isArray(value) ? value[0] : value;
    if (typeof text === "string" && !all.has(name.toUpperCase())) all.set(name.toUpperCase(), text);
  }
  return all;
}

/** @param {unknown} value @returns {Record<string, unknown>} */
function recordOf(value) {
  return typeof value === "object" && value !== null && !ArrayBuffer.isView(value) ? /** @type {any} */ (value) : {};
}

/**
 * One line without control characters, at most LONGEST_TAG characters.
 * @param {unknown} value
 * @example cleanText(" Caf\u00c3\u00a9\u0000") // "Café"
 */
export function cleanText(value) {
  if (typeof value !== "string" && typeof value !== "number") return "";
  const text = withoutMojibake(String(value).slice(0, 4 * LONGEST_TAG)).replace(/[\p{Cc}\p{Cs}\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffd]+/gu, " ");
  return [...text.replace(/\s+/g, " ").trim()].slice(0, LONGEST_TAG).join("").trim();
}

/** Taggers write UTF-8 where Latin-1 is declared: Latin-1 that is valid UTF-8 is UTF-8. @param {string} text */
function withoutMojibake(text) {
  if (!/[\u0080-\u00ff]/.test(text) || /[^\u0000-\u00ff]/.test(text)) return text;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(text, (letter) => letter.charCodeAt(0)));
  } catch {
    return text;
  }
}
