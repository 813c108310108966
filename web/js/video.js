/**
 * The video editor: opened over the page for a song, or for a project that was kept. What is drawn is Python's
 * (web/py/preview.py in video-worker.js); here its parts come together.
 * @import {Project} from "./protocol.js"
 * @import {Notices} from "./notices.js"
 * @import {StemsLender} from "./stems-lend.js"
 * @import {Track} from "./types.js"
 * @import {DecoderLike} from "./video-song.js"
 * @import {VideoSong} from "./video-model.js"
 */
import { part, setText } from "./dom.js";
import { createApi } from "./jobs-api.js";
import { createPlayer } from "./player.js";
import { Scope } from "./scope.js";
import { PreviewEngine, followPlayer } from "./video-engine.js";
import { mountExport } from "./video-export.js";
import { FlashCheck } from "./video-flash.js";
import { mountGallery } from "./video-gallery.js";
import { Hearing } from "./video-hearing.js";
import { mountInspector } from "./video-inspector.js";
import { autosaver } from "./video-keep.js";
import { mountVideoKeys } from "./video-keys.js";
import { mountLayers } from "./video-layers.js";
import { mountLook } from "./video-look.js";
import { coverOf, mountDrop } from "./video-media.js";
import { mountTabs, mountVideoMenu } from "./video-menus.js";
import { VideoModel } from "./video-model.js";
import { ProjectDesk } from "./video-project.js";
import { VideoSigns } from "./video-signs.js";
import { mountStage } from "./video-stage.js";
import { mountVideoTimeline } from "./video-timeline.js";
import { mountTop } from "./video-top.js";
import { mountVideoTransport } from "./video-transport.js";

/** @typedef {{notices: Notices, decoder: DecoderLike, stems: Pick<StemsLender, "lend">, keep: import("./video-keep.js").VideoKeep, volume: number, onClose: () => void}} EditorDeps */
/** @typedef {{id: string, song: VideoSong, project: Project|null, files: Map<string, Blob>}} OpenWith project: null: a new one */

const DEFAULT_TEMPLATE = "default";
const SKIP_SECONDS = 5;
/** @type {ReadonlyArray<never>} */
const NO_FLASHES = Object.freeze([]);

/** @param {HTMLElement} section @param {OpenWith} what @param {EditorDeps} deps */
export function openEditor(section, what, deps) {
  return new Editor(section, what, deps);
}

export class Editor {
  #section;
  #deps;
  #what;
  #scope = new Scope();
  #engine;
  #signs;
  #player = createPlayer();
  #stop = new AbortController();
  /** @type {VideoModel|null} */
  #model = null;
  /** @type {Hearing|null} */
  #hearing = null;
  /** @type {FlashCheck|null} */
  #flashes = null;
  /** @type {ProjectDesk|null} */
  #desk = null;
  /** @type {ReturnType<typeof autosaver>|null} */
  #saver = null;
  /** @type {() => void} */
  #tellClock = () => {};
  /** A new project as it was made: where nobody changed it, it is not kept. @type {Project|null} */
  #untouched = null;
  #storageTold = false;

