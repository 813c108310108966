/**
 * Stands in for engine.js: planted answers at once. By sample rate: 8 kHz is unclear, 11025 Hz never ends, 48 kHz changes
 * key and tempo, 16 kHz has no details, 22050 Hz has no sections and no tagger, 32 kHz many cue points, 44 kHz long
 * words and half a BPM. Details wait while `fakeEngine.holds`, until `fakeEngine.release()`. `globalThis.fakeEngine` boots it, lets it fail, and keeps what was asked.
 */
import { COMPATIBLE, KEYS } from "./protocol.js";

const key = (name) => KEYS.find((each) => each.name === name);
const FOUND = ["A minor", "F# minor", "Eb major", "B minor", "C major"];
const SECONDS = 60;
const REASONS = [
  "six of seven notes shared, home a fifth higher; its chord sounds 32% of the time", "", "same seven notes, other home note",
];

function scale(value, word) {
  const factors = [["Loud and dense", 9], ["Slow pulse", -4], ["Bright sound", 3], ["Few quiet moments", 1]];
  return { value, low: value - 12, high: value + 12, word, average: 52, factors: factors.map(([name, points]) => ({ name, points })) };
}

const SECTIONS = [
  ["intro", "A", 0, 8, 20], ["verse", "B", 8, 20, 45], ["build", "C", 20, 24, 60], ["drop", "D", 24, 36, 95],
  ["break", "E", 36, 42, 30], ["drop", "D", 42, 54, 100], ["outro", "A", 54, SECONDS, 25],
];
const CUES = [
  [0, "load", "the first downbeat"], [8, "mix in", "the beat is full from here on."], [24, "drop", "energy jumps by 9 dB after a build of 4 bars"],
  [36, "break", "the kick stops"], [42, "drop", "the drop comes back"], [54, "mix out", "only drums from here to the end"],
];
const MANY_CUES = [
  [0, "load", "the first downbeat"], [8, "mix in", "the beat is full from here on"], [16, "chorus", "the loudest part that comes back"], [24, "drop", "energy jumps by 9 dB"],
  [36, "break", "the kick stops"], [42, "chorus", "the chorus comes back"], [48, "drop", "the drop comes back"], [54, "mix out", "only drums from here to the end"],
];
const TAGS = [["electronic", 0.62, 2.4], ["dance", 0.41, 1.9], ["female vocalists", 0.3, 1.2], ["80s", 0.22, 0.8], ["chillout", 0.18, 0.4]];

function detailsOf({ plain = false, many = false, wordy = false }) {
  const sections = SECTIONS.map(([kind, letter, startSeconds, endSeconds, energy]) => ({ kind, letter, startSeconds, endSeconds, energy }));
  const cues = (many ? MANY_CUES : CUES).map(([seconds, kind, reason]) => ({ seconds, kind, reason }));
  const mood = {
    energy: scale(71, "energetic"), danceability: wordy ? scale(97, "made for dancing") : scale(64, "danceable"), happiness: scale(38, "dark"),
    acousticness: scale(12, "electronic"), instrumentalness: plain ? null : scale(33, "some vocals"), speechiness: plain ? null : scale(6, "no speech"),
    tags: plain ? [] : TAGS.map(([name, share, standing]) => ({ name, share, standing })), heardBy: plain ? "signal" : "signal and tags",
  };
  return { structure: plain ? null : { sections, cues }, mood, notes: [], stepSeconds: { structure: 0.4, mood: 2.1 } };
}

/** A track that moves from its key to the fifth above and back, and from 118 to 124 BPM. */
function timelineOf(name, moves) {
  const span = (start, end, each, confidence) => ({ startSeconds: start, endSeconds: end, key: key(each), confidence });
  if (!moves) return [span(0, SECONDS, name, 0.8)];
  return [span(0, 24, name, 0.8), span(24, 42, COMPATIBLE[name][1], 0.7), span(42, 48, name, 0.2), span(48, SECONDS, COMPATIBLE[name][3], 0.75)];
}

const DRIFT = [118, 119.4, 121, 124, 122.5, 120].map((bpm, at) => ({ startSeconds: 10 * at, bpm }));

function rhythmAt(bpm, { clear = true, source = "analysis", drifts = false } = {}) {
  const ratios = [["×1/2", 1 / 2], ["×2", 2], ["×2/3", 2 / 3], ["×3/2", 3 / 2], ["×3/4", 3 / 4], ["×4/3", 4 / 3]];
  const alternatives = ratios.map(([relation, ratio]) => ({ relation, bpm: bpm * ratio })).filter((each) => each.bpm >= 20 && each.bpm <= 400);
  return {
    bpm, measuredBpm: bpm + 0.004, snapped: Number.isInteger(bpm), steady: !drifts, confidence: clear ? 0.82 : 0.12, clear, meter: 4,
    downbeatConfidence: 0.6, alternatives, source, timeSignature: "4/4", beatConfidence: clear ? 0.9 : 0.1, tempoMap: drifts ? DRIFT : [],
  };
}

