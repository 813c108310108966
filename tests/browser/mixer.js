/**
 * A page with the mixer and planted stems, for test_mixer.py and for looking at. `?theme=light`; `?song=band` has four
 * stems to look at, else each stem is one sine, so that a test hears which of them sound; `?lanes=2`; `?plain`: no
 * sections, no targets. What was asked of the page lies in `globalThis.harness`, and `harness.record` hears what goes to
 * the loudspeaker.
 * @import {Lane, Section} from "../../web/js/mixer-types.js"
 */
import { mountFocusOrigin } from "../../web/js/focus-origin.js";
import { mountMixer } from "../../web/js/mixer.js";
import { PEAKS_PER_SECOND } from "../../web/js/protocol.js";
import { Scope } from "../../web/js/scope.js";
import { createStemStore } from "../../web/js/stem-store.js";

const RATE = 44100;
const STRETCH = "../../.assets/signalsmith-stretch-1.3.2-wasm/stretch.wasm";

/** Everything that is sent to the loudspeaker, left and right. @type {Float32Array[][]} */
let recorded = [];
/** @type {BaseAudioContext|null} */
let tapped = null;
const connect = /** @type {any} */ (AudioNode.prototype.connect);
AudioNode.prototype.connect = /** @type {any} */ (function (/** @type {AudioNode} */ target, /** @type {unknown[]} */ ...rest) {
  // @ts-ignore: a method of AudioNode
  const self = /** @type {AudioNode} */ (this);
  const { context } = self;
  if (self instanceof AudioWorkletNode && !(target instanceof AudioDestinationNode)) harness.node = self;
  if (target instanceof AudioDestinationNode && context instanceof AudioContext && context !== tapped) {
    tapped = context;
    void context.audioWorklet.addModule("mixer-tap.js").then(() => {
      const tap = new AudioWorkletNode(context, "stereo-tap", { channelCount: 2, channelCountMode: "explicit" });
      tap.port.onmessage = ({ data }) => recorded.push(...data);
      connect.call(self, tap);
      connect.call(tap, target);
    });
  }
  return connect.call(self, target, ...rest);
});

/** Hertz of each stem: no one is near a multiple of another. */
const SINES = { vocals: 440, drums: 700, bass: 1100, other: 1700 };
const LABELS = { vocals: "Vocals", drums: "Drums", bass: "Bass", other: "Other", guitar: "Guitar", piano: "Piano" };

/** @param {string} name @param {number} seconds @param {(channel: number, sample: number) => number} value @param {{mono?: boolean}} [how] mono: both sides are the left @returns {Lane} */
function laneOf(name, seconds, value, { mono = false } = {}) {
  const side = (/** @type {number} */ channel) => {
    const plane = new Float32Array(seconds * RATE);
    for (let sample = 0; sample < plane.length; sample++) plane[sample] = value(channel, sample);
    return plane;
  };
  const left = side(0);
  /** @type {[Float32Array, Float32Array]} */
  const planes = [left, mono ? left : side(1)];
  return {
    name, label: LABELS[/** @type {keyof typeof LABELS} */ (name)] ?? name, sampleRate: RATE, seconds,
    peaks: peaksOf(planes[0], seconds),
    read: async (start, count) => /** @type {[Float32Array, Float32Array]} */ (planes.map((plane) => {
      const part = new Float32Array(count);
      part.set(plane.subarray(start, start + count));
      return part;
    })),
  };
}

/** @param {Float32Array} plane @param {number} seconds */
function peaksOf(plane, seconds) {
  const peaks = new Int8Array(2 * seconds * PEAKS_PER_SECOND);
  const hop = RATE / PEAKS_PER_SECOND;
  for (let cell = 0; 2 * cell < peaks.length; cell++) {
    const part = plane.subarray(cell * hop, (cell + 1) * hop);
    peaks[2 * cell] = Math.round(127 * Math.min(...part));
    peaks[2 * cell + 1] = Math.round(127 * Math.max(...part));
  }
  return peaks;
}

/** One sine a stem; the right side is a quarter period late, and the level tells the second. @param {ReadonlyArray<string>} names @param {number} seconds */
function sines(names, seconds) {
  return names.map((name) => {
    const hertz = SINES[/** @type {keyof typeof SINES} */ (name)] ?? 2300;
    return laneOf(name, seconds, (channel, sample) => 0.15 * Math.sin((2 * Math.PI * hertz * sample) / RATE + (channel * Math.PI) / 2));
  });
}

/** Seeded noise, the same on both sides: every place is unlike any other. @param {number} seconds @param {number} [seed] */
function noiseLane(seconds, seed = 1) {
  let state = seed;
  const noise = Float32Array.from({ length: seconds * RATE }, () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state / 0x40000000 - 1) / 4;
  });
  return laneOf("other", seconds, (_, sample) => noise[sample] ?? 0, { mono: true });
}

