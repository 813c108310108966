/**
 * Playback of one track at a time: streamed, sample-exact at block borders, with the beat grid as clicks on the same
 * clock. An EventTarget; "change" after load, play, pause, seek, end and failure.
 * @import {PlayerState} from "./types.js"
 * @import {Clicks} from "./play-run.js"
 * @import {PlaySource} from "./play-source.js"
 */

import { Output } from "./play-output.js";
import { Run } from "./play-run.js";
import { startChord } from "./play-sounds.js";
import { openPlaySource } from "./play-source.js";

/** How often clicks are scheduled and the end is looked for. */
const TICK_MILLISECONDS = 50;
/** Music under a chord. */
const DUCKED = 0.2;
/** After this long without sound the audio device is let go. */
const IDLE_MILLISECONDS = 3000;

/**
 * @param {{openBlob?: (blob: Blob) => Promise<PlaySource>}} [options]
 * @returns {Player}
 */
export function createPlayer({ openBlob = openPlaySource } = {}) {
  return new Player(openBlob);
}

export class Player extends EventTarget {
  #openBlob;
  /** @type {PlayerState} */
  #state = { trackId: null, status: "empty", durationSeconds: 0, error: null };
  /** @type {PlaySource|null} */
  #source = null;
  /** @type {Output|null} */
  #output = null;
  /** @type {Run|null} */
  #run = null;
  /** Where a pause left the track. */
  #restSeconds = 0;
  #wantsPlay = false;
  #loads = 0;
  #volume = 1;
  /** @type {Clicks} */
  #clicks = { enabled: false, beats: [], downbeats: [] };
  #endChord = () => {};
  /** @type {ReturnType<typeof setInterval>|undefined} */
  #timer;
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  #idle;

  /** @param {(blob: Blob) => Promise<PlaySource>} openBlob */
  constructor(openBlob) {
    super();
    this.#openBlob = openBlob;
  }

  /** @returns {PlayerState} */
  get state() {
    return this.#state;
  }

  /** How often the current stretch of playing ran dry; for tests and for the curious. */
  get underruns() {
    return this.#run?.underruns ?? 0;
  }

