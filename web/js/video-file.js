/**
 * A project as a file of its own, `NAME.keylight`: a ZIP with `project.json`, its media below `media/`, and the song
 * where it is wanted.
 * @import {Project} from "./protocol.js"
 */
import { makeZip, readZip } from "./video-zip.js";

export const PROJECT_ENDING = ".keylight";
const DOCUMENT = "project.json";
const MEDIA = "media/";

/** @typedef {{text: string, files: Map<string, Blob>}} ProjectFile text: the project, unchecked */

/** @param {Project} project @param {ReadonlyMap<string, Blob>} files by their media's ids @returns {Promise<Blob>} */
export async function saveProjectFile(project, files) {
  const document = new Blob([JSON.stringify(project, null, 1)], { type: "application/json" });
  const media = project.media.flatMap(({ id }) => {
    const blob = files.get(id);
    return blob ? [{ name: `${MEDIA}${id}`, blob }] : [];
  });
  return makeZip([{ name: DOCUMENT, blob: document }, ...media]);
}

/** A project file, or a bare project as JSON. @param {Blob} blob @returns {Promise<ProjectFile>} */
export async function openProjectFile(blob) {
  const head = new Uint8Array(await blob.slice(0, 4).arrayBuffer());
  if (head[0] !== 0x50 || head[1] !== 0x4b) return { text: await blob.text(), files: new Map() };
  const entries = await readZip(blob);
  const document = entries.find(({ name }) => name === DOCUMENT);
  if (!document) throw new Error("This ZIP holds no Keylight project.");
  const files = entries.filter(({ name }) => name.startsWith(MEDIA)).map(({ name, blob: content }) => /** @type {const} */ ([name.slice(MEDIA.length), content]));
  return { text: await document.blob.text(), files: new Map(files) };
}

/** A name that every system takes. @param {string} name */
export function fileName(name) {
  const plain = name.replace(/[\\/:*?"<>|\u0000-\u001f]+/g, " ").replace(/\s+/g, " ").trim().replace(/^\.+/, "").slice(0, 80);
  return plain || "Video";
}

/** Hand a blob to the browser's downloads. @param {Blob} blob @param {string} name */
export function download(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** SHA-256 in hexadecimal, for finding a file again; "" where the page's address is not secure. @param {Blob} blob */
export async function sha256(blob) {
  if (!globalThis.crypto?.subtle) return "";
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", await blob.arrayBuffer()));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
