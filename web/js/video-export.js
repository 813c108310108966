/**
 * Export of a video: rendered by the server behind this page, frame for frame what the preview shows.
 * @import {Scope} from "./scope.js"
 * @import {VideoModel} from "./video-model.js"
 */
import { ApiError } from "./jobs-api.js";

/** What a server that renders says of itself; until one does, the button explains. @typedef {{rendering?: boolean}} RenderCapabilities */

export const NO_RENDERER = "This server renders no videos yet. Save the project and render it with “python -m backend.gpu.render PROJECT.json SONG OUT.mp4”.";

/** @param {HTMLButtonElement} button @param {{model: VideoModel, ask: () => Promise<any>, say: (text: string) => void}} deps @param {Scope} scope */
export function mountExport(button, { ask, say }, scope) {
  scope.on(button, "click", async () => {
    button.disabled = true;
    try {
      /** @type {RenderCapabilities} */
      const known = await ask();
      if (!known.rendering) say(NO_RENDERER);
    } catch (error) {
      say(error instanceof ApiError && error.status !== 0 ? error.message : NO_RENDERER);
    } finally {
      button.disabled = false;
    }
  });
}
