/**
 * A page of widgets with planted data, for test_widgets.py and for looking at. `?song=URL` shows a song from JSON
 * ({duration, bpm, beats, downbeats, peaks, bands}); `?empty` shows what no song looks like; `?details` has sections, cue points and keys; `?theme=light`.
 * What the widgets answered lies in `globalThis.harness`.
 * @import {Key} from "../../web/js/protocol.js"
 * @import {PlayerState} from "../../web/js/types.js"
 */
import { mountConfidence, mountLoudness } from "../../web/js/meters.js";
import { mountMood } from "../../web/js/mood.js";
import { BANDS_PER_SECOND, KEYS, PEAKS_PER_SECOND } from "../../web/js/protocol.js";
import { Scope } from "../../web/js/scope.js";
import { NO_DEEPENING } from "../../web/js/store.js";
import { mountWaveform } from "../../web/js/waveform.js";
import { mountWheel } from "../../web/js/wheel.js";

const named = (/** @type {string} */ name) => /** @type {Key} */ (KEYS.find((key) => key.name === name));

/** Stands in for the page's player: a clock. */
class ClockPlayer extends EventTarget {
  /** @type {PlayerState} */
  state = { trackId: 1, status: "paused", durationSeconds: 0, error: null };
  #from = 0;
  #since = 0;

  position() {
    return this.state.status === "playing" ? this.#from + (performance.now() - this.#since) / 1000 : this.#from;
  }

  /** @param {number} seconds */
  seek(seconds) {
    this.#from = seconds;
    this.#since = performance.now();
    this.dispatchEvent(new Event("change"));
  }

  toggle() {
    const seconds = this.position();
    this.state = { ...this.state, status: this.state.status === "playing" ? "paused" : "playing" };
    this.seek(seconds);
  }
}

/** 120 BPM for `duration` seconds, first downbeat on the second beat: kick, chord, hat, planted and seeded. */
function plantedSong(duration = 64) {
  const beats = Array.from({ length: duration * 2 - 1 }, (_, index) => 0.5 + index * 0.5);
  const downbeats = beats.filter((_, index) => index % 4 === 1);
  const peaks = [];
  for (let cell = 0; cell < duration * PEAKS_PER_SECOND; cell++) {
    const seconds = cell / PEAKS_PER_SECOND;
    const level = seconds < 16 ? 0.35 : 0.85;
    const swing = level * (0.45 + 0.55 * Math.exp(-8 * (seconds % 0.5))) * (0.9 + 0.1 * Math.sin(cell * 12.9898));
    peaks.push(Math.round(-127 * swing), Math.round(120 * swing));
  }
  const bands = [];
  for (let cell = 0; cell < duration * BANDS_PER_SECOND; cell++) {
    const since = (cell / BANDS_PER_SECOND) % 0.5;
    bands.push(since < 0.14 ? 220 : 90, 150, since > 0.24 && since < 0.34 ? 170 : 60);
  }
  return { duration, bpm: 120, beats, downbeats, peaks, bands };
}

/** @param {ReturnType<typeof plantedSong>} song */
function documentsOf(song) {
  /** @type {import("../../web/js/protocol.js").RhythmEstimate} */
  const rhythm = {
    bpm: song.bpm, measuredBpm: song.bpm, snapped: true, steady: true, confidence: 0.9, clear: true, meter: 4,
    downbeatConfidence: 0.8, alternatives: [], source: "analysis", timeSignature: "4/4", beatConfidence: 0.9, tempoMap: [],
  };
  /** @type {import("../../web/js/protocol.js").Analysis} */
  const analysis = {
    durationSeconds: song.duration, sampleRate: 44100, channels: 2, rhythm, key: null, tuning: null, mood: null, structure: null,
    loudness: { integratedLufs: null, rangeLu: null, truePeakDb: null }, notes: [], stepSeconds: {}, version: 1,
  };
  const arrays = {
    beats: Float64Array.from(song.beats), downbeats: Float64Array.from(song.downbeats),
    peaks: Int8Array.from(song.peaks), bands: Uint8Array.from(song.bands), embedding: null,
  };
  return { analysis, arrays };
}

