/**
 * Films that this browser ordered: sent to the server, followed and found again like stems (jobs.js), kept apart from them.
 * @import {Api} from "./jobs-api.js"
 * @import {Project, RenderJob} from "./protocol.js"
 * @import {Upload} from "./upload.js"
 * @import {VideoKeep} from "./video-keep.js"
 * @import {VideoSong} from "./video-model.js"
 */
import { keepJobs } from "./jobs-kept.js";
import { Jobs } from "./jobs.js";
import { Separations, randomName } from "./stems-store.js";
import { sendForm } from "./upload.js";

export const RENDERS_URL = "/api/renders";
const PREFIX = "keylight.film.";

/** All that a film is made of. @typedef {{project: Project, song: VideoSong, files: Map<string, Blob>}} Ordered */
/** What is kept of an order. @typedef {RenderJob & {video: string, order: string}} KeptOrder */

/**
 * The parts of an order as the server reads them: what it can refuse by comes first, the song last.
 * @param {RenderJob} options @param {Ordered} ordered @returns {FormData}
 */
export function formOf(options, { project, song, files }) {
  const form = new FormData();
  form.append("options", JSON.stringify(options));
  form.append("project", JSON.stringify(project));
  if (song.features) form.append("features", new Blob([song.features]), "song.klf");
  for (const [at, { id, name }] of project.media.entries()) {
    const file = files.get(id);
    if (file) form.append(`medium-${String(at).padStart(3, "0")}`, file, name || id);
  }
  if (options.film?.audio !== "none" || !song.features) form.append("file", song.file, song.name || "song");
  return form;
}

export class Renders {
  /** What was ordered in this visit, as it was then; later tries send that. @type {Map<string, Ordered>} */
  #ordered = new Map();
  #keep;

  /** @param {{api: Api, keep: VideoKeep, storage?: Storage|null, onLocked?: (sentence: string) => void}} deps */
  constructor({ api, keep, storage = localStorage, onLocked = () => {} }) {
    this.#keep = keep;
    this.store = new Separations(keepJobs(storage, globalThis.window ?? null, PREFIX));
    // The files are gathered when they are sent: a project has many, and they outlive the page in its storage.
    const fileOf = () => new File([], "film");
    this.jobs = new Jobs({ store: this.store, api, fileOf, onLocked, upload: (request) => this.#send(request) });
  }

  /** @param {string} video @param {RenderJob} options @param {Ordered} ordered @param {string} label @returns {string} the entry's id */
  order(video, options, ordered, label) {
    const order = randomName();
    this.#ordered.set(order, ordered);
    /** @type {any} the store asks nothing of options but to be kept */
    const kept = { ...options, video, order };
    return this.jobs.start({ song: video, title: options.title ?? ordered.song.title, artist: options.artist ?? null, options: kept, label, file: new File([], "film") });
  }

  /** @type {Upload} */
  async #send({ options, key, signal, onProgress }) {
    const { video, order, ...film } = /** @type {KeptOrder} */ (/** @type {unknown} */ (options));
    const ordered = this.#ordered.get(order) ?? (await this.#keep.get(video));
    if (!ordered) throw new Error("This video is not kept in this browser any more: open its project file and export again.");
    return sendForm({ url: RENDERS_URL, form: formOf(film, ordered), key, signal, onProgress });
  }
}
