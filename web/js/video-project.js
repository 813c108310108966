/**
 * The editor's project as a whole: its files, a file of its own, templates, other shapes, other videos of the same song.
 * @import {Medium} from "./protocol.js"
 * @import {Notices} from "./notices.js"
 * @import {VideoKeep} from "./video-keep.js"
 * @import {VideoModel} from "./video-model.js"
 * @import {VideoSigns} from "./video-signs.js"
 */
import { part } from "./dom.js";
import { countText } from "./labels.js";
import { freshMediumId } from "./video-edits.js";
import { PROJECT_ENDING, download, fileName, openProjectFile, saveProjectFile, sha256 } from "./video-file.js";
import { newId } from "./video-keep.js";
import { ACCEPT, kindOf } from "./video-media-kinds.js";

/**
 * @typedef {object} ProjectDeps
 * @property {VideoModel} model
 * @property {VideoKeep} keep
 * @property {Notices} notices
 * @property {VideoSigns} signs
 * @property {() => Promise<void>} flush  save now what is not saved yet
 * @property {() => Promise<void>} keepSong
 * @property {(error: unknown) => void} storageTrouble
 */

/** @typedef {{width: number, height: number}} Size */

export class ProjectDesk {
  #section;
  #deps;

  /** @param {HTMLElement} section the editor @param {ProjectDeps} deps */
  constructor(section, deps) {
    this.#section = section;
    this.#deps = deps;
  }

  // Media.

  /** @param {string} kind @param {((id: string) => void)|undefined} use @param {string|undefined} id of the medium that it stands for */
  chooseMedium(kind, use, id) {
    this.#choose(/** @type {Record<string, string>} */ (ACCEPT)[kind] ?? "", (file) => void this.addFile(file, kind, use, id));
  }

  /** @param {File} file @param {string} kind @param {((id: string) => void)} [use] @param {string} [id] of the medium that it stands for */
  async addFile(file, kind, use, id) {
    const { model, notices, signs } = this.#deps;
    try {
      const known = model.project.media.find((each) => each.id === id);
      const first = kind === "image" && !model.project.media.some((each) => each.role === "cover");
      /** @type {Medium} */
      const medium = { id: id ?? (first ? "cover" : freshMediumId(model.project, file.name)), kind: /** @type {any} */ (kind), name: file.name, sha256: await sha256(file), role: known?.role ?? (first ? "cover" : "") };
      await signs.during(`Reading ${file.name}`, () => model.putFile(medium, file));
      await this.#keepFile(medium.id, file);
      use?.(medium.id);
    } catch (error) {
      notices.alert(`${file.name}: ${messageOf(error)}`);
    }
  }

  /** @param {File[]} files dropped on the editor */
  async take(files) {
    const { notices } = this.#deps;
    for (const file of files) {
      const kind = kindOf(file);
      if (kind) await this.addFile(file, kind);
      else if (file.name.endsWith(PROJECT_ENDING)) await this.open(file);
      else notices.alert(`“${file.name}” is no picture, film, font or project. Songs are added on the page before.`);
    }
    if (files.some((file) => kindOf(file))) notices.say("The files are under Look; pictures and films can be chosen in a layer.");
  }

  /** Tell a painter that knows nothing of all media. */
  async restore() {
    const { model, notices } = this.#deps;
    for (const { id, kind, name } of model.project.media) {
      const file = model.files.get(id);
      if (!file) continue;
      try {
        await model.engine.paint({ type: "addMedia", id, kind, blob: file });
      } catch (error) {
        notices.alert(`${name || id}: ${messageOf(error)}`);
      }
    }
    const { missing } = model;
    if (missing.length === 0) return;
    const names = missing.map(({ name, id }) => name || id).join(", ");
    notices.alert(`${missing.length === 1 ? "A file of this project is" : `${countText(missing.length, "file")} of this project are`} missing: ${names}. Find ${missing.length === 1 ? "it" : "them"} under Look.`);
  }

  // A file of its own.

  async save() {
    const { model, notices, signs } = this.#deps;
    try {
      const saved = await signs.during("Packing the project", () => saveProjectFile(model.project, model.files));
      download(saved, fileName(model.project.name || model.project.title) + PROJECT_ENDING);
    } catch (error) {
      notices.alert(messageOf(error));
    }
  }

  chooseProject() {
    this.#choose(`${PROJECT_ENDING},.json,.zip`, (file) => void this.open(file));
  }

  /** @param {File} file */
  async open(file) {
    const { model, notices, signs } = this.#deps;
    try {
      const { text, files } = await signs.during(`Opening ${file.name}`, () => openProjectFile(file));
      const { value } = await model.engine.ask({ type: "readProject", text });
      await this.#another();
      model.files = new Map(files);
      model.open(value.project);
      await this.restore();
      for (const [id, blob] of files) await this.#keepFile(id, blob);
      model.dispatchEvent(new Event("media"));
    } catch (error) {
      notices.alert(`${file.name}: ${messageOf(error)}`);
    }
  }

  // Larger changes.

  /** @param {string} name */
  async applyTemplate(name) {
    const { model, notices } = this.#deps;
    try {
      const { value } = await model.engine.ask({ type: "applyTemplate", template: name, project: model.project });
      model.edit("Template", () => value.project);
      model.select(null);
    } catch (error) {
      notices.alert(messageOf(error));
    }
  }

  /** @param {Size} size */
  async relayout({ width, height }) {
    const { model, notices } = this.#deps;
    try {
      const { value } = await model.engine.ask({ type: "relayout", project: model.project, width, height });
      model.edit("Shape of the video", () => value.project);
    } catch (error) {
      notices.alert(messageOf(error));
    }
  }

  /** The same video in another shape, as a project of its own. @param {Size} size */
  async duplicate({ width, height }) {
    const { model, notices } = this.#deps;
    try {
      const { value } = await model.engine.ask({ type: "relayout", project: model.project, width, height });
      const shape = width === height ? "square" : width < height ? "tall" : "wide";
      await this.#another();
      for (const [medium, file] of model.files) await this.#keepFile(medium, file);
      model.open({ ...value.project, name: `${model.project.name || model.project.title} (${shape})` });
      notices.say("This is the copy; the one before is kept as it was.");
    } catch (error) {
      notices.alert(messageOf(error));
    }
  }

  /** From now on it is another video of the same song; the one before is kept as it was. */
  async #another() {
    const { model, flush, keepSong } = this.#deps;
    await flush();
    model.id = newId();
    await keepSong();
    history.replaceState(null, "", `#video=${model.id}`);
  }

  /** @param {string} medium @param {Blob} file */
  async #keepFile(medium, file) {
    const { keep, model, storageTrouble } = this.#deps;
    await keep.putFile(model.id, medium, file).catch(storageTrouble);
  }

  /** @param {string} accept @param {(file: File) => void} use */
  #choose(accept, use) {
    const input = part(this.#section, "video-file", HTMLInputElement);
    input.accept = accept;
    input.value = "";
    input.onchange = () => {
      const [file] = input.files ?? [];
      if (file) use(file);
    };
    input.click();
  }
}

/** @param {unknown} error */
function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}