/** @type {import("../../web/js/protocol.js").Mood} */
const MOOD = {
  energy: {
    value: 78, low: 69, high: 86, word: "driving", average: 50,
    factors: [{ name: "Loud and dense", points: 14 }, { name: "Bright sound", points: 9 }, { name: "Few quiet moments", points: 5 }, { name: "Soft attacks", points: -4 }],
  },
  danceability: { value: 64, low: 52, high: 77, word: "danceable", average: 46, factors: [{ name: "Steady beat", points: 12 }, { name: "Tempo near 130", points: 6 }] },
  happiness: { value: 31, low: 14, high: 52, word: "dark", average: 38, factors: [{ name: "Minor key", points: -11 }, { name: "Lively tempo", points: 4 }] },
  acousticness: { value: 8, low: 2, high: 20, word: "electronic", average: 30, factors: [] }, instrumentalness: null, speechiness: null,
  tags: [{ name: "electronic", share: 0.6, standing: 2.3 }, { name: "dance", share: 0.4, standing: 1.1 }], heardBy: "signal and tags",
};

/** @type {import("../../web/js/protocol.js").Structure} */
const STRUCTURE = {
  sections: [
    { startSeconds: 0, endSeconds: 17, kind: "intro", letter: "A", energy: 30 },
    { startSeconds: 17, endSeconds: 49, kind: "drop", letter: "B", energy: 100 },
    { startSeconds: 49, endSeconds: 64, kind: "outro", letter: "A", energy: 20 },
  ],
  cues: [
    { seconds: 1, kind: "load", reason: "the first downbeat" },
    { seconds: 17, kind: "drop", reason: "energy jumps by 8 dB." },
    { seconds: 49, kind: "mix out", reason: "only drums from here on" },
  ],
};

const query = new URLSearchParams(location.search);
document.documentElement.dataset.theme = query.get("theme") ?? "dark";
const scope = new Scope();
const player = new ClockPlayer();
const place = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
/** @type {Record<string, any> & {seeks: Array<number>, nudges: Array<object>, picks: Array<string>}} */
const harness = { player, scope, seeks: [], nudges: [], picks: [], ready: false, song: null };
Object.assign(globalThis, { harness });

const waveform = mountWaveform(place("waveform"), {
  player,
  onSeek: (seconds) => { harness.seeks.push(seconds); player.seek(seconds); },
  onNudge: (nudge) => harness.nudges.push(nudge),
}, scope);
const wheel = mountWheel(place("wheel"), { onPick: (key) => harness.picks.push(key.name) }, scope);
const mood = mountMood(place("mood"), {}, scope);
const loudness = mountLoudness(place("loudness"), {}, scope);
const confidence = mountConfidence(place("confidence"), {}, scope);
Object.assign(harness, { waveform, wheel, mood, loudness, confidence });

if (!query.has("empty")) {
  const url = query.get("song");
  const song = url ? await (await fetch(url)).json() : plantedSong();
  const { analysis, arrays } = documentsOf(song);
  player.state = { ...player.state, durationSeconds: song.duration };
  harness.song = { analysis, arrays };
  waveform.show({ analysis, arrays, trackId: 1 });
  harness.deepening = { none: NO_DEEPENING, working: { ...NO_DEEPENING, state: "working" }, done: { ...NO_DEEPENING, state: "done" } };
  harness.structure = STRUCTURE;
  harness.keys = [["A minor", 0, 40, 0.8], ["C major", 40, 64, 0.2]].map(([name, startSeconds, endSeconds, confidence]) => ({
    key: named(String(name)), startSeconds, endSeconds, confidence,
  }));
  if (query.has("details")) waveform.setTimeline({ structure: STRUCTURE, deepening: harness.deepening.done, keys: harness.keys, notation: "camelot" });
  wheel.show(named("A minor"), {
    clear: true,
    alternatives: [{ key: named("C major"), share: 0.18, relation: "relative", reason: "" }, { key: named("F# minor"), share: 0.12, relation: "distant", reason: "" }],
  });
  mood.show(MOOD);
  loudness.show({ integratedLufs: -8.3, rangeLu: 5.4, truePeakDb: 0.6 });
  confidence.show(0.82);
}
harness.ready = true;
