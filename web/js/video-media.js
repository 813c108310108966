/**
 * Media of a video: the cover that a song's file carries, and files that are dropped.
 * @import {Scope} from "./scope.js"
 */
import { loadMediabunny } from "./media.js";

/** The picture in a song's own tags: its front cover, else the first there is. @param {Blob} song @returns {Promise<File|null>} */
export async function coverOf(song) {
  try {
    const lib = await loadMediabunny();
    const input = new lib.Input({ source: new lib.BlobSource(song), formats: lib.ALL_FORMATS });
    try {
      const { images = [] } = await input.getMetadataTags();
      const picture = images.find(({ kind }) => kind === "coverFront") ?? images[0];
      return picture ? new File([new Uint8Array(picture.data)], "Cover of the song", { type: picture.mimeType }) : null;
    } finally {
      input.dispose();
    }
  } catch {
    return null; // a song without tags has no cover
  }
}

/** Files dropped on the editor are for the video, not songs for the list. @param {HTMLElement} section @param {(files: File[]) => void} take @param {Scope} scope */
export function mountDrop(section, take, scope) {
  for (const type of ["dragenter", "dragleave", "dragover", "drop"]) {
    scope.on(section, type, (/** @type {DragEvent} */ event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      event.stopPropagation();
      section.toggleAttribute("data-over", type === "dragenter" || type === "dragover");
      if (type === "drop") take([...event.dataTransfer.files]);
    });
  }
}
