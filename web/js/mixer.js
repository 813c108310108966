/**
 * The stem mixer: a wave for each stem, solo, mute, level, pan, loop, A/B with the original, slower at the same pitch,
 * and files of all that. What it shows is a frozen `MixerState`; every change goes through `#set`.
 * @import {Mixer, MixerDeps, MixerSong, MixerState, Loop} from "./mixer-types.js"
 * @import {Scope} from "./scope.js"
 */
import { setPressed, setText } from "./dom.js";
import { buildMixer } from "./mixer-dom.js";
import { audibleLanes } from "./mixer-gains.js";
import { listenToGrip, listenToTrack, onMixerKey } from "./mixer-input.js";
import { LaneView, MeterView, showRange } from "./mixer-lane.js";
import { MixerPlayer } from "./mixer-player.js";
import { renderMix } from "./mixer-render.js";
import { Saver } from "./mixer-save.js";
import { loopText, speedText } from "./mixer-scale.js";
import { Stage } from "./mixer-stage.js";
import { change, freshState, isUntouched, resetLanes, setLane, setLoop, setSpeed, toggleMute, toggleSolo } from "./mixer-state.js";
import { Scope as OwnScope } from "./scope.js";
import { clockText } from "./labels.js";

/** Pressed longer than this, A/B is for the moment only. */
const HOLD_MILLISECONDS = 350;
const BUTTON_ZOOM = 2;
/** What L loops when nothing is in hand and no section is known. */
const HANDY_LOOP_SECONDS = 8;

/** @param {HTMLElement} element @param {MixerDeps} deps @param {Scope} scope @returns {Mixer} */
export function mountMixer(element, deps, scope) {
  return new MixerWidget(element, deps, scope);
}

class MixerWidget extends EventTarget {
  /** @type {MixerSong|null} */
  #song = null;
  /** @type {MixerState} */
  #state = freshState(0);
  /** @type {LaneView[]} */
  #lanes = [];
  /** Ends with the song. */
  #songScope = new OwnScope();
  /** What a held A/B goes back to. @type {ReturnType<typeof setTimeout>|undefined} */
  #hold;
  #held = false;
  #spaceTaken = false;