function analysisOf(track, rate) {
  const [clear, moves] = [rate !== 8000, rate === 48000];
  const timeline = timelineOf(FOUND[(track - 1) % FOUND.length], moves);
  const name = FOUND[(track - 1) % FOUND.length];
  const others = COMPATIBLE[name].slice(1);
  const relations = ["fifth above", "fifth below", "relative"];
  return {
    durationSeconds: SECONDS, sampleRate: clear ? 44100 : 8000, channels: clear ? 2 : 1,
    key: {
      key: key(name), confidence: clear ? 0.74 : 0.08, clear, compatible: COMPATIBLE[name].map(key),
      alternatives: others.map((other, at) => ({ key: key(other), share: 0.2 - at * 0.06, relation: relations[at], reason: REASONS[at] })),
      timeline, intro: timeline[0].key, outro: timeline.at(-1).key,
    },
    rhythm: rhythmAt(120 + track + (rate === 44000 ? 0.5 : 0), { clear, drifts: moves }),
    tuning: { hz: 442.1, cents: 8.2, confidence: 0.8 },
    loudness: { integratedLufs: -9.3, rangeLu: 5.1, truePeakDb: 0.4 },
    mood: null, structure: null,
    notes: clear ? ["Clipped: 214 samples lie at full scale."] : [], stepSeconds: {}, version: 2,
  };
}

function arraysOf(bpm) {
  const beats = Float64Array.from({ length: Math.floor((SECONDS * bpm) / 60) }, (_, at) => (at * 60) / bpm);
  const peaks = new Int8Array(SECONDS * 600);
  const bands = new Uint8Array(SECONDS * 300);
  for (let at = 0; at < SECONDS * 300; at++) {
    const level = 40 + 60 * Math.abs(Math.sin(at / 400)) * (1 - ((at / 150) % 1));
    peaks[2 * at] = -level;
    peaks[2 * at + 1] = level;
  }
  for (let at = 0; at < SECONDS * 100; at++) bands.set([220 - ((at * 4) % 200), 120 + 60 * Math.sin(at / 300), 90], 3 * at);
  return [beats, beats.filter((_, at) => at % 4 === 0), peaks, bands];
}

function onDownbeats({ sections, cues }, downbeats) {
  const near = (seconds) => downbeats.reduce((best, each) => (Math.abs(each - seconds) < Math.abs(best - seconds) ? each : best));
  return {
    sections: sections.map((each, at) => (at === 0 ? each : { ...each, startSeconds: near(each.startSeconds) })),
    cues: cues.map((each) => ({ ...each, seconds: near(each.seconds) })),
  };
}

class FakeEngine extends EventTarget {
  boot = { state: "booting", stage: "Starting Python", fraction: 0.4, error: null, restarted: false, bootSeconds: null };
  asked = [];
  holds = false;
  #rates = new Map();
  #held = [];

  become(state, error = null) {
    this.boot = { ...this.boot, state, error };
    this.dispatchEvent(new Event("boot"));
  }

  release() {
    this.holds = false;
    for (const go of this.#held.splice(0)) go();
  }

  restart() {
    this.become("booting");
  }

  async request(request, arrays = [], { signal, onProgress } = {}) {
    this.asked.push(request);
    if (request.type === "openTrack") this.#rates.set(request.track, request.sampleRate);
    if (request.type === "feedTrack") return { value: { seconds: SECONDS }, arrays: [] };
    if (request.type === "finishTrack") return this.#finish(request.track, signal, onProgress);
    if (request.type === "deepenTrack") return this.#deepen(request.track, signal, onProgress);
    if (request.type === "tapTempo") return { value: { bpm: 123.4, errorBpm: 0.6, taps: request.timesSeconds.length }, arrays: [] };
    if (request.type === "retempo") {
      const [beats, downbeats] = arraysOf(request.bpm);
      const rhythm = rhythmAt(request.bpm, { source: "hand" });
      return { value: { rhythm, structure: request.structure && onDownbeats(request.structure, downbeats) }, arrays: [beats, downbeats] };
    }
    if (request.type === "export") {
      const text = request.records.map((each) => each.file).join("\n");
      return { value: { name: `keylight.${request.format}`, mediaType: "text/plain", text }, arrays: [] };
    }
    return { value: {}, arrays: [] };
  }

  async #finish(track, signal, onProgress) {
    const rate = this.#rates.get(track);
    onProgress?.({ stage: "Finding the key", fraction: 0.4 });
    if (rate === 11025) await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    const analysis = analysisOf(track, rate);
    return { value: { analysis }, arrays: arraysOf(analysis.rhythm.bpm) };
  }

  async #deepen(track, signal, onProgress) {
    const rate = this.#rates.get(track);
    onProgress?.({ stage: "Listening for sections", fraction: 0.3 });
    if (this.holds) {
      await new Promise((resolve, reject) => {
        this.#held.push(resolve);
        signal.addEventListener("abort", () => reject(signal.reason));
      });
    }
    if (rate === 16000) throw new Error("The analysis engine lost its memory.");
    return { value: { details: detailsOf({ plain: rate === 22050, many: rate === 32000, wordy: rate === 44000 }) }, arrays: [new Float32Array(200).fill(0.1)] };
  }
}

export function createEngine() {
  globalThis.fakeEngine = new FakeEngine();
  return globalThis.fakeEngine;
}
