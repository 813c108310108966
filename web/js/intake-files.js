/**
 * Which files become tracks: rules about names, and the walk through dropped folders. No document is touched here.
 */
import { countText } from "./labels.js";

/** @typedef {{file: File, name: string, fromFolder: boolean}} Found name: with the folder where one was given */
/** @typedef {{accepted: Found[], notice: string|null, refused: boolean}} Intake refused: nothing was taken */

/** For the file picker and for people. */
export const AUDIO_ENDINGS = Object.freeze([
  "mp3", "m4a", "m4b", "aac", "flac", "wav", "wave", "aif", "aiff", "aifc", "ogg", "oga", "opus", "wma", "caf", "mka",
  "weba", "ac3", "wv", "ape", "mp2",
]);
/** Containers of film that may be asked for by name but are not searched for in folders. */
const VIDEO_ENDINGS = Object.freeze(["mp4", "m4v", "mov", "webm", "mkv"]);
export const FORMATS_TEXT = "MP3, M4A, AAC, FLAC, WAV, AIFF, OGG and Opus";

/** @param {string} path */
function ending(path) {
  const base = path.slice(path.lastIndexOf("/") + 1);
  return base.includes(".") ? base.slice(base.lastIndexOf(".") + 1).toLowerCase() : "";
}

/** Files that systems leave behind, at any depth: .DS_Store, ._song.mp3, Thumbs.db. @param {string} path */
export function isHidden(path) {
  return path.split("/").some((name) => name.startsWith(".") || name === "__MACOSX") || /(^|\/)(thumbs\.db|desktop\.ini)$/i.test(path);
}

/** @param {{name: string, type: string}} file @param {boolean} fromFolder */
export function isAudio(file, fromFolder) {
  const end = ending(file.name);
  if (AUDIO_ENDINGS.includes(end) || (file.type.startsWith("audio/") && !/mpegurl|scpls|midi/.test(file.type))) return true;
  return !fromFolder && (VIDEO_ENDINGS.includes(end) || file.type.startsWith("video/"));
}

/** Two picks of the same file are one track. @param {File} file @param {string} name */
export function identity(file, name) {
  return `${name}\n${file.size}\n${file.lastModified}`;
}

/**
 * Choose the audio among what was given and say what was left out.
 * @param {ReadonlyArray<Found>} found
 * @param {ReadonlySet<string>} known  identities already in the list
 * @returns {Intake}
 */
export function chooseAudio(found, known) {
  const visible = found.filter(({ name }) => !isHidden(name));
  const audio = visible.filter(({ file, fromFolder }) => isAudio(file, fromFolder));
  const seen = new Set(known);
  const accepted = audio.filter(({ file, name }) => {
    const id = identity(file, name);
    if (seen.has(id)) return false;
    seen.add(id);
    return true;
  });
  const [only] = visible;
  if (visible.length === 1 && audio.length === 0 && only && !only.fromFolder) {
    return { accepted, refused: true, notice: `“${only.name}” is not an audio file. Keylight reads ${FORMATS_TEXT}.` };
  }
  if (audio.length === 0) {
    return { accepted, refused: true, notice: `No audio was found there. Keylight reads ${FORMATS_TEXT}.` };
  }
  const [others, repeats] = [visible.length - audio.length, audio.length - accepted.length];
  const parts = [
    ...(others > 0 ? [`${countText(others, "other file")} left out`] : []),
    ...(repeats > 0 ? [`${countText(repeats, "file")} already in the list`] : []),
  ];
  const added = accepted.length > 0 ? [`${countText(accepted.length, "file")} added`] : [];
  return { accepted, refused: accepted.length === 0, notice: parts.length > 0 ? `${[...added, ...parts].join(", ")}.` : null };
}

/**
 * Every file of a drop or a paste, folders walked in the order of their names. Must be called in the event's own
 * turn: the items are gone after it.
 * @param {DataTransfer} transfer
 * @returns {Promise<{found: Found[], unreadable: number}>}
 */
export async function filesOfTransfer(transfer) {
  const items = [...transfer.items].filter((item) => item.kind === "file");
  const entries = items.map((item) => ({ entry: item.webkitGetAsEntry?.() ?? null, file: item.getAsFile() }));
  if (items.length === 0) return { found: [...transfer.files].map((file) => single(file)), unreadable: 0 };
  const counter = { unreadable: 0 };
  /** @type {Found[]} */
  const found = [];
  for (const { entry, file } of entries) {
    if (entry?.isDirectory) await walk(entry, found, counter);
    else if (file) found.push(single(file));
    else counter.unreadable += 1;
  }
  return { found, unreadable: counter.unreadable };
}

/** Files of `<input type=file>`, with or without `webkitdirectory`. @param {Iterable<File>} files @returns {Found[]} */
export function filesOfInput(files) {
  const found = [...files].map((file) =>
    file.webkitRelativePath ? { file, name: file.webkitRelativePath, fromFolder: true } : single(file));
  return found.sort(byName);
}

/** @param {File} file @returns {Found} */
function single(file) {
  return { file, name: file.name, fromFolder: false };
}

const COLLATOR = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

/** @param {{name: string}} a @param {{name: string}} b */
function byName(a, b) {
  return COLLATOR.compare(a.name, b.name);
}

/**
 * @param {any} entry a FileSystemEntry
 * @param {Found[]} found
 * @param {{unreadable: number}} counter
 */
async function walk(entry, found, counter) {
  const name = entry.fullPath.replace(/^\//, "");
  if (isHidden(name)) return;
  try {
    if (entry.isFile) {
      /** @type {File} */
      const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
      found.push({ file, name, fromFolder: true });
      return;
    }
    for (const child of await children(entry)) await walk(child, found, counter);
  } catch {
    counter.unreadable += 1;
  }
}

/** `readEntries` hands out a hundred at a time. @param {any} directory @returns {Promise<any[]>} */
async function children(directory) {
  const reader = directory.createReader();
  const all = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return all.sort(byName);
    all.push(...some);
  }
}
