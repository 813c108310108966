/**
 * What the editor knows: the project with its history, what is chosen, the tables of what can be chosen, and the song.
 *
 * Events: "project" (detail: the one before), "sent" (Python knows it), "selection", "tables", "media", "trouble" (detail: a sentence or ""),
 * "song" (more is known of it).
 * @import {KindWords, Layer, Medium, Project, Section, Tables} from "./protocol.js"
 * @import {PreviewEngine} from "./video-engine.js"
 * @import {Target} from "./video-edits.js"
 */
import { layerOf, putMedium, setProject } from "./video-edits.js";
import { History } from "./video-history.js";

/**
 * A song as the editor holds it. file: what was dropped; playable: what the player plays.
 * @typedef {object} VideoSong
 * @property {string} name
 * @property {Blob} file
 * @property {Blob} playable
 * @property {string} title
 * @property {string} artist
 * @property {number} durationSeconds
 * @property {Float64Array} beats
 * @property {Float64Array} downbeats
 * @property {ReadonlyArray<Section>} sections
 * @property {Int8Array} peaks
 * @property {Uint8Array} bands
 * @property {Uint8Array<ArrayBuffer>|null} features  what FinishSong gave, so that it need not be computed again
 * @property {ReadonlyArray<string>} [stems]  those that `features` have
 */

export class VideoModel extends EventTarget {
  #engine;
  #history;
  /** @type {{layer: string|null, effect: number|null}} */
  #selection = { layer: null, effect: null };
  /** @type {Tables|null} */
  #tables = null;
  #sending = false;
  /** @type {Project|null} what Python does not know yet */
  #unsent = null;
  /** Files of media by their ids. @type {Map<string, Blob>} */
  files = new Map();
  /** @type {VideoSong} */
  song;
  /** For storage: stays the same as long as the project is. */
  id;

  /** @param {PreviewEngine} engine @param {{id: string, project: Project, song: VideoSong}} of */
  constructor(engine, { id, project, song }) {
    super();
    this.#engine = engine;
    this.#history = new History(project);
    this.song = song;
    this.id = id;
  }

  get engine() {
    return this.#engine;
  }

  /** @returns {Project} */
  get project() {
    return this.#history.project;
  }

  get history() {
    return this.#history;
  }

  /** @returns {Tables|null} */
  get tables() {
    return this.#tables;
  }

  /** @param {Tables|null} tables */
  set tables(tables) {
    this.#tables = tables;
    this.dispatchEvent(new Event("tables"));
  }

  /** @returns {Target} */
  get selection() {
    return this.#selection;
  }

  /** @returns {Layer|null} */
  get selected() {
    return layerOf(this.project, this.#selection.layer);
  }

  /** @param {string|null} layer @param {number|null} [effect] */
  select(layer, effect = null) {
    if (layer === this.#selection.layer && effect === this.#selection.effect) return;
    this.#selection = { layer, effect };
    this.dispatchEvent(new Event("selection"));
  }

  /** @param {string} name @returns {KindWords|null} */
  layerKind(name) {
    return this.#tables?.layers.find((kind) => kind.name === name) ?? null;
  }

  /** @param {string} name @returns {KindWords|null} */
  effectKind(name) {
    return this.#tables?.effects.find((kind) => kind.name === name) ?? null;
  }

  /** What people call a layer. @param {Layer} layer */
  nameOf(layer) {
    return layer.name || this.layerKind(layer.kind)?.label || layer.kind;
  }

  /** @param {string} label what is done, for "Undo ..." @param {(project: Project) => Project} change @param {string|null} [merge] see `Step` */
  edit(label, change, merge = null) {
    const before = this.project;
    if (this.#history.edit(change(before), { label, merge })) this.#changed(before);
  }

  undo() {
    const before = this.project;
    const label = this.#history.undoLabel;
    if (this.#history.undo()) this.#changed(before);
    return label;
  }

  redo() {
    const before = this.project;
    const label = this.#history.redoLabel;
    if (this.#history.redo()) this.#changed(before);
    return label;
  }

  /** A whole other project, with a history of its own. @param {Project} project */
  open(project) {
    const before = this.project;
    this.#history = new History(project);
    this.#selection = { layer: null, effect: null };
    this.#changed(before);
    this.dispatchEvent(new Event("selection"));
  }

  /** @param {Medium} medium @param {Blob} file */
  async putFile(medium, file) {
    await this.#engine.paint({ type: "addMedia", id: medium.id, kind: medium.kind, blob: file });
    this.files.set(medium.id, file);
    const known = this.project.media.find((each) => each.id === medium.id);
    if (!known || known.name !== medium.name) this.edit(`Add ${medium.name}`, (project) => putMedium(project, medium));
    this.dispatchEvent(new Event("media"));
  }

  /** Media whose files are not here. @returns {Medium[]} */
  get missing() {
    return this.project.media.filter(({ id }) => !this.files.has(id));
  }

  /** Whether Python knows the project as it is now. */
  get settled() {
    return !this.#sending;
  }

  /** Tell Python of the project; the newest wins, and there is one question at a time. @param {Project} [project] */
  async send(project = this.project) {
    this.#unsent = project;
    if (this.#sending) return;
    this.#sending = true;
    try {
      while (this.#unsent) {
        const next = this.#unsent;
        this.#unsent = null;
        try {
          await this.#engine.ask({ type: "setProject", project: next });
          this.dispatchEvent(new CustomEvent("trouble", { detail: "" }));
        } catch (error) {
          this.dispatchEvent(new CustomEvent("trouble", { detail: error instanceof Error ? error.message : String(error) }));
        }
      }
    } finally {
      this.#sending = false;
      this.dispatchEvent(new Event("sent"));
    }
  }

  /** @param {string} name @param {string} title @param {string} artist */
  rename(name, title, artist) {
    this.edit("Names", (project) => setProject(project, { name, title, artist }), "names");
  }

  /** @param {Project} before */
  #changed(before) {
    if (this.#selection.layer !== null && !layerOf(this.project, this.#selection.layer)) {
      this.#selection = { layer: null, effect: null };
      this.dispatchEvent(new Event("selection"));
    }
    // First Python: whoever hears of the change and asks would get an answer to the project before.
    void this.send();
    this.dispatchEvent(new CustomEvent("project", { detail: before }));
  }
}