/** Something that looks like a band: 120 BPM, 64 s, parts that come and go. @param {ReadonlyArray<string>} names */
function band(names) {
  let state = 7;
  const noise = () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return state / 0x40000000 - 1;
  };
  const shape = {
    vocals: (/** @type {number} */ t) => (t % 32 > 8 && t % 32 < 30 ? 0.55 * Math.abs(Math.sin(1.7 * t) * Math.sin(0.61 * t)) + 0.1 * Math.sin(9 * t) ** 2 : 0),
    drums: (/** @type {number} */ t) => (t < 8 ? 0.25 : 0.9) * Math.exp(-9 * (t % 0.5)) + 0.25 * Math.exp(-25 * ((t + 0.25) % 0.5)),
    bass: (/** @type {number} */ t) => (t < 8 ? 0 : 0.5 * Math.exp(-1.5 * (t % 1)) + 0.06),
    other: (/** @type {number} */ t) => 0.22 + 0.12 * Math.sin(0.4 * t) + (t > 32 ? 0.15 : 0),
    guitar: (/** @type {number} */ t) => 0.4 * Math.exp(-2 * (t % 2)) * (t > 16 ? 1 : 0.3),
    piano: (/** @type {number} */ t) => 0.35 * Math.exp(-3 * (t % 1.5)),
  };
  return names.map((name) => laneOf(name, 64, (_, sample) => shape[/** @type {keyof typeof shape} */ (name)](sample / RATE) * noise(), { mono: true }));
}

/** @type {ReadonlyArray<Section>} */
const SECTIONS = [
  { startSeconds: 0, endSeconds: 8, label: "Intro" }, { startSeconds: 8, endSeconds: 24, label: "Verse" }, { startSeconds: 24, endSeconds: 32, label: "Build" },
  { startSeconds: 32, endSeconds: 56, label: "Drop" }, { startSeconds: 56, endSeconds: 64, label: "Outro" },
];

/** Left and right of what was recorded. */
function recording() {
  return [0, 1].map((channel) => {
    const all = new Float32Array(recorded.length * 128);
    recorded.forEach((part, index) => all.set(part[channel] ?? new Float32Array(128), index * 128));
    return all;
  });
}

/** Amplitude of one frequency in `count` samples. @param {Float32Array} samples @param {number} from @param {number} hertz @param {number} [count] */
function amplitude(samples, from, hertz, count = 22050) {
  let [re, im] = [0, 0];
  for (let i = 0; i < count; i++) {
    const phase = (2 * Math.PI * hertz * i) / RATE;
    // A Hann window, so that other sines do not leak in.
    const window = 1 - Math.cos((2 * Math.PI * i) / count);
    re += window * (samples[from + i] ?? 0) * Math.cos(phase);
    im += window * (samples[from + i] ?? 0) * Math.sin(phase);
  }
  return (2 * Math.hypot(re, im)) / count;
}

/** Where `wanted` begins in `all`, and the largest difference over its whole length. @param {Float32Array} all @param {Float32Array} wanted */
function find(all, wanted) {
  let [best, least] = [-1, Infinity];
  for (let at = 0; at + wanted.length <= all.length; at++) {
    let error = 0;
    for (let i = 0; i < 1200 && error < least; i += 3) error += Math.abs((all[at + i] ?? 0) - (wanted[i] ?? 0));
    if (error < least) [best, least] = [at, error];
  }
  let worst = 0;
  for (let i = 0; i < wanted.length; i++) worst = Math.max(worst, Math.abs((all[best + i] ?? 0) - (wanted[i] ?? 0)));
  return { at: best, worst };
}

const sleep = (/** @type {number} */ milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

const query = new URLSearchParams(location.search);
document.documentElement.dataset.theme = query.get("theme") ?? "dark";
const scope = new Scope();
mountFocusOrigin(document.documentElement, {}, scope);
const names = ["vocals", "drums", "bass", "other", "guitar", "piano"].slice(0, Number(query.get("lanes") ?? 4));
/** @type {Record<string, any>} */
const harness = {
  scope, sines, laneOf, noiseLane, createStemStore, amplitude, find, recording, sleep, RATE, saved: [], said: [], sent: [], plays: 0,
  /** What goes out while `act` runs. @param {number} milliseconds */
  async record(milliseconds) {
    recorded = [];
    await sleep(milliseconds);
    return recording();
  },
  /** It sounds; a busy machine takes its time. @param {number} [seconds] and has come this far */
  async playing(seconds = 0) {
    for (let tries = 0; tries < 2000 && (mixer.status !== "playing" || mixer.position() < seconds); tries++) await sleep(10);
  },
  /** The player's audio graph is up and recorded before anything is heard. */
  async wake() {
    await mixer.play();
    await harness.playing();
    mixer.pause();
    await sleep(250);
    mixer.seek(0);
    recorded = [];
  },
};
Object.assign(globalThis, { harness });

const targets = query.has("plain") ? undefined : {
  lyrics: (/** @type {any} */ sent) => harness.sent.push(["lyrics", sent]), video: (/** @type {any} */ sent) => harness.sent.push(["video", sent]),
};
const mixer = mountMixer(/** @type {HTMLElement} */ (document.getElementById("mixer")), {
  onPlay: () => (harness.plays += 1), say: (text) => harness.said.push(text), targets,
  save: (blob, fileName) => harness.saved.push({ blob, fileName }),
  stretchUrl: query.get("stretch") ?? STRETCH,
}, scope);
harness.mixer = mixer;
const isBand = query.get("song") === "band";
const lanes = isBand ? band(names) : sines(names, 12);
harness.lanes = lanes;
const sections = query.has("plain") ? [] : isBand ? SECTIONS : [{ startSeconds: 2, endSeconds: 4, label: "Verse" }, { startSeconds: 4, endSeconds: 5, label: "Drop" }];
if (!query.has("empty")) mixer.show({ title: "Night Drive", lanes, sections, note: isBand ? "Quick preview: rough, made on this device." : undefined });
harness.ready = true;