  /** @param {HTMLElement} element @param {MixerDeps} deps @param {Scope} scope */
  constructor(element, deps, scope) {
    super();
    element.classList.add("mixer-place");
    this.deps = deps;
    this.#state = freshState(0, deps.volume ?? 1);
    this.parts = buildMixer(element);
    const url = deps.workletUrl ?? new URL("./mixer-worklet.js", import.meta.url).href;
    const stretch = deps.stretchUrl;
    this.player = new MixerPlayer({ workletUrl: url, stretchUrl: async () => stretch ?? (await import("./assets.js")).ASSETS.stretch });
    this.master = new MeterView(this.parts.bar.meter.covers);
    this.stage = new Stage(this.parts, {
      position: () => this.player.position(), moving: () => this.player.status === "playing",
      meters: (seconds) => this.#meters(seconds), onSection: (section) => this.#takeLoop(section),
    }, scope);
    this.saver = new Saver(this.parts, deps, { song: () => this.#song, state: () => this.#state, set: (state) => this.#set(state), root: this.parts.root }, scope);
    this.#listen(scope);
    this.#listenToTracks(this.parts.map.ruler.root, scope);
    this.#listenToLoop(scope);
    scope.add(() => {
      this.#songScope.dispose();
      this.player.dispose();
    });
  }

  get state() {
    return this.#state;
  }

  get status() {
    return this.player.status;
  }

  /** @param {MixerSong|null} song */
  show(song) {
    this.#songScope.dispose();
    this.#songScope = new OwnScope();
    this.#song = song;
    this.#state = freshState(song?.lanes.length ?? 0, this.#state.volume);
    this.#lanes = (song?.lanes ?? []).map((lane, index) => this.#makeLane(lane, index));
    const { root, lanes, bar } = this.parts;
    lanes.replaceChildren(...this.#lanes.map(({ parts }) => parts.root));
    root.hidden = song === null;
    root.setAttribute("aria-label", song ? `Mixer of ${song.title}` : "Mixer");
    setText(bar.title, song?.title ?? "");
    setText(bar.note, song?.note ?? "");
    bar.note.hidden = !song?.note;
    this.player.show(song, this.#state);
    this.stage.show(this.#lanes, song?.sections ?? [], this.player.seconds);
    this.saver.show();
    this.#showState();
  }

  /** Lanes have grown, or colours changed. */
  refresh() {
    this.player.refresh();
    this.stage.setLength(this.player.seconds);
    this.#showState();
  }

  async play() {
    if (this.player.status === "empty" || this.player.status === "playing") return;
    this.deps.onPlay?.();
    this.parts.bar.meter.root.classList.remove("is-over");
    await this.player.play();
  }

  pause() {
    this.player.pause();
  }

  toggle() {
    if (this.player.status === "playing" || this.player.status === "loading") this.player.pause();
    else void this.play();
  }

  /** @param {number} seconds */
  seek(seconds) {
    this.player.seek(seconds);
    this.stage.reveal(seconds);
  }

  position() {
    return this.player.position();
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    if (!this.#song) return false;
    const taken = onMixerKey(event, {
      toggle: () => this.toggle(), mute: (index) => this.#set(toggleMute(this.#state, index)), solo: (index) => this.#set(toggleSolo(this.#state, index)),
      skip: (seconds) => this.seek(this.position() + seconds), jump: (end) => this.seek(end === "start" ? 0 : this.player.seconds),
      loop: () => this.#toggleLoop(), original: () => this.#pressOriginal(),
      zoom: (factor) => this.stage.zoom(factor, null), showWhole: () => this.stage.showWhole(),
    }, this.#lanes.length);
    if (taken) event.preventDefault();
    this.#spaceTaken ||= taken && event.key === " ";
    return taken;
  }

  /** @param {import("./mixer-render.js").RenderOptions} [options] */
  async renderMix(options) {
    return (await renderMix(this.#song?.lanes ?? [], this.#state, options)).blob;
  }

  /** @param {Scope} scope */
  #listen(scope) {
    const { root, bar, actions } = this.parts;
    scope.on(this.player, "change", () => this.#showStatus());
    scope.on(root, "keydown", (/** @type {KeyboardEvent} */ event) => void this.onKey(event));
    scope.on(document, "keyup", (/** @type {KeyboardEvent} */ event) => {
      if (event.key === "b" || event.key === "B") this.#releaseOriginal();
      // Not every browser leaves a button alone when only the key's way down was taken.
      if (event.key !== " ") return;
      if (this.#spaceTaken) event.preventDefault();
      this.#spaceTaken = false;
    });
    scope.on(bar.play, "click", () => this.toggle());
    scope.on(bar.loop, "click", () => this.#toggleLoop());
    scope.on(bar.own, "click", () => this.#set(change(this.#state, { original: false })));
    scope.on(bar.original, "pointerdown", (/** @type {PointerEvent} */ event) => void (event.button === 0 && this.#pressOriginal()));
    for (const type of ["pointerup", "pointerleave", "pointercancel"]) scope.on(bar.original, type, () => this.#releaseOriginal());
    // Pressed by a key or by a machine: a click without a pointer.
    scope.on(bar.original, "click", (/** @type {PointerEvent} */ event) => void (event.detail === 0 && this.#set(change(this.#state, { original: !this.#state.original }))));
    scope.on(bar.speed.input, "input", () => this.#set(setSpeed(this.#state, Number(bar.speed.input.value) / 100)));
    scope.on(bar.speed.input, "dblclick", () => this.#set(setSpeed(this.#state, 1)));
    scope.on(bar.volume.input, "input", () => this.#set(change(this.#state, { volume: Number(bar.volume.input.value) / 100 })));
    scope.on(bar.closer, "click", () => this.stage.zoom(BUTTON_ZOOM, null));
    scope.on(bar.farther, "click", () => this.stage.zoom(1 / BUTTON_ZOOM, null));
    scope.on(bar.whole, "click", () => this.stage.showWhole());
    scope.on(actions.reset, "click", () => this.#set(resetLanes(this.#state)));
  }

  /** @param {HTMLElement} track @param {Scope} scope */
  #listenToTracks(track, scope) {
    listenToTrack(track, {
      seekAt: (x) => this.player.seek(this.stage.secondsAt(x)),
      select: (from, to, done) => {
        const loop = { startSeconds: this.stage.secondsAt(from), endSeconds: this.stage.secondsAt(to) };
        if (done) this.#takeLoop(loop);
        else this.stage.setLoop(setLoop(this.#state, loop, this.player.seconds).loop, true);
      },
      forget: () => this.stage.setLoop(this.#state.loop, this.#state.looping),
      zoom: (factor, x) => this.stage.zoom(factor, x),
      pan: (pixels) => this.stage.pan(pixels),
    }, scope);
  }

  /** @param {Scope} scope */
  #listenToLoop(scope) {
    const { map } = this.parts;
    for (const [grip, end] of /** @type {const} */ ([[map.start, "startSeconds"], [map.end, "endSeconds"]])) {
      const moved = (/** @type {number} */ seconds) => setLoop(this.#state, this.#state.loop && { ...this.#state.loop, [end]: seconds }, this.player.seconds);
      listenToGrip(grip, {
        move: (x, done) => {
          const next = moved(this.stage.secondsAt(x));
          if (done) this.#set(next);
          else this.stage.setLoop(next.loop, true);
        },
        step: (seconds) => this.#set(moved((this.#state.loop?.[end] ?? 0) + seconds)),
      }, map.ruler.root, scope);
    }
  }

  /** @param {import("./mixer-types.js").Lane} lane @param {number} index */
  #makeLane(lane, index) {
    const view = new LaneView(lane, index + 1, {
      set: (patch) => this.#set(setLane(this.#state, index, patch)), mute: () => this.#set(toggleMute(this.#state, index)),
      solo: (alone) => this.#set(toggleSolo(this.#state, index, { alone })), save: () => void this.saver.saveLane(index),
    }, this.#songScope);
    this.#listenToTracks(view.parts.track.root, this.#songScope);
    return view;
  }

  /** @param {MixerState} state */
  #set(state) {
    if (state === this.#state) return;
    this.#state = state;
    this.player.apply(state);
    this.#showState();
    this.dispatchEvent(new Event("change"));
  }

  /** Repeat this, and be in it. @param {Loop} loop */
  #takeLoop(loop) {
    const next = setLoop(this.#state, loop, this.player.seconds);
    const again = this.#state.looping && next.loop?.startSeconds === this.#state.loop?.startSeconds && next.loop?.endSeconds === this.#state.loop?.endSeconds;
    if (again) return this.#set(change(this.#state, { looping: false }));
    this.#set(next);
    const { startSeconds, endSeconds } = next.loop ?? loop;
    const seconds = this.position();
    if (seconds < startSeconds || seconds >= endSeconds) this.player.seek(startSeconds);
    setText(this.parts.status, `Loop ${loopText({ startSeconds, endSeconds })}`);
  }

  #toggleLoop() {
    if (this.#state.looping) return this.#set(change(this.#state, { looping: false }));
    if (this.#state.loop) return this.#takeLoop(this.#state.loop);
    const seconds = this.position();
    const section = this.#song?.sections?.find(({ startSeconds, endSeconds }) => seconds >= startSeconds && seconds < endSeconds);
    this.#takeLoop(section ?? { startSeconds: seconds, endSeconds: seconds + HANDY_LOOP_SECONDS });
  }

  /** At once; a long press goes back when it is let go. */
  #pressOriginal() {
    this.#set(change(this.#state, { original: !this.#state.original }));
    this.#held = false;
    clearTimeout(this.#hold);
    this.#hold = setTimeout(() => (this.#held = true), HOLD_MILLISECONDS);
  }

  #releaseOriginal() {
    clearTimeout(this.#hold);
    if (this.#held) this.#set(change(this.#state, { original: !this.#state.original }));
    this.#held = false;
  }

  #showState() {
    const { bar, actions } = this.parts;
    const state = this.#state;
    const audible = audibleLanes(state.lanes);
    this.#lanes.forEach((view, index) => {
      const setting = state.lanes[index];
      if (setting) view.show(setting, state.original || (audible[index] ?? true));
    });
    this.parts.root.classList.toggle("is-original", state.original);
    setPressed(bar.own, !state.original);
    setPressed(bar.original, state.original);
    setPressed(bar.loop, state.looping);
    showRange(bar.speed, Math.round(state.speed * 100), speedText(state.speed), speedText(state.speed));
    showRange(bar.volume, Math.round(state.volume * 100), speedText(state.volume), speedText(state.volume));
    actions.reset.disabled = isUntouched(state);
    this.stage.setLoop(state.loop, state.looping);
    setText(bar.total, clockText(this.player.seconds));
    this.#showStatus();
  }

  #showStatus() {
    const { bar, error } = this.parts;
    const { status } = this.player;
    const playing = status === "playing" || status === "loading";
    bar.play.classList.toggle("is-playing", playing);
    bar.play.classList.toggle("is-loading", status === "loading");
    bar.play.setAttribute("aria-label", playing ? "Pause" : "Play");
    bar.play.title = `${playing ? "Pause" : "Play"} (Space)`;
    error.hidden = this.player.error === null;
    setText(error, this.player.error ?? "");
    bar.speed.input.disabled = this.player.unstretched;
    if (this.player.unstretched) bar.speed.input.title = "The time stretcher could not be loaded, so the speed stays as it is.";
    this.stage.wake();
    this.dispatchEvent(new Event("change"));
  }

  /** @param {number} seconds since the last time @returns {boolean} whether one of them still moves */
  #meters(seconds) {
    const peaks = this.player.takePeaks();
    const master = peaks.subarray(Math.max(0, peaks.length - 2));
    let lively = this.master.show(master, seconds);
    if (master.some((peak) => peak > 1)) this.parts.bar.meter.root.classList.add("is-over");
    for (const [index, { meter }] of this.#lanes.entries()) lively = meter.show(peaks.subarray(2 * index, 2 * index + 2), seconds) || lively;
    return lively;
  }
}
