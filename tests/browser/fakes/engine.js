/**
 * Stands in for engine.js: planted answers at once. A track at 8 kHz is unclear, one at 11025 Hz never ends.
 * `globalThis.fakeEngine` boots it, lets it fail, and keeps what was asked.
 */
import { COMPATIBLE, KEYS } from "./protocol.js";

const key = (name) => KEYS.find((each) => each.name === name);
const FOUND = ["A minor", "F# minor", "Eb major", "B minor", "C major"];
const SECONDS = 60;

function scale(value, word) {
  return { value, low: value - 12, high: value + 12, word, factors: [{ name: "Loudness", points: 9 }, { name: "Slow pulse", points: -4 }] };
}

function rhythmAt(bpm, { clear = true, source = "analysis" } = {}) {
  const ratios = [["×1/2", 1 / 2], ["×2", 2], ["×2/3", 2 / 3], ["×3/2", 3 / 2], ["×3/4", 3 / 4], ["×4/3", 4 / 3]];
  const alternatives = ratios.map(([relation, ratio]) => ({ relation, bpm: bpm * ratio })).filter((each) => each.bpm >= 20 && each.bpm <= 400);
  return {
    bpm, measuredBpm: bpm + 0.004, snapped: Number.isInteger(bpm), steady: true, confidence: clear ? 0.82 : 0.12, clear, meter: 4,
    downbeatConfidence: 0.6, alternatives, source,
  };
}

function analysisOf(track, clear) {
  const name = FOUND[(track - 1) % FOUND.length];
  const others = COMPATIBLE[name].slice(1);
  const relations = ["fifth above", "fifth below", "relative"];
  return {
    durationSeconds: SECONDS, sampleRate: clear ? 44100 : 8000, channels: clear ? 2 : 1,
    key: {
      key: key(name), confidence: clear ? 0.74 : 0.08, clear, compatible: COMPATIBLE[name].map(key),
      alternatives: others.map((other, at) => ({ key: key(other), share: 0.2 - at * 0.06, relation: relations[at] })),
    },
    rhythm: rhythmAt(120 + track, { clear }),
    tuning: { hz: 442.1, cents: 8.2, confidence: 0.8 },
    loudness: { integratedLufs: -9.3, rangeLu: 5.1, truePeakDb: 0.4 },
    mood: { energy: scale(71, "energetic"), danceability: scale(64, "danceable"), happiness: scale(38, "dark") },
    notes: clear ? ["Clipped: 214 samples lie at full scale."] : [], stepSeconds: {}, version: 1,
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

class FakeEngine extends EventTarget {
  boot = { state: "booting", stage: "Starting Python", fraction: 0.4, error: null, restarted: false, bootSeconds: null };
  asked = [];
  #rates = new Map();

  become(state, error = null) {
    this.boot = { ...this.boot, state, error };
    this.dispatchEvent(new Event("boot"));
  }

  restart() {
    this.become("booting");
  }

  async request(request, arrays = [], { signal, onProgress } = {}) {
    this.asked.push(request);
    if (request.type === "openTrack") this.#rates.set(request.track, request.sampleRate);
    if (request.type === "feedTrack") return { value: { seconds: SECONDS }, arrays: [] };
    if (request.type === "finishTrack") return this.#finish(request.track, signal, onProgress);
    if (request.type === "tapTempo") return { value: { bpm: 123.4, errorBpm: 0.6, taps: request.timesSeconds.length }, arrays: [] };
    if (request.type === "retempo") {
      const [beats, downbeats] = arraysOf(request.bpm);
      return { value: { rhythm: rhythmAt(request.bpm, { source: "hand" }) }, arrays: [beats, downbeats] };
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
    const analysis = analysisOf(track, rate !== 8000);
    return { value: { analysis }, arrays: arraysOf(analysis.rhythm.bpm) };
  }
}

export function createEngine() {
  globalThis.fakeEngine = new FakeEngine();
  return globalThis.fakeEngine;
}
