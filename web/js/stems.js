/**
 * Stems on the page: what the card, the list of jobs and the mixer share, and what a person asks of them.
 * @import {DecoderLike} from "./analysis-queue.js"
 * @import {Notices} from "./notices.js"
 * @import {PlayerLike} from "./transport.js"
 * @import {Scope} from "./scope.js"
 * @import {Choice} from "./stems-options.js"
 * @import {Store} from "./store.js"
 * @import {Separation} from "./stems-store.js"
 * @import {Track} from "./types.js"
 */
import { Server } from "./capabilities.js";
import { sectionName } from "./detail-labels.js";
import { part } from "./dom.js";
import { chooseAudio, filesOfInput, identity } from "./intake-files.js";
import { Jobs } from "./jobs.js";
import { createApi } from "./jobs-api.js";
import { keepJobs } from "./jobs-kept.js";
import { mountJobsList } from "./jobs-list.js";
import { countText, trackTitle } from "./labels.js";
import { mountMixer } from "./mixer.js";
import { QUICK_STEMS } from "./protocol.js";
import { SplitEngine } from "./split-engine.js";
import { Splits } from "./split.js";
import { stemsOfDevice, stemsOfServer } from "./stems-lanes.js";
import { createStemStore } from "./stem-store.js";
import { StemsLender } from "./stems-lend.js";
import { MixerHost } from "./stems-mixer.js";
import { mountStemsPanel } from "./stems-panel.js";
import { StemsPlace } from "./stems-place.js";
import { Separations, isFinal } from "./stems-store.js";
import { QUICK, stateText, stemLabel } from "./stems-words.js";
import { optionsOf } from "./stems-options.js";

/**
 * @typedef {object} StemsDeps
 * @property {Store} store
 * @property {DecoderLike} decoder
 * @property {PlayerLike} player
 * @property {Notices} notices
 * @property {Storage|null} storage
 * @property {(track: Track, signal: AbortSignal) => Promise<Blob>} playableOf  what of a track can be played
 * @property {(sent: import("./mixer-types.js").Sent) => void} toVideo  the video editor takes what is sent of the selected song
 */

/** @param {HTMLElement} page @param {StemsDeps} deps @param {Scope} scope */
export function mountStems(page, deps, scope) {
  return new Stems(page, deps, scope);
}