  /**
   * Make a track the one that plays. Never rejects: a failure is `state.status`.
   * @param {number} trackId
   * @param {Blob} blob
   * @param {{autoplay?: boolean}} [options]
   */
  async load(trackId, blob, { autoplay = false } = {}) {
    const load = ++this.#loads;
    this.#unload();
    this.#wantsPlay = autoplay;
    this.#change({ trackId, status: "loading", durationSeconds: 0, error: null });
    try {
      const source = await this.#openBlob(blob);
      if (load !== this.#loads) return source.close();
      this.#source = source;
      this.#change({ status: "paused", durationSeconds: source.durationSeconds });
      if (this.#wantsPlay) this.play();
    } catch {
      if (load === this.#loads) this.#fail("This track cannot be played in this browser: it has no decoder for it.");
    }
  }

  /** Also during loading: it plays as soon as it can. */
  play() {
    this.#wantsPlay = true;
    if (!this.#source || this.#run) return;
    if (this.#restSeconds >= this.#state.durationSeconds) this.#restSeconds = 0;
    this.#begin(this.#source);
    this.#change({ status: "playing", error: null });
  }

  pause() {
    this.#wantsPlay = false;
    if (!this.#run) return;
    this.#restSeconds = this.position();
    this.#end();
    this.#change({ status: "paused" });
  }

  toggle() {
    if (this.#run || (this.#state.status === "loading" && this.#wantsPlay)) this.pause();
    else this.play();
  }

  /** @param {number} seconds */
  seek(seconds) {
    if (!this.#source) return;
    const playing = this.#run !== null;
    this.#end();
    this.#restSeconds = Math.min(this.#state.durationSeconds, Math.max(0, seconds));
    if (playing) this.#begin(this.#source);
    this.#change({});
  }

  /** The second of the track that is heard now. */
  position() {
    if (!this.#run || !this.#output) return this.#restSeconds;
    const { clock } = this.#run;
    return Math.min(this.#state.durationSeconds, Math.max(clock.startSeconds, clock.secondAt(this.#output.heard())));
  }

  /** @param {number} volume 0-1 */
  setVolume(volume) {
    this.#volume = Math.min(1, Math.max(0, volume));
    if (this.#output) this.#output.master.gain.setTargetAtTime(this.#volume, this.#output.context.currentTime, 0.01);
  }

  /** Beats and downbeats in seconds, ascending. @param {Partial<Clicks>} clicks what is left out stays */
  setClicks(clicks) {
    this.#clicks = { ...this.#clicks, ...clicks };
    this.#run?.retractClicks();
    this.#run?.click(this.#clicks);
  }

  /**
   * Play notes over the music, which goes on more quietly.
   * @param {readonly number[]} frequencies hertz
   * @param {{seconds?: number}} [options]
   */
  playChord(frequencies, { seconds = 2 } = {}) {
    this.#endChord();
    const { context, master, music } = this.#wake();
    const now = context.currentTime;
    const endChord = startChord(context, master, frequencies, seconds);
    music.gain.cancelScheduledValues(now);
    music.gain.setTargetAtTime(DUCKED, now, 0.02);
    music.gain.setTargetAtTime(1, now + Math.max(0, seconds - 0.2), 0.1);
    this.#endChord = endChord;
    this.#rest(seconds * 1000);
  }

  dispose() {
    this.#loads += 1;
    this.#unload();
    clearTimeout(this.#idle);
    void this.#output?.context.close();
    this.#output = null;
    this.#change({ trackId: null, status: "empty", durationSeconds: 0, error: null });
  }

  #unload() {
    this.#end();
    this.#endChord();
    this.#source?.close();
    this.#source = null;
    this.#restSeconds = 0;
  }

  /** @param {PlaySource} source */
  #begin(source) {
    const run = new Run(this.#wake(), source, this.#restSeconds);
    this.#run = run;
    this.#timer = setInterval(() => this.#tick(run), TICK_MILLISECONDS);
    run.pump().catch(() => {
      if (!run.stopped) this.#break(run);
    });
  }

  #end() {
    clearInterval(this.#timer);
    this.#run?.stop();
    this.#run = null;
    this.#rest(0);
  }

  /** @param {Run} run */
  #tick(run) {
    run.click(this.#clicks);
    if (run.complete && run.ahead <= 0) this.#finish();
  }

  /** The track is over: its end is where it rests. */
  #finish() {
    this.#end();
    this.#wantsPlay = false;
    this.#restSeconds = this.#state.durationSeconds;
    this.#change({ status: "paused" });
  }

  /** The file cannot be decoded any further. @param {Run} run */
  #break(run) {
    this.#restSeconds = this.position();
    run.stop();
    this.#end();
    this.#fail("Playback stopped: the file is damaged here. Seek past it to go on.");
  }

  /** @param {string} error */
  #fail(error) {
    this.#wantsPlay = false;
    this.#change({ status: "failed", error });
  }

  /** The output, awake, at the track's rate. Called from a person's gesture, as browsers want it. @returns {Output} */
  #wake() {
    clearTimeout(this.#idle);
    const rate = this.#source?.sampleRate ?? null;
    if (this.#output && rate !== null && this.#output.asked !== rate) {
      void this.#output.context.close();
      this.#output = null;
    }
    if (!this.#output) {
      this.#output = new Output(rate);
      this.#output.master.gain.value = this.#volume;
    }
    if (this.#output.context.state !== "running") void this.#output.context.resume();
    return this.#output;
  }

  /** Let the device go when nothing sounds. @param {number} milliseconds that something still does */
  #rest(milliseconds) {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      if (!this.#run) void this.#output?.context.suspend();
    }, milliseconds + IDLE_MILLISECONDS);
  }

  /** @param {Partial<PlayerState>} change */
  #change(change) {
    this.#state = { ...this.#state, ...change };
    this.dispatchEvent(new Event("change"));
  }
}
