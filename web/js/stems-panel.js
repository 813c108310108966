/**
 * The card "Stems": of the selected track, or of a separation whose song is not in the list. It offers the choice,
 * shows what goes on, and holds the mixer.
 * @import {Scope} from "./scope.js"
 * @import {Server} from "./capabilities.js"
 * @import {Choice} from "./stems-options.js"
 * @import {Separation, Separations} from "./stems-store.js"
 * @import {MixerHost} from "./stems-mixer.js"
 * @import {Track} from "./types.js"
 */
import { part, setProgress, setText } from "./dom.js";
import { identity } from "./intake-files.js";
import { mountStemsChooser } from "./stems-chooser.js";
import { isFinal } from "./stems-store.js";
import { EXPIRED, isExpired, isUnmeasured, keptText, kindText, movingText, stateText } from "./stems-words.js";
import { make } from "./widget-dom.js";

/** track: null when its song is not in the list. @typedef {{song: string, track: Track|null}} Subject */

/**
 * @typedef {object} PanelDeps
 * @property {Separations} store
 * @property {Server} server
 * @property {MixerHost} host
 * @property {() => number|null} quickSpeed
 * @property {{start: (track: Track, choice: Choice) => string, retry: (id: string) => void, cancel: (id: string) => void, remove: (id: string) => void}} actions
 */

/** Countdowns go on by themselves. */
const TICK_MILLISECONDS = 1000;
const LEAD = "Vocals, drums, bass and the rest, each by itself.";

/** @param {HTMLElement} element @param {PanelDeps} deps @param {Scope} scope */
export function mountStemsPanel(element, deps, scope) {
  return new StemsPanel(element, deps, scope);
}

export class StemsPanel {
  #deps;
  /** @type {Subject|null} */
  #subject = null;
  /** Which separation of a song is looked at, where it is not the newest. @type {Map<string, string>} */
  #picked = new Map();
  #choosing = false;

