/**
 * Playback controls of the selected track. On a phone they are the bar at the foot of the page.
 * @import {Scope} from "./scope.js"
 * @import {Store} from "./store.js"
 * @import {Track, PlayerState} from "./types.js"
 * @import {Playables} from "./playables.js"
 * @import {Notices} from "./notices.js"
 */
import { part, setIcon, setPressed, setText } from "./dom.js";
import { clockText, shownKey, spokenTime } from "./labels.js";
import { TRIADS } from "./protocol.js";

/**
 * What the transport needs of the player (`player.js`).
 * @typedef {EventTarget & {
 *   state: PlayerState,
 *   load: (trackId: number, blob: Blob, options?: {autoplay?: boolean}) => Promise<unknown>|void,
 *   play: () => unknown, pause: () => unknown, toggle: () => unknown,
 *   seek: (seconds: number) => void, position: () => number, setVolume: (volume: number) => void,
 *   setClicks: (clicks: {enabled: boolean, beats: Float64Array, downbeats: Float64Array}) => void,
 *   playChord: (frequencies: ReadonlyArray<number>) => unknown,
 * }} PlayerLike
 */

/** How often the clock is written while playing. */
const CLOCK_MILLISECONDS = 200;
/** Walking through the list with the arrow keys does not load every track passed. */
const LOAD_AFTER_MILLISECONDS = 180;
const CONCERT_PITCH_HZ = 440;
const NO_BEATS = new Float64Array();

/**
 * @param {HTMLElement} element
 * @param {{store: Store, player: PlayerLike, playables: Playables, notices: Notices}} deps
 * @param {Scope} scope
 */
export function mountTransport(element, deps, scope) {
  return new Transport(element, deps, scope);
}

class Transport {
  /** @type {number|null} the track that is loaded or on its way */
  #wanted = null;
  /** @type {() => void} */
  #cancelLoad = () => {};

  /**
   * @param {HTMLElement} element
   * @param {{store: Store, player: PlayerLike, playables: Playables, notices: Notices}} deps
   * @param {Scope} scope
   */
  constructor(element, { store, player, playables, notices }, scope) {
    this.store = store;
    this.player = player;
    this.playables = playables;
    this.notices = notices;
    this.scope = scope;
    this.playButton = part(element, "play", HTMLButtonElement);
    this.clicksButton = part(element, "clicks", HTMLButtonElement);
    this.chordButton = part(element, "chord", HTMLButtonElement);
    this.seekBar = part(element, "seek", HTMLInputElement);
    this.volume = part(element, "volume", HTMLInputElement);
    this.positionText = part(element, "position", HTMLElement);
    this.durationText = part(element, "duration", HTMLElement);
    this.#listen();
    this.volume.value = String(store.settings.volume);
    player.setVolume(store.settings.volume);
    this.#showState();
  }

  #listen() {
    const { scope, player, store } = this;
    scope.on(this.playButton, "click", () => this.toggle());
    scope.on(this.clicksButton, "click", () => this.toggleClicks());
    scope.on(this.chordButton, "click", () => this.playChord());
    scope.on(this.seekBar, "input", () => player.seek(Number(this.seekBar.value)));
    scope.on(this.volume, "input", () => {
      player.setVolume(Number(this.volume.value));
      store.set({ volume: Number(this.volume.value) });
    });
    scope.on(player, "change", () => this.#showState());
    const timer = setInterval(() => {
      if (player.state.status === "playing") this.#showClock();
    }, CLOCK_MILLISECONDS);
    scope.add(() => clearInterval(timer));
  }

  /** The selected track changed, or its beats did. @param {Track|null} track */
  show(track) {
    this.#setClicks(track);
    this.chordButton.disabled = !track || shownKey(track).key === null;
    const id = track?.state === "done" ? track.id : null;
    if (id === this.#wanted) return this.#showState();
    if (this.player.state.status === "playing") this.player.pause();
    this.#wanted = id;
    this.#cancelLoad();
    if (track && id !== null) this.#cancelLoad = this.scope.after(() => void this.#load(track, false), LOAD_AFTER_MILLISECONDS);
    this.#showState();
  }

  /** Play the selected track, or pause. */
  toggle() {
    const track = this.store.selected;
    if (track?.state !== "done") return;
    if (this.player.state.trackId === track.id && this.player.state.status !== "failed") this.player.toggle();
    else {
      this.#cancelLoad();
      void this.#load(track, true);
    }
  }

  toggleClicks() {
    this.store.set({ clicks: !this.store.settings.clicks });
    this.#setClicks(this.store.selected);
  }

  playChord() {
    const track = this.store.selected;
    const { key } = track ? shownKey(track) : { key: null };
    const tuningHz = track?.analysis?.tuning?.hz ?? CONCERT_PITCH_HZ;
    /** @type {ReadonlyArray<number>|undefined} */
    const ratios = key ? TRIADS[key.name] : undefined;
    if (ratios) this.player.playChord(ratios.map((ratio) => ratio * tuningHz));
  }

  /** @param {number} seconds */
  skip(seconds) {
    if (this.player.state.trackId === this.#wanted) this.player.seek(Math.max(0, this.player.position() + seconds));
  }

  /** @param {Track} track @param {boolean} autoplay */
  async #load(track, autoplay) {
    this.#wanted = track.id;
    try {
      const blob = await this.playables.get(track);
      if (this.#wanted === track.id) await this.player.load(track.id, blob, { autoplay });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (autoplay) this.notices.alert(`“${track.name}” cannot be played: ${reason}`);
    }
  }

  /** @param {Track|null} track */
  #setClicks(track) {
    const enabled = this.store.settings.clicks;
    const beats = track?.arrays?.beats ?? NO_BEATS;
    this.player.setClicks({ enabled, beats, downbeats: track?.arrays?.downbeats ?? NO_BEATS });
    setPressed(this.clicksButton, enabled);
    this.clicksButton.disabled = beats.length === 0;
  }

  #showState() {
    const { status, durationSeconds, trackId, error } = this.player.state;
    const mine = trackId !== null && trackId === this.#wanted;
    const playing = mine && status === "playing";
    setIcon(this.playButton, playing ? "pause" : "play");
    this.playButton.setAttribute("aria-label", playing ? "Pause" : "Play");
    this.playButton.disabled = this.#wanted === null;
    this.playButton.title = mine && status === "failed" ? (error ?? "This cannot be played.") : `${playing ? "Pause" : "Play"} (Space)`;
    this.seekBar.disabled = !mine || durationSeconds === 0;
    this.seekBar.max = String(Math.max(durationSeconds, 0.1));
    setText(this.durationText, clockText(mine ? durationSeconds : 0));
    this.#showClock();
  }

  #showClock() {
    const { trackId } = this.player.state;
    const seconds = trackId !== null && trackId === this.#wanted ? this.player.position() : 0;
    setText(this.positionText, clockText(seconds));
    if (!this.seekBar.matches(":active")) this.seekBar.value = String(seconds);
    this.seekBar.setAttribute("aria-valuetext", spokenTime(seconds));
  }
}
