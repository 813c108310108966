/**
 * The video editor: opened over the page for a song, or for a project that was kept. What is drawn is Python's
 * (web/py/preview.py in video-worker.js); here are the widgets around it.
 * @import {Medium, Project} from "./protocol.js"
 * @import {Notices} from "./notices.js"
 * @import {DecoderLike} from "./video-song.js"
 * @import {VideoSong} from "./video-model.js"
 */
import { part, setIcon, setProgress, setText } from "./dom.js";
import { createApi } from "./jobs-api.js";
import { createPlayer } from "./player.js";
import { Scope } from "./scope.js";
import { PreviewEngine, followPlayer } from "./video-engine.js";
import { freshMediumId } from "./video-edits.js";
import { mountExport } from "./video-export.js";
import { PROJECT_ENDING, download, fileName, openProjectFile, saveProjectFile, sha256 } from "./video-file.js";
import { mountGallery } from "./video-gallery.js";
import { mountInspector } from "./video-inspector.js";
import { autosaver, newId } from "./video-keep.js";
import { mountVideoKeys } from "./video-keys.js";
import { mountLayers } from "./video-layers.js";
import { mountLook } from "./video-look.js";
import { coverOf, mountDrop } from "./video-media.js";
import { ACCEPT, kindOf } from "./video-media-kinds.js";
import { VideoModel } from "./video-model.js";
import { hearSong, renewed } from "./video-song.js";
import { mountStage } from "./video-stage.js";
import { mountVideoTimeline } from "./video-timeline.js";
import { mountTop } from "./video-top.js";
import { formatTime } from "./waveform-geometry.js";

/** @typedef {{notices: Notices, decoder: DecoderLike, keep: import("./video-keep.js").VideoKeep, volume: number, onClose: () => void}} EditorDeps */
/** @typedef {{id: string, song: VideoSong, project: Project|null, files: Map<string, Blob>}} OpenWith project: null: a new one */