class Stems {
  #deps;
  #page;
  /** @param {HTMLElement} page @param {StemsDeps} deps @param {Scope} scope */
  constructor(page, deps, scope) {
    this.#page = page;
    this.#deps = deps;
    const { store, decoder, notices, storage, player } = deps;
    const api = createApi();
    this.server = new Server({ api });
    this.separations = new Separations(keepJobs(storage, window));
    this.jobs = new Jobs({ store: this.separations, api, fileOf: (song) => this.#trackOf(song)?.file ?? null, onLocked: (sentence) => this.#locked(sentence) });
    this.splits = new Splits({ store: this.separations, decoder, engine: new SplitEngine(), makeSink: (shape) => this.#makeSink(shape) });
    this.lender = new StemsLender({ separations: this.separations, splits: this.splits, open: (entry, signal, onBytes) => this.#openStems(entry, null, signal, onBytes) });
    this.card = part(page, "stems", HTMLElement);
    this.host = new MixerHost(this.card, {
      mount: (element) => this.#mountMixer(element, scope), sectionsOf,
      openStems: (entry, track, signal, onBytes) => this.#openStems(entry, track, signal, onBytes),
    }, scope);
    this.panel = mountStemsPanel(this.card, {
      store: this.separations, server: this.server, host: this.host, quickSpeed: () => this.splits.speed,
      actions: { start: (track, choice) => this.#start(track, choice), ...this.#actions },
    }, scope);
    this.dialog = part(page, "stems-dialog", HTMLDialogElement);
    for (const place of [this.dialog, part(page, "kept", HTMLElement)]) {
      mountJobsList(part(place, "jobs", HTMLElement), { store: this.separations, actions: { open: (id) => this.open(id), ...this.#actions } }, scope);
    }
    this.place = new StemsPlace(page, { store, separations: this.separations, panel: this.panel }, scope);
    this.#listen(scope, notices, player, store);
    this.#counts();
    this.jobs.resume();
  }

  /** @param {Separation} entry @param {Track|null} track @param {AbortSignal} signal @param {import("./stems-lanes.js").OnBytes} onBytes */
  async #openStems(entry, track, signal, onBytes) {
    const { playableOf } = this.#deps;
    if (entry.place === "server") return stemsOfServer(entry, { signal, onBytes, original: track && (() => playableOf(track, signal)) });
    const kept = this.splits.sink(entry.id);
    return kept && stemsOfDevice(kept);
  }

  /** Whether leaving now would lose work. */
  get busy() {
    return this.jobs.uploading || this.splits.busy;
  }

  /** Play or pause the stems, when they are what plays, or all there is to play. @returns {boolean} false: it is the song's turn */
  toggle() {
    const { mixer } = this.host;
    if (!mixer || (mixer.status !== "playing" && this.place.desk === null)) return false;
    mixer.toggle();
    return true;
  }

  /** The dialog with everything of stems. */
  show() {
    if (this.dialog.open) return;
    this.dialog.showModal();
  }

  /** Look at a separation: at its song, where that is in the list, else by itself. @param {string} id */
  open(id) {
    const entry = this.separations.get(id);
    if (!entry) return;
    this.dialog.close();
    this.place.open(id, this.#trackOf(entry.song));
  }

  /** @param {string} sentence */
  #locked(sentence) {
    this.server.lock(sentence);
    this.panel.choose(); // where the token is asked for
  }

  /** @param {import("./split.js").Shape} shape */
  #makeSink({ sampleRate, seconds }) {
    const kept = createStemStore({ stems: QUICK_STEMS.map((name) => ({ name, label: stemLabel(name) })), sampleRate, seconds });
    for (const type of ["grown", "finished"]) kept.addEventListener(type, () => this.host.mixer?.refresh());
    return kept;
  }

  get #actions() {
    return {
      retry: (/** @type {string} */ id) => this.#retry(id),
      cancel: (/** @type {string} */ id) => (this.separations.get(id)?.place === "server" ? void this.jobs.cancel(id) : this.splits.cancel(id)),
      remove: (/** @type {string} */ id) => void this.#remove(id),
    };
  }

  /** @param {Track} track @param {Choice} choice @returns {string} */
  #start(track, choice) {
    const { store } = this.#deps;
    const options = optionsOf(choice, track, store.settings.notation);
    const label = this.server.known?.models.find((model) => model.name === choice.model)?.label ?? choice.model;
    const wanted = { label, file: track.file, song: identity(track.file, track.name), title: trackTitle(track), artist: track.tags?.artist ?? null, options };
    return choice.model === QUICK ? this.splits.start(wanted) : this.jobs.start(wanted);
  }

  /** @param {string} id */
  #retry(id) {
    const entry = this.separations.get(id);
    if (!entry) return;
    if (entry.place === "server") return this.jobs.retry(id);
    const file = this.#trackOf(entry.song)?.file;
    if (file) this.splits.retry(id, file);
    else this.#deps.notices.alert(`Drop “${entry.title}” again first: the song itself is not here any more.`);
  }

  /** @param {string} id */
  async #remove(id) {
    const entry = this.separations.get(id);
    if (!entry) return;
    if (this.place.desk === id) this.place.closeDesk();
    try {
      if (entry.place === "server") await this.jobs.remove(id);
      else this.splits.remove(id);
      this.#deps.notices.quietly(`Stems of ${entry.title} removed.`);
    } catch (error) {
      this.#deps.notices.alert(`The stems of “${entry.title}” are still on the server. ${error instanceof Error ? error.message : error}`);
    }
  }

  /** @param {Scope} scope @param {Notices} notices @param {PlayerLike} player @param {Store} store */
  #listen(scope, notices, player, store) {
    scope.on(this.#page, "click", ({ target }) => {
      if (target instanceof Element && target.closest('[data-action="stems"]')) this.show();
    });
    scope.on(this.dialog, "click", (event) => {
      if (event.target === this.dialog) this.dialog.close();
    });
    let locked = false;
    scope.on(this.server, "change", () => {
      if (locked && this.server.state === "here") this.jobs.resume();
      locked = this.server.state === "locked" || (locked && this.server.state === "asking");
    });
    scope.on(store, "tracks", ({ detail }) => {
      for (const id of detail.ids) this.#rename(id);
    });
    scope.on(this.separations, "change", () => this.#counts());
    scope.on(this.jobs, "settled", ({ detail }) => this.#settled(detail.entry, notices));
    scope.on(this.splits, "settled", ({ detail }) => this.#settled(detail.entry, notices));
    scope.on(this.splits, "opened", ({ detail }) => {
      const entry = this.separations.get(detail.id);
      if (entry && this.panel.entry?.id === entry.id) this.host.again(entry, this.#trackOf(entry.song));
    });
    scope.on(player, "change", () => {
      if (player.state.status === "playing") this.host.mixer?.pause();
    });
    const input = part(this.#page, "stems-file", HTMLInputElement);
    scope.on(part(this.dialog, "stems-choose", HTMLButtonElement), "click", () => input.click());
    scope.on(input, "change", () => {
      this.#take(filesOfInput(input.files ?? []), notices);
      input.value = "";
    });
  }

  /** A song of somebody who came for stems: it goes into the list, and the choice opens. @param {ReturnType<typeof filesOfInput>} found @param {Notices} notices */
  #take(found, notices) {
    const { store } = this.#deps;
    const { accepted, notice, refused } = chooseAudio(found, new Set());
    const [first] = accepted;
    if (!first) return void (refused && notice && notices.alert(notice));
    const track = this.#trackOf(identity(first.file, first.name)) ?? store.add([first])[0];
    this.dialog.close();
    if (!track) return;
    store.select(track.id);
    this.place.update();
    this.panel.choose();
  }

  /** Whoever was quick started before the file's own title was read. @param {number} id of a track */
  #rename(id) {
    const track = this.#deps.store.track(id);
    if (!track?.tags || this.separations.list.length === 0) return;
    const [title, artist] = [trackTitle(track), track.tags.artist ?? null];
    for (const entry of this.separations.of(identity(track.file, track.name))) {
      if (entry.title !== title || entry.artist !== artist) this.separations.update(entry.id, { title, artist });
    }
  }

  /** @param {Separation|null} entry @param {Notices} notices */
  #settled(entry, notices) {
    if (!entry || this.lender.owns(entry.id)) return; // whoever asked for it says so
    const shown = this.panel.entry?.id === entry.id;
    const words = entry.state === "done" ? `The stems of “${entry.title}” are ready.` : `Stems of “${entry.title}”: ${stateText(entry, Date.now())}`;
    if (shown || entry.state === "cancelled" || entry.state === "expired") notices.quietly(words);
    else notices.say(words, { label: "Show", run: () => this.open(entry.id) });
  }

  /** How many are under way, at the button; whether there is anything to list. */
  #counts() {
    const all = this.separations.list;
    const moving = all.filter((entry) => !isFinal(entry)).length;
    const badge = part(this.#page, "stems-badge", HTMLElement);
    badge.hidden = moving === 0;
    if (moving > 0) badge.replaceChildren(String(moving), hiddenText(` ${countText(moving, "job").replace(/^\d+ /, "")} under way`));
    part(this.#page, "kept", HTMLElement).hidden = all.length === 0;
    part(this.dialog, "jobs-none", HTMLElement).hidden = all.length > 0;
  }

  /** @param {string} song @returns {Track|null} */
  #trackOf(song) {
    return this.#deps.store.tracks.find(({ file, name }) => identity(file, name) === song) ?? null;
  }

  /** @param {HTMLElement} element @param {Scope} scope */
  #mountMixer(element, scope) {
    const { player, notices, toVideo } = this.#deps;
    return mountMixer(element, { onPlay: () => player.pause(), say: (text) => void notices.say(text), targets: { video: toVideo } }, scope);
  }
}

/** @param {Track} track */
function sectionsOf(track) {
  return (track.analysis?.structure?.sections ?? []).map((section) => ({ startSeconds: section.startSeconds, endSeconds: section.endSeconds, label: sectionName(section) }));
}

/** @param {string} text */
function hiddenText(text) {
  const span = document.createElement("span");
  span.className = "sr-only";
  span.textContent = text;
  return span;
}
