// @ts-nocheck: served to the page under the test server's own paths.
/** What the player's browser tests run in the page: a recording of everything that is sent to the loudspeaker. */

import { createPlayer } from "/js/player.js";
import { clickSamples } from "/js/play-sounds.js";

const RATE = 44100;
const connect = AudioNode.prototype.connect;
/** @type {Float32Array[]} */
let recorded = [];
/** @type {Promise<void>} */
let tapped = Promise.resolve();

AudioNode.prototype.connect = function (target, ...rest) {
  const { context } = this;
  if (target instanceof AudioDestinationNode && context instanceof AudioContext) {
    tapped = context.audioWorklet.addModule("/media/play-tap.js").then(() => {
      const tap = new AudioWorkletNode(context, "tap");
      tap.port.onmessage = ({ data }) => recorded.push(...data);
      connect.call(this, tap);
      connect.call(tap, context.destination);
    });
  }
  return connect.call(this, target, ...rest);
};

export const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** A source of known samples in chunks. */
export function sourceOf(samples, { rate = RATE, chunk = 11025, delay = 0 } = {}) {
  return {
    sampleRate: rate,
    durationSeconds: samples.length / rate,
    close() {},
    async *read(fromSeconds) {
      for (let start = Math.round(fromSeconds * rate); start < samples.length; start += chunk) {
        if (delay) await sleep(delay);
        yield { seconds: start / rate, planes: [samples.slice(start, start + chunk)] };
      }
    },
  };
}

export function noise(seconds) {
  const samples = new Float32Array(seconds * RATE);
  let state = 1;
  for (let i = 0; i < samples.length; i++) {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    samples[i] = (state / 0x40000000 - 1) * 0.3;
  }
  return samples;
}

/** A player whose AudioContext is up and recorded before anything is played. */
export async function tappedPlayer(source) {
  const player = createPlayer({ openBlob: async () => source });
  await player.load(7, new Blob([]));
  player.playChord([], { seconds: 0.01 });
  await tapped;
  await sleep(300);
  recorded = [];
  return player;
}

export function recording() {
  const all = new Float32Array(recorded.length * 128);
  recorded.forEach((part, index) => all.set(part, index * 128));
  return all;
}

/** Where `wanted` begins in `all`, and the largest difference over its whole length. */
export function find(all, wanted) {
  let [best, least] = [-1, Infinity];
  for (let at = 0; at + wanted.length <= all.length; at++) {
    let error = 0;
    for (let i = 0; i < 1000 && error < least; i += 3) error += Math.abs(all[at + i] - wanted[i]);
    if (error < least) [best, least] = [at, error];
  }
  let worst = 0;
  for (let i = 0; i < wanted.length; i++) worst = Math.max(worst, Math.abs(all[best + i] - wanted[i]));
  return { at: best, worst };
}

/** Samples with clicks added at the beats. */
export function withClicks(samples, beats, downbeats) {
  const sum = samples.slice();
  for (const beat of beats) {
    const click = clickSamples(RATE, downbeats.includes(beat));
    const at = Math.round(beat * RATE);
    for (let i = 0; i < click.length && at + i < sum.length; i++) sum[at + i] += click[i];
  }
  return sum;
}

export { createPlayer };

/** By how many samples the stream from each place lies beside where it lies in the stream from the start. */
export async function misplaced(name, places) {
  const { openPlaySource } = await import("/js/play-source.js");
  const source = await openPlaySource(await (await fetch(`/media/${name}`)).blob());
  const rate = source.sampleRate;
  const { all } = await read(source, 0, 16);
  const errors = [];
  for (const place of places) {
    const part = await read(source, place, 0.5);
    // Around a beat, where the music is loud and unlike itself.
    const offset = Math.round((Math.ceil(part.begin * 2) / 2 - part.begin) * rate);
    const expected = Math.round(part.begin * rate) + offset;
    const low = Math.max(0, expected - 3000);
    const found = find(all.slice(low, expected + 8000), part.all.slice(offset, offset + 4000));
    errors.push(found.at + low - expected);
  }
  return { errors, duration: source.durationSeconds };
}

async function read(source, from, seconds) {
  const all = [];
  let begin = null;
  for await (const chunk of source.read(from)) {
    begin ??= chunk.seconds;
    all.push(...chunk.planes[0]);
    if (all.length > seconds * source.sampleRate) break;
  }
  return { begin, all };
}

/** Amplitude of one frequency in half a second. */
export function amplitude(all, from, hz) {
  let [re, im] = [0, 0];
  for (let i = 0; i < RATE / 2; i++) {
    const phase = (2 * Math.PI * hz * i) / RATE;
    re += all[from + i] * Math.cos(phase);
    im += all[from + i] * Math.sin(phase);
  }
  return Math.hypot(re, im) / (RATE / 2);
}