const DEFAULT_TEMPLATE = "default";
const SKIP_SECONDS = 5;

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
  #player = createPlayer();
  #stop = new AbortController();
  /** @type {VideoModel|null} */
  #model = null;
  /** @type {ReturnType<typeof autosaver>|null} */
  #saver = null;
  /** @type {() => void} */
  #tellClock = () => {};
  /** A new project as it was made: where nobody changed it, it is not kept. @type {Project|null} */
  #untouched = null;

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
    this.#scope.on(this.#engine, "boot", () => this.#showBoot());
    this.#scope.on(this.#engine, "stats", ({ detail }) => this.#showStats(detail));
    this.#scope.on(this.#engine, "trouble", ({ detail }) => this.#showTrouble(detail));
    this.#scope.on(this.#engine, "lost", () => void this.#tellAll());
    this.#player.setVolume(deps.volume);
    this.#tellClock = followPlayer(this.#engine, this.#player, this.#scope);
    this.#mountTransport();
    this.#scope.on(part(section, "video-retry", HTMLButtonElement), "click", () => this.#engine.restart());
    this.#showBoot();
    this.ready = this.#begin();
    this.ready.catch((error) => this.#fail(error));
  }

  /** For tests and the console. */
  get model() {
    return this.#model;
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
    const cover = this.#what.project === null ? await coverOf(song.file) : null;
    const before = model.project;
    if (cover && !this.#stop.signal.aborted) await this.#addFile(cover, "image");
    if (this.#what.project === null && before === project) this.#untouched = model.project;
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
    const { engine } = model;
    try {
      model.tables ??= (await engine.ask({ type: "getTables" })).value;
      await model.send();
      this.#tellClock();
      for (const medium of model.project.media) await this.#restore(medium);
      this.#tellMissing();
      await this.#hear(model);
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#fail(error);
    }
  }

  /** @param {VideoModel} model */
  async #hear(model) {
    await this.#during("Listening for what moves the picture", async (onProgress) => {
      const before = model.song;
      const { features } = await hearSong(before, { engine: this.#engine, decoder: this.#deps.decoder, signal: this.#stop.signal, onProgress });
      const late = model.song !== before;
      model.song = { ...model.song, features };
      if (late) await this.#engine.ask({ type: "markSong", sections: model.song.sections }, [model.song.beats.slice(), model.song.downbeats.slice()]);
      if (before.features === null) await this.#keepSong(model);
      this.#engine.touch();
      model.dispatchEvent(new Event("song"));
    });
  }

  /** How many things are waited for. */
  #waits = 0;

  /**
   * Say what is waited for, and how far it is.
   * @template T @param {string} words @param {(onProgress: (stage: string, fraction: number|null) => void) => Promise<T>} work @returns {Promise<T>}
   */
  async #during(words, work) {
    const place = part(this.#section, "video-hearing", HTMLElement);
    const tell = (/** @type {string} */ stage, /** @type {number|null} */ fraction) => {
      setText(part(place, "hearing-text", HTMLElement), stage);
      setProgress(part(place, "hearing-bar", HTMLProgressElement), fraction);
    };
    this.#waits += 1;
    place.hidden = false;
    tell(words, null);
    try {
      return await work(tell);
    } finally {
      this.#waits -= 1;
      place.hidden = this.#waits <= 0;
    }
  }

  /** The page knows more of the song than when the editor was opened. @param {import("./types.js").Track} track */
  async renew(track) {
    const model = this.#model;
    const song = model && track.file === model.song.file ? renewed(model.song, track) : null;
    if (!model || !song) return;
    model.song = song;
    model.dispatchEvent(new Event("song"));
    if (!song.features) return; // it is being heard: what is new is told when that is done
    const { arrays } = await this.#engine.ask({ type: "markSong", sections: song.sections }, [song.beats.slice(), song.downbeats.slice()]);
    model.song = { ...model.song, features: arrays[0] };
    await this.#keepSong(model);
    this.#engine.touch();
  }

  /** @param {VideoModel} model */
  async #keepSong(model) {
    await this.#deps.keep.putSong(model.id, model.song).catch((error) => this.#storageTrouble(error));
    this.#saver?.soon();
  }

  /** @param {Medium} medium */
  async #restore(medium) {
    const file = this.#model?.files.get(medium.id);
    if (!file) return;
    try {
      await this.#engine.paint({ type: "addMedia", id: medium.id, kind: medium.kind, blob: file });
    } catch (error) {
      this.#deps.notices.alert(`${medium.name || medium.id}: ${messageOf(error)}`);
    }
  }

  #tellMissing() {
    const missing = this.#model?.missing ?? [];
    if (missing.length === 0) return;
    const names = missing.map(({ name, id }) => name || id).join(", ");
    this.#deps.notices.alert(`${missing.length === 1 ? "A file of this project is" : `${missing.length} files of this project are`} missing: ${names}. Find ${missing.length === 1 ? "it" : "them"} under Look.`);
  }

  /** @param {VideoModel} model */
  #mount(model) {
    const section = this.#section;
    const scope = this.#scope;
    const seconds = () => this.#player.position();
    const playing = () => this.#player.state.status === "playing";
    const say = (/** @type {string} */ text) => void this.#deps.notices.say(text);
    /** @type {import("./video-look.js").LookDeps["addMedium"]} */
    const addMedium = (kind, use, id) => this.#chooseMedium(kind, use, id);
    const panel = (/** @type {string} */ name) => {
      const found = part(section, name, HTMLElement);
      found.replaceChildren();
      return found;
    };
    const stage = mountStage(part(section, "video-room", HTMLElement), part(section, "video-frame", HTMLElement), { model, seconds, playing, say }, scope);
    const layers = mountLayers(panel("panel-layers"), { model }, scope);
    mountInspector(panel("video-inspector"), { model, seconds, addMedium }, scope);
    mountLook(panel("panel-look"), { model, addMedium }, scope);
    const gallery = mountGallery(panel("panel-templates"), { model, seconds, playing, onChoose: (name) => void this.#applyTemplate(name) }, scope);
    const timeline = mountVideoTimeline(panel("video-timeline"), { model, seconds, playing, seek: (to) => this.#player.seek(to) }, scope);
    scope.on(model, "song", () => {
      void gallery.paint();
      timeline.repaint();
    });
    mountTop(section, { model, setSafe: (name) => stage.setSafe(name), onCanvas: (size) => void this.#relayout(size) }, scope);
    mountExport(part(section, "video-export", HTMLButtonElement), { model, api: createApi(), keep: this.#deps.keep, say }, scope);
    mountDrop(section, (files) => void this.#dropped(files), scope);
    this.#mountTabs(gallery);
    this.#mountMenu(model);
    this.#mountKeys(model, layers, timeline);
    scope.on(model, "trouble", ({ detail }) => this.#showTrouble(detail));
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
    if (this.#what.project === null) this.#deps.keep.putSong(model.id, model.song).catch((error) => this.#storageTrouble(error));
  }

  #storageTold = false;

  /** @param {unknown} error */
  #storageTrouble(error) {
    if (this.#storageTold) return;
    this.#storageTold = true;
    this.#deps.notices.alert(`This browser keeps nothing now (${messageOf(error)}): save the project as a file before you leave.`);
  }

  /** @param {ReturnType<typeof mountGallery>} gallery */
  #mountTabs(gallery) {
    const tabs = [...this.#section.querySelectorAll('.video__left [role="tab"]')].filter((each) => each instanceof HTMLElement);
    const show = (/** @type {HTMLElement} */ chosen) => {
      for (const tab of tabs) {
        const own = tab === chosen;
        tab.setAttribute("aria-selected", String(own));
        tab.tabIndex = own ? 0 : -1;
        const panel = document.getElementById(tab.getAttribute("aria-controls") ?? "");
        if (panel) panel.hidden = !own;
      }
      void gallery.paint();
    };
    for (const [at, tab] of tabs.entries()) {
      this.#scope.on(tab, "click", () => show(tab));
      this.#scope.on(tab, "keydown", (/** @type {KeyboardEvent} */ event) => {
        const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
        const next = tabs[(at + step + tabs.length) % tabs.length];
        if (step === 0 || !next) return;
        event.preventDefault();
        event.stopPropagation();
        show(next);
        next.focus();
      });
    }
    if (tabs[0]) show(tabs[0]);
  }

  /** @param {VideoModel} model */
  #mountMenu(model) {
    const menu = part(this.#section, "video-menu", HTMLDetailsElement);
    const actions = {
      save: () => void this.#save(model),
      open: () => this.#choose(`${PROJECT_ENDING},.json,.zip`, (file) => void this.#open(file)),
      ...Object.fromEntries([["tall", 1080, 1920], ["square", 1080, 1080], ["wide", 1920, 1080]].map(([name, width, height]) =>
        [`copy-${name}`, () => void this.#duplicate({ width: Number(width), height: Number(height) })])),
    };
    this.#scope.on(menu, "click", ({ target }) => {
      const action = target instanceof Element ? target.closest("[data-video]")?.getAttribute("data-video") : null;
      if (!action) return;
      menu.open = false;
      /** @type {Record<string, () => void>} */ (actions)[action]?.();
    });
    this.#scope.on(document, "pointerdown", ({ target }) => {
      if (menu.open && target instanceof Node && !menu.contains(target)) menu.open = false;
    }, { capture: true });
  }

  /** @param {VideoModel} model @param {ReturnType<typeof mountLayers>} layers @param {ReturnType<typeof mountVideoTimeline>} timeline */
  #mountKeys(model, layers, timeline) {
    const dialog = part(this.#section, "video-help", HTMLDialogElement);
    const skip = (/** @type {number} */ by) => this.#player.seek(this.#player.position() + by);
    const frame = () => 1 / model.project.canvas.fps;
    const keys = mountVideoKeys(this.#section, {
      keys: [
        { key: " ", shown: "Space", does: "Play or pause", run: () => this.#player.toggle() },
        { key: "ArrowLeft", shift: false, shown: "←", does: `Back ${SKIP_SECONDS} seconds`, run: () => skip(-SKIP_SECONDS) },
        { key: "ArrowRight", shift: false, shown: "→", does: `On ${SKIP_SECONDS} seconds`, run: () => skip(SKIP_SECONDS) },
        { key: ",", shown: ",", does: "Back a frame", run: () => skip(-frame()) },
        { key: ".", shown: ".", does: "On a frame", run: () => skip(frame()) },
        { key: "Home", shown: "Home", does: "To the beginning", run: () => this.#player.seek(0) },
        { key: "z", ctrl: true, shift: false, shown: "Ctrl Z", does: "Undo", run: () => this.#tellUndo("Undone", model.undo()) },
        { key: "z", ctrl: true, shift: true, shown: "Ctrl Shift Z", does: "Redo", run: () => this.#tellUndo("Done again", model.redo()) },
        { key: "y", ctrl: true, shown: "", does: "", run: () => this.#tellUndo("Done again", model.redo()) },
        { key: "s", ctrl: true, shown: "Ctrl S", does: "Save the project as a file", run: () => void this.#save(model) },
        { key: "d", ctrl: true, shown: "Ctrl D", does: "Duplicate the layer", run: () => model.selection.layer !== null && layers.duplicate(model.selection.layer) },
        { key: "a", shown: "A", does: "Add a layer", run: () => this.#showLayers(layers) },
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

  /** @param {ReturnType<typeof mountLayers>} layers */
  #showLayers(layers) {
    document.getElementById("tab-layers")?.click();
    layers.toggleAdding(true);
  }

  /** @param {string} words @param {string} label */
  #tellUndo(words, label) {
    if (label) this.#deps.notices.quietly(`${words}: ${label}.`);
  }

  // Playing.

  #mountTransport() {
    const section = this.#section;
    const player = this.#player;
    const play = part(section, "video-play", HTMLButtonElement);
    const volume = part(section, "video-volume", HTMLInputElement);
    volume.value = String(this.#deps.volume);
    this.#scope.on(play, "click", () => player.toggle());
    this.#scope.on(part(section, "video-start", HTMLButtonElement), "click", () => player.seek(0));
    this.#scope.on(volume, "input", () => player.setVolume(Number(volume.value)));
    this.#scope.on(part(section, "video-close", HTMLButtonElement), "click", () => this.#deps.onClose());
    const draw = () => {
      const { status, durationSeconds, error } = player.state;
      const moving = status === "playing";
      setIcon(play, moving ? "pause" : "play");
      play.setAttribute("aria-label", moving ? "Pause" : "Play");
      play.title = moving ? "Pause (Space)" : "Play (Space)";
      play.disabled = status === "loading" || status === "empty";
      setText(part(section, "video-duration", HTMLElement), formatTime(durationSeconds || this.#what.song.durationSeconds));
      if (status === "failed" && error) this.#deps.notices.alert(error);
    };
    this.#scope.on(player, "change", draw);
    const clock = part(section, "video-time", HTMLElement);
    const timer = setInterval(() => setText(clock, formatTime(player.position(), 1)), 50);
    this.#scope.add(() => clearInterval(timer));
    draw();
  }

  // What the preview says.

  #showBoot() {
    const { state, stage, fraction, error } = this.#engine.boot;
    const cover = part(this.#section, "video-boot", HTMLElement);
    cover.hidden = state === "ready";
    cover.dataset.state = state;
    setText(part(cover, "boot-stage", HTMLElement), state === "failed" ? (error ?? "The preview does not run.") : stage);
    const bar = part(cover, "boot-progress", HTMLProgressElement);
    bar.hidden = state === "failed";
    bar.value = fraction;
    part(cover, "video-retry", HTMLButtonElement).hidden = state !== "failed";
  }

  /** @param {import("./video-engine.js").PreviewStats} stats */
  #showStats({ fps, python, paint, share }) {
    const place = part(this.#section, "video-stats", HTMLElement);
    const size = share > 0.95 ? "" : ` · preview at ${share > 0.7 ? "three quarters" : share > 0.45 ? "half" : "a third"} of the size`;
    const without = this.#engine.boot.gpu === false ? " · without WebGL" : "";
    setText(place, `${Math.round(fps)} fps${size}${without}`);
    place.title = `Scene ${python.toFixed(1)} ms, painting ${paint.toFixed(1)} ms a frame. The export always has its full size.`;
    place.dataset.python = python.toFixed(2);
    place.dataset.paint = paint.toFixed(2);
  }

  /** @param {string} sentence */
  #showTrouble(sentence) {
    const place = part(this.#section, "video-trouble", HTMLElement);
    place.hidden = sentence === "";
    setText(part(place, "trouble-words", HTMLElement), sentence);
  }

  // Files.

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

  /** @param {string} kind @param {((id: string) => void)|undefined} use @param {string|undefined} id of the medium that it stands for */
  #chooseMedium(kind, use, id) {
    this.#choose(/** @type {Record<string, string>} */ (ACCEPT)[kind] ?? "", (file) => void this.#addFile(file, kind, use, id));
  }

  /** @param {File} file @param {string} kind @param {((id: string) => void)} [use] @param {string} [id] of the medium that it stands for */
  async #addFile(file, kind, use, id) {
    const model = this.#model;
    if (!model) return;
    try {
      const known = model.project.media.find((each) => each.id === id);
      const first = kind === "image" && !model.project.media.some((each) => each.role === "cover");
      /** @type {Medium} */
      const medium = { id: id ?? (first ? "cover" : freshMediumId(model.project, file.name)), kind: /** @type {any} */ (kind), name: file.name, sha256: await sha256(file), role: known?.role ?? (first ? "cover" : "") };
      await this.#during(`Reading ${file.name}`, () => model.putFile(medium, file));
      await this.#deps.keep.putFile(model.id, medium.id, file).catch((error) => this.#storageTrouble(error));
      use?.(medium.id);
    } catch (error) {
      this.#deps.notices.alert(`${file.name}: ${messageOf(error)}`);
    }
  }

  /** @param {File[]} files */
  async #dropped(files) {
    for (const file of files) {
      const kind = kindOf(file);
      if (kind) await this.#addFile(file, kind);
      else if (file.name.endsWith(PROJECT_ENDING)) await this.#open(file);
      else this.#deps.notices.alert(`“${file.name}” is no picture, film, font or project. Songs are added on the page before.`);
    }
    if (files.some((file) => kindOf(file))) this.#deps.notices.say("The files are under Look; pictures and films can be chosen in a layer.");
  }

  /** @param {VideoModel} model */
  async #save(model) {
    try {
      const saved = await this.#during("Packing the project", () => saveProjectFile(model.project, model.files));
      download(saved, fileName(model.project.name || model.project.title) + PROJECT_ENDING);
    } catch (error) {
      this.#deps.notices.alert(messageOf(error));
    }
  }

  /** @param {File} file */
  async #open(file) {
    const model = this.#model;
    if (!model) return;
    try {
      const { text, files } = await this.#during(`Opening ${file.name}`, () => openProjectFile(file));
      const { value } = await this.#engine.ask({ type: "readProject", text });
      await this.#another(model);
      model.files = new Map(files);
      model.open(value.project);
      for (const medium of model.project.media) await this.#restore(medium);
      for (const [id, blob] of files) await this.#deps.keep.putFile(model.id, id, blob).catch((error) => this.#storageTrouble(error));
      model.dispatchEvent(new Event("media"));
      this.#tellMissing();
    } catch (error) {
      this.#deps.notices.alert(`${file.name}: ${messageOf(error)}`);
    }
  }

  // Larger changes.

  /** @param {string} name */
  async #applyTemplate(name) {
    const model = this.#model;
    if (!model) return;
    try {
      const { value } = await this.#engine.ask({ type: "applyTemplate", template: name, project: model.project });
      model.edit("Template", () => value.project);
      model.select(null);
    } catch (error) {
      this.#deps.notices.alert(messageOf(error));
    }
  }

  /** @param {{width: number, height: number}} size */
  async #relayout({ width, height }) {
    const model = this.#model;
    if (!model) return;
    const { value } = await this.#engine.ask({ type: "relayout", project: model.project, width, height });
    model.edit("Shape of the video", () => value.project);
  }

  /** From now on it is another video of the same song; the one before is kept as it was. @param {VideoModel} model */
  async #another(model) {
    await this.#saver?.flush();
    model.id = newId();
    await this.#keepSong(model);
    history.replaceState(null, "", `#video=${model.id}`);
  }

  /** The same video in another shape, as a project of its own. @param {{width: number, height: number}} size */
  async #duplicate({ width, height }) {
    const model = this.#model;
    if (!model) return;
    try {
      const { value } = await this.#engine.ask({ type: "relayout", project: model.project, width, height });
      const shape = width === height ? "square" : width < height ? "tall" : "wide";
      await this.#another(model);
      for (const [medium, file] of model.files) await this.#deps.keep.putFile(model.id, medium, file).catch((error) => this.#storageTrouble(error));
      model.open({ ...value.project, name: `${model.project.name || model.project.title} (${shape})` });
      this.#deps.notices.say("This is the copy; the one before is kept as it was.");
    } catch (error) {
      this.#deps.notices.alert(messageOf(error));
    }
  }

  /** @param {unknown} error */
  #fail(error) {
    if (this.#stop.signal.aborted) return;
    this.#showTrouble(messageOf(error));
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