  /** @param {HTMLElement} section @param {OpenWith} what @param {EditorDeps} deps */
  constructor(section, what, deps) {
    this.#section = section;
    this.#what = what;
    this.#deps = deps;
    const frame = part(section, "video-frame", HTMLElement);
    frame.replaceChildren();
    const place = document.createElement("div");
    place.className = "stage__place";
    frame.append(place);
    this.#engine = new PreviewEngine(place);
    this.#signs = new VideoSigns(section, this.#engine, this.#scope);
    this.#scope.on(this.#engine, "lost", () => void this.#tellAll());
    this.#tellClock = followPlayer(this.#engine, this.#player, this.#scope);
    mountVideoTransport(section, { player: this.#player, volume: deps.volume, durationSeconds: what.song.durationSeconds, alert: (sentence) => deps.notices.alert(sentence) }, this.#scope);
    this.#scope.on(part(section, "video-close", HTMLButtonElement), "click", () => deps.onClose());
    this.ready = this.#begin();
    this.ready.catch((error) => this.#fail(error));
  }

  /** For tests and the console. */
  get model() {
    return this.#model;
  }

  get flashes() {
    return this.#flashes;
  }

  get player() {
    return this.#player;
  }

  /** What is not saved yet. */
  get unsaved() {
    return this.#saver?.pending ?? false;
  }

  async #begin() {
    const { song, id, files } = this.#what;
    void this.#player.load(1, song.playable);
    const project = this.#what.project ?? (await this.#fresh(song));
    if (this.#stop.signal.aborted) return;
    const model = new VideoModel(this.#engine, { id, project, song });
    this.#model = model;
    for (const [medium, file] of files) model.files.set(medium, file);
    this.#mount(model);
    await this.#tellAll();
    this.#hearing?.offer();
    if (this.#what.project !== null) return;
    const cover = await coverOf(song.file);
    const before = model.project;
    if (cover && !this.#stop.signal.aborted) await this.#desk?.addFile(cover, "image");
    if (before === project) this.#untouched = model.project;
  }

  /** A new project for a song. @param {VideoSong} song @returns {Promise<Project>} */
  async #fresh(song) {
    const read = await this.#engine.ask({ type: "readProject", text: "{}" });
    const named = { ...read.value.project, name: song.title, title: song.title, artist: song.artist };
    const { value } = await this.#engine.ask({ type: "applyTemplate", template: DEFAULT_TEMPLATE, project: named });
    return value.project;
  }

  /** All that a worker must know; a new one knows nothing. */
  async #tellAll() {
    const model = this.#model;
    if (!model) return;
    this.#tellClock();
    try {
      model.tables ??= (await model.engine.ask({ type: "getTables" })).value;
      await model.send();
      this.#tellClock();
      await this.#desk?.restore();
      await this.#hearing?.hear();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** The page knows more of the song than when the editor was opened. @param {Track} track */
  async renew(track) {
    await this.#hearing?.renew(track);
  }

  /** @param {VideoModel} model */
  #mount(model) {
    const section = this.#section;
    const scope = this.#scope;
    const { decoder, stems, notices, keep } = this.#deps;
    const signs = this.#signs;
    const keepSong = () => this.#keepSong(model);
    const desk = new ProjectDesk(section, {
      model, keep, notices, signs, keepSong, flush: async () => this.#saver?.flush(), storageTrouble: (error) => this.#storageTrouble(error),
    });
    this.#desk = desk;
    this.#hearing = new Hearing(model, { decoder, stems, notices, signs, signal: this.#stop.signal, keepSong }, scope);
    const seconds = () => this.#player.position();
    const seek = (/** @type {number} */ to) => this.#player.seek(to);
    const playing = () => this.#player.state.status === "playing";
    const say = (/** @type {string} */ text) => void notices.say(text);
    /** @type {import("./video-look.js").LookDeps["addMedium"]} */
    const addMedium = (kind, use, id) => desk.chooseMedium(kind, use, id);
    const panel = (/** @type {string} */ name) => {
      const found = part(section, name, HTMLElement);
      found.replaceChildren();
      return found;
    };
    const stage = mountStage(part(section, "video-room", HTMLElement), part(section, "video-frame", HTMLElement), { model, seconds, playing, say }, scope);
    const layers = mountLayers(panel("panel-layers"), { model }, scope);
    mountInspector(panel("video-inspector"), { model, seconds, addMedium }, scope);
    mountLook(panel("panel-look"), { model, addMedium }, scope);
    const gallery = mountGallery(panel("panel-templates"), { model, seconds, playing, onChoose: (name) => void desk.applyTemplate(name) }, scope);
    const timeline = mountVideoTimeline(panel("video-timeline"), { model, seconds, playing, seek }, scope);
    scope.on(model, "song", () => {
      void gallery.paint();
      timeline.repaint();
    });
    mountTop(section, { model, setSafe: (name) => stage.setSafe(name), onCanvas: (size) => void desk.relayout(size) }, scope);
    const flashes = new FlashCheck(model, (words, work) => signs.during(words, work), scope);
    this.#flashes = flashes;
    mountExport(part(section, "video-export", HTMLButtonElement), { model, api: createApi(), keep, say, flashes, seek }, scope);
    scope.on(flashes, "change", () => timeline.setFlashes(flashes.current?.times ?? NO_FLASHES));
    mountDrop(section, (files) => void desk.take(files), scope);
    mountTabs(section, () => void gallery.paint(), scope);
    mountVideoMenu(section, {
      save: () => void desk.save(), open: () => desk.chooseProject(),
      "copy-tall": () => void desk.duplicate({ width: 1080, height: 1920 }), "copy-square": () => void desk.duplicate({ width: 1080, height: 1080 }),
      "copy-wide": () => void desk.duplicate({ width: 1920, height: 1080 }),
    }, scope);
    this.#mountKeys(model, desk, layers, timeline);
    scope.on(model, "trouble", ({ detail }) => signs.trouble(detail));
    this.#mountSaving(model);
    const theme = new MutationObserver(() => timeline.repaint());
    theme.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    scope.add(() => theme.disconnect());
  }

  /** @param {VideoModel} model */
  #mountSaving(model) {
    const state = part(this.#section, "video-saved", HTMLElement);
    const saver = autosaver(() => this.#deps.keep.putProject(model.id, model.project, model.song.title), (now, error) => {
      setText(state, now === "saved" ? "Saved on this device" : now === "saving" ? "Saving" : "Not saved");
      state.dataset.state = now;
      if (now === "failed") this.#storageTrouble(error);
    });
    this.#saver = saver;
    this.#scope.on(model, "project", () => saver.soon());
    this.#scope.on(window, "pagehide", () => void saver.flush());
    saver.soon();
    if (this.#what.project === null) void this.#putSong(model);
  }

  /** @param {VideoModel} model */
  async #keepSong(model) {
    await this.#putSong(model);
    this.#saver?.soon();
  }

  /** @param {VideoModel} model */
  async #putSong(model) {
    await this.#deps.keep.putSong(model.id, model.song).catch((error) => this.#storageTrouble(error));
  }

  /** @param {unknown} error */
  #storageTrouble(error) {
    if (this.#storageTold) return;
    this.#storageTold = true;
    this.#deps.notices.alert(`This browser keeps nothing now (${messageOf(error)}): save the project as a file before you leave.`);
  }

  /** @param {VideoModel} model @param {ProjectDesk} desk @param {ReturnType<typeof mountLayers>} layers @param {ReturnType<typeof mountVideoTimeline>} timeline */
  #mountKeys(model, desk, layers, timeline) {
    const dialog = part(this.#section, "video-help", HTMLDialogElement);
    const player = this.#player;
    const skip = (/** @type {number} */ by) => player.seek(player.position() + by);
    const frame = () => 1 / model.project.canvas.fps;
    const tell = (/** @type {string} */ words, /** @type {string} */ label) => label && this.#deps.notices.quietly(`${words}: ${label}.`);
    const addLayer = () => {
      document.getElementById("tab-layers")?.click();
      layers.toggleAdding(true);
    };
    const keys = mountVideoKeys(this.#section, {
      keys: [
        { key: " ", shown: "Space", does: "Play or pause", run: () => player.toggle() },
        { key: "ArrowLeft", shift: false, shown: "←", does: `Back ${SKIP_SECONDS} seconds`, run: () => skip(-SKIP_SECONDS) },
        { key: "ArrowRight", shift: false, shown: "→", does: `On ${SKIP_SECONDS} seconds`, run: () => skip(SKIP_SECONDS) },
        { key: ",", shown: ",", does: "Back a frame", run: () => skip(-frame()) },
        { key: ".", shown: ".", does: "On a frame", run: () => skip(frame()) },
        { key: "Home", shown: "Home", does: "To the beginning", run: () => player.seek(0) },
        { key: "z", ctrl: true, shift: false, shown: "Ctrl Z", does: "Undo", run: () => tell("Undone", model.undo()) },
        { key: "z", ctrl: true, shift: true, shown: "Ctrl Shift Z", does: "Redo", run: () => tell("Done again", model.redo()) },
        { key: "y", ctrl: true, shown: "", does: "", run: () => tell("Done again", model.redo()) },
        { key: "s", ctrl: true, shown: "Ctrl S", does: "Save the project as a file", run: () => void desk.save() },
        { key: "d", ctrl: true, shown: "Ctrl D", does: "Duplicate the layer", run: () => model.selection.layer !== null && layers.duplicate(model.selection.layer) },
        { key: "a", shown: "A", does: "Add a layer", run: addLayer },
        { key: "Delete", shown: "Del", does: "Delete the keyframe or layer", run: () => timeline.deleteKey() || (model.selection.layer !== null && layers.remove(model.selection.layer)) },
        { key: "Backspace", shown: "", does: "", run: () => timeline.deleteKey() },
        { key: "Escape", shown: "Esc", does: "Choose the whole picture", run: () => model.select(null) },
        { key: "+", shown: "+ −", does: "Zoom the timeline", run: () => timeline.zoom(1.5) },
        { key: "-", shown: "", does: "", run: () => timeline.zoom(1 / 1.5) },
        { key: "0", shown: "0", does: "Show the whole song", run: () => timeline.zoom(0) },
        { key: "?", shown: "?", does: "Show these keys", run: () => dialog.showModal() },
      ],
    }, this.#scope);
    part(dialog, "video-keys", HTMLElement).replaceChildren(keys);
    this.#scope.on(part(this.#section, "video-help-open", HTMLButtonElement), "click", () => dialog.showModal());
    this.#scope.on(dialog, "click", (event) => {
      if (event.target === dialog) dialog.close();
    });
  }

  /** @param {unknown} error */
  #fail(error) {
    if (this.#stop.signal.aborted) return;
    this.#signs.trouble(messageOf(error));
  }

  /** Ends all; what is not saved yet is saved first. */
  async close() {
    this.#player.pause();
    await this.#saver?.flush();
    if (this.#model && this.#model.project === this.#untouched) await this.#deps.keep.remove(this.#model.id).catch(() => {});
    this.#stop.abort();
    this.#scope.dispose();
    this.#player.dispose();
    this.#engine.dispose();
  }
}

/** @param {unknown} error */
function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}
