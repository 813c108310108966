/**
 * One stretch of playing: audio scheduled ahead, and the clicks of the grid on the same clock.
 * @import {Output} from "./play-output.js"
 * @import {PlayChunk, PlaySource} from "./play-source.js"
 */

import { PlayClock, clicksBetween } from "./play-clock.js";
import { bufferOf } from "./play-output.js";

/** @typedef {{enabled: boolean, beats: ArrayLike<number>, downbeats: ArrayLike<number>}} Clicks */

/** Audio is scheduled this far ahead: a busy page may miss many timers before a gap is heard. */
const AHEAD_SECONDS = 1.5;
/** From scheduling to sound, at a start. */
const START_SECONDS = 0.05;
/** Clicks are scheduled this far ahead, so that switching them on or off is heard at once. */
const CLICKS_AHEAD_SECONDS = 0.4;
/** How often a reader that is ahead looks again. */
const WAIT_MILLISECONDS = 50;
/** Fade at pause and seek, so that they do not crackle. */
const FADE_SECONDS = 0.008;

/** One stretch of playing, from a start to a pause, a seek or the end. */
export class Run {
  /** @type {Set<AudioBufferSourceNode>} */
  #nodes = new Set();
  /** @type {Array<{node: AudioBufferSourceNode, time: number}>} */
  #clicks = [];
  #clickedUntil;
  #scheduledUntil;
  stopped = false;
  /** All audio is scheduled. */
  complete = false;
  /** How often the decoder came too late. */
  underruns = 0;

  /** @param {Output} output @param {PlaySource} source @param {number} fromSeconds */
  constructor(output, source, fromSeconds) {
    this.output = output;
    this.source = source;
    this.clock = new PlayClock(output.context.sampleRate, output.context.currentTime + START_SECONDS, fromSeconds);
    this.fader = new GainNode(output.context);
    this.fader.connect(output.music);
    this.#clickedUntil = fromSeconds;
    this.#scheduledUntil = fromSeconds;
  }

  /** Seconds of audio scheduled beyond what the context computes now. */
  get ahead() {
    return this.clock.timeOf(this.#scheduledUntil) - this.output.context.currentTime;
  }

  /** Read and schedule until the end of the track or until stopped. */
  async pump() {
    for await (const chunk of this.source.read(this.clock.startSeconds)) {
      if (this.stopped) return;
      this.#schedule(chunk);
      while (this.ahead > AHEAD_SECONDS && !this.stopped) await pause(WAIT_MILLISECONDS);
      if (this.stopped) return;
    }
    this.complete = true;
  }

  /** @param {PlayChunk} chunk */
  #schedule({ seconds, planes }) {
    const { context } = this.output;
    const late = context.currentTime + 0.005 - this.clock.timeOf(seconds);
    if (late > 0) {
      this.clock.delay(late + START_SECONDS);
      this.underruns += 1;
    }
    const node = this.output.play(bufferOf(context, planes, this.source.sampleRate), this.fader, this.clock.timeOf(seconds));
    this.#nodes.add(node);
    node.onended = () => this.#nodes.delete(node);
    this.#scheduledUntil = seconds + (planes[0]?.length ?? 0) / this.source.sampleRate;
  }

  /** Schedule the clicks that are due, each once. @param {Clicks} clicks */
  click(clicks) {
    const { context, master, clicks: sounds } = this.output;
    this.#clicks = this.#clicks.filter(({ time }) => time > context.currentTime - 1);
    // Never beyond the scheduled audio: should that come late, its clicks come as late.
    const until = Math.min(this.#scheduledUntil, this.clock.secondAt(context.currentTime + CLICKS_AHEAD_SECONDS));
    if (until <= this.#clickedUntil) return;
    if (clicks.enabled) {
      for (const { seconds, downbeat } of clicksBetween(clicks, this.#clickedUntil, until)) {
        const sound = sounds[downbeat ? 1 : 0];
        const time = this.clock.timeOf(seconds);
        if (sound && time >= context.currentTime) this.#clicks.push({ node: this.output.play(sound, master, time), time });
      }
    }
    this.#clickedUntil = until;
  }

  /** Take back the clicks that have not sounded, and schedule from here anew. */
  retractClicks() {
    const now = this.output.context.currentTime;
    const future = this.#clicks.filter(({ time }) => time > now);
    for (const { node } of future) node.stop();
    this.#clicks = this.#clicks.filter(({ time }) => time <= now);
    this.#clickedUntil = Math.min(this.#clickedUntil, Math.max(this.clock.startSeconds, this.clock.secondAt(now)));
  }

  stop() {
    this.stopped = true;
    const now = this.output.context.currentTime;
    this.retractClicks();
    this.fader.gain.setValueAtTime(this.fader.gain.value, now);
    this.fader.gain.linearRampToValueAtTime(0, now + FADE_SECONDS);
    for (const node of this.#nodes) node.stop(now + FADE_SECONDS);
    setTimeout(() => this.fader.disconnect(), 1000);
  }
}

/** @param {number} milliseconds */
function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
