/**
 * A page of widgets with planted data, for test_widgets.py and for looking at. `?song=URL` shows a song from JSON
 * ({duration, bpm, beats, downbeats, peaks, bands}); `?empty` shows what no song looks like; `?theme=light`.
 * What the widgets answered lies in `globalThis.harness`.
 * @import {Key} from "../../web/js/protocol.js"
 * @import {PlayerState} from "../../web/js/types.js"
 */
import { mountConfidence, mountLoudness, mountMood } from "../../web/js/meters.js";
import { BANDS_PER_SECOND, KEYS, PEAKS_PER_SECOND } from "../../web/js/protocol.js";
import { Scope } from "../../web/js/scope.js";
import { mountWaveform } from "../../web/js/waveform.js";
import { mountWheel } from "../../web/js/wheel.js";

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
    downbeatConfidence: 0.8, alternatives: [], source: "analysis",
  };
  /** @type {import("../../web/js/protocol.js").Analysis} */
  const analysis = {
    durationSeconds: song.duration, sampleRate: 44100, channels: 2, rhythm, key: null, tuning: null, mood: null,
    loudness: { integratedLufs: null, rangeLu: null, truePeakDb: null }, notes: [], stepSeconds: {}, version: 1,
  };
  const arrays = {
    beats: Float64Array.from(song.beats), downbeats: Float64Array.from(song.downbeats),
    peaks: Int8Array.from(song.peaks), bands: Uint8Array.from(song.bands),
  };
  return { analysis, arrays };
}

const MOOD = {
  energy: {
    value: 78, low: 69, high: 86, word: "driving",
    factors: [{ name: "Loud and dense", points: 14 }, { name: "Bright sound", points: 9 }, { name: "Few quiet moments", points: 5 }, { name: "Soft attacks", points: -4 }],
  },
  danceability: { value: 64, low: 52, high: 77, word: "danceable", factors: [{ name: "Steady beat", points: 12 }, { name: "Tempo near 130", points: 6 }] },
  happiness: { value: 31, low: 14, high: 52, word: "dark", factors: [{ name: "Minor key", points: -11 }, { name: "Lively tempo", points: 4 }] },
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
  const named = (/** @type {string} */ name) => /** @type {Key} */ (KEYS.find((key) => key.name === name));
  wheel.show(named("A minor"), {
    clear: true,
    alternatives: [{ key: named("C major"), share: 0.18, relation: "relative" }, { key: named("F# minor"), share: 0.12, relation: "distant" }],
  });
  mood.show(MOOD);
  loudness.show({ integratedLufs: -8.3, rangeLu: 5.4, truePeakDb: 0.6 });
  confidence.show(0.82);
}
harness.ready = true;