  /** @param {HTMLElement} element @param {PanelDeps} deps @param {Scope} scope */
  constructor(element, deps, scope) {
    this.element = element;
    this.#deps = deps;
    this.open = part(element, "stems-open", HTMLButtonElement);
    this.versions = part(element, "stems-versions", HTMLSelectElement);
    this.chooser = mountStemsChooser(part(element, "stems-choice", HTMLFormElement), {
      server: deps.server, quickSpeed: deps.quickSpeed, onGo: (choice) => this.#go(choice), onClose: () => this.#close(),
    }, scope);
    scope.on(this.open, "click", () => this.choose());
    scope.on(this.versions, "change", () => this.pick(this.versions.value));
    scope.on(element, "click", ({ target }) => this.#click(target));
    scope.on(deps.store, "change", () => this.draw());
    const timer = setInterval(() => {
      if (this.entry?.state === "holding" || this.entry?.state === "done") this.draw();
    }, TICK_MILLISECONDS);
    scope.add(() => clearInterval(timer));
  }

  /** The separation that is shown. @returns {Separation|null} */
  get entry() {
    if (!this.#subject) return null;
    const all = this.#versions(this.#subject.song);
    return all.find((entry) => entry.id === this.#picked.get(this.#subject?.song ?? "")) ?? all[0] ?? null;
  }

  /** A cancelled separation is nothing to look at, where there is another. @param {string} song @returns {Separation[]} newest first */
  #versions(song) {
    const all = this.#deps.store.of(song);
    const kept = all.filter(({ state }) => state !== "cancelled");
    return kept.length > 0 ? kept : all.slice(0, 1);
  }

  /** @param {Subject|null} subject */
  show(subject) {
    if (subject?.song !== this.#subject?.song) this.#choosing = false;
    this.#subject = subject;
    this.draw();
  }

  /** Look at this separation of the song. @param {string} id */
  pick(id) {
    if (this.#subject) this.#picked.set(this.#subject.song, id);
    this.draw();
  }

  /** Show the choice and go to it. */
  choose() {
    if (!this.#subject?.track) return;
    this.#choosing = true;
    this.draw();
    this.chooser.focus();
    // Once the server has answered it is taller than what is left of most screens.
    this.element.scrollIntoView({ block: "start" });
  }

  draw() {
    const { host } = this.#deps;
    const subject = this.#subject;
    this.element.hidden = subject === null;
    const entry = this.entry;
    host.show(subject && entry && isOpen(entry) ? entry : null, subject?.track ?? null);
    if (!subject) return this.chooser.hide();
    this.#head(subject, entry);
    if (this.#choosing && subject.track) this.chooser.show({ bytes: subject.track.file.size, seconds: subject.track.analysis?.durationSeconds ?? null });
    else this.chooser.hide();
    this.#work(entry);
    this.#files(entry);
  }

  /** @param {Subject} subject @param {Separation|null} entry */
  #head({ song, track }, entry) {
    const all = this.#versions(song);
    this.element.dataset.state = entry?.state ?? "none";
    setText(part(this.element, "stems-lead", HTMLElement), entry && entry.state !== "cancelled" ? kindText(entry) : LEAD);
    setText(this.open, entry && entry.state !== "cancelled" ? "Separate again" : "Separate stems");
    this.open.hidden = this.#choosing || !track || (entry !== null && !isFinal(entry));
    this.open.setAttribute("aria-expanded", String(this.#choosing));
    part(this.element, "stems-versions-label", HTMLElement).hidden = all.length < 2 || this.#choosing;
    part(this.element, "stems-lead", HTMLElement).hidden = all.length > 1 && !this.#choosing;
    const drawn = all.map((each) => each.id + each.state).join();
    if (this.versions.dataset.drawn !== drawn) {
      this.versions.dataset.drawn = drawn;
      this.versions.replaceChildren(...all.map((each) => make("option", { value: each.id }, `${kindText(each)}${each.state === "done" ? "" : ` (${each.state})`}`)));
    }
    if (entry) this.versions.value = entry.id;
  }

  /** @param {Separation|null} entry */
  #work(entry) {
    const now = Date.now();
    const expired = entry !== null && isExpired(entry, now);
    const shown = entry !== null && entry.state !== "cancelled" && (entry.state !== "done" || expired);
    part(this.element, "stems-work", HTMLElement).hidden = !shown;
    if (!shown || !entry) return;
    const moving = !isFinal(entry);
    setText(part(this.element, "stems-stage", HTMLElement), expired ? EXPIRED : stateText(entry, now));
    setText(part(this.element, "stems-left", HTMLElement), movingText(entry, now));
    const bar = part(this.element, "stems-bar", HTMLProgressElement);
    bar.hidden = !moving;
    setProgress(bar, isUnmeasured(entry) ? null : entry.fraction);
    setText(part(this.element, "stems-note", HTMLElement), noteOf(entry));
    part(this.element, "stems-cancel", HTMLElement).hidden = !moving;
    part(this.element, "stems-retry", HTMLElement).hidden = moving && entry.state !== "holding";
    setText(part(this.element, "stems-retry", HTMLElement), entry.state === "holding" ? "Try now" : "Try again");
    part(this.element, "stems-remove", HTMLElement).hidden = moving;
  }

  /** All finished files at once, as they are on the server; each by itself is saved in its lane. @param {Separation|null} entry */
  #files(entry) {
    const now = Date.now();
    const shown = entry?.state === "done" && !isExpired(entry, now);
    const files = part(this.element, "stems-files", HTMLElement);
    if (!shown && files.contains(document.activeElement)) this.open.focus(); // the server took its time to remove them
    files.hidden = !shown;
    if (!entry || !shown) return;
    this.#zip(entry.job?.results.find((file) => file.name === "zip"));
    const offline = entry.connected ? "" : "The server does not answer just now. ";
    setText(part(this.element, "stems-kept", HTMLElement), offline + keptText(entry, now));
    setText(part(this.element, "stems-discard", HTMLElement), entry.place === "server" ? "Remove from the server" : "Remove");
  }

  /** @param {import("./protocol.js").ResultFile|undefined} zip a single file has none */
  #zip(zip) {
    const link = part(this.element, "stems-zip", HTMLAnchorElement);
    link.hidden = zip === undefined;
    if (!zip) return;
    if (link.getAttribute("href") !== zip.url) link.href = zip.url;
    link.download = zip.fileName;
    link.title = zip.fileName;
  }

  /** @param {Choice} choice */
  #go(choice) {
    const track = this.#subject?.track;
    if (!track) return;
    this.#choosing = false;
    this.#picked.set(identity(track.file, track.name), this.#deps.actions.start(track, choice));
    this.draw();
    part(this.element, "stems-cancel", HTMLElement).focus();
  }

  #close() {
    this.#choosing = false;
    this.draw();
    this.open.focus();
  }

  /** @param {EventTarget|null} target */
  #click(target) {
    const act = target instanceof Element ? target.closest("[data-stems]")?.getAttribute("data-stems") : null;
    const entry = this.entry;
    if (!entry || (act !== "retry" && act !== "cancel" && act !== "remove")) return;
    this.#deps.actions[act](entry.id);
    // The pressed button may be gone now: the focus goes to what took its place.
    const next = [this.open, ...this.element.querySelectorAll("[data-stems]")].find((each) => each instanceof HTMLElement && each.checkVisibility());
    if (!document.activeElement?.checkVisibility() || document.activeElement === document.body) /** @type {HTMLElement|undefined} */ (next)?.focus();
  }
}

/** Whether there is something to hear. @param {Separation} entry */
function isOpen(entry) {
  return (entry.state === "done" && !isExpired(entry, Date.now())) || (entry.place === "device" && entry.state === "running");
}

/** What the bar does not say. @param {Separation} entry */
function noteOf(entry) {
  if (entry.state === "holding") return entry.error ?? "";
  if (entry.place === "device") return isFinal(entry) ? "" : "On this device. Nothing is uploaded.";
  if (entry.state === "uploading") return "Keep this page open until the song is there.";
  if (entry.state === "queued" || entry.state === "running") return "You may close this page: the job goes on, and is found again here.";
  return "";
}
