/**
 * The answer for the selected track: empty, at work, in trouble, or all that is known.
 * @import {Scope} from "./scope.js"
 * @import {Store} from "./store.js"
 * @import {Track} from "./types.js"
 * @import {Edits} from "./edits.js"
 * @import {Notices} from "./notices.js"
 * @import {AnalysisQueue, EngineLike} from "./analysis-queue.js"
 * @import {PlayerLike} from "./transport.js"
 * @import {Playables} from "./playables.js"
 * @import {BootClock} from "./boot-status.js"
 */
import { isDeepening } from "./analysis-queue.js";
import { modulates } from "./detail-labels.js";
import { part, setIcon, setPressed, setText } from "./dom.js";
import { mountKeyPanel } from "./key-panel.js";
import { bpmText, channelsText, clockText, keyAnswer, nameParts, percentText, retryHelps, sampleRateText, shownKey, sizeText, trackTitle, tuningText } from "./labels.js";
import { mountLoudness } from "./meters.js";
import { mountMood } from "./mood.js";
import { mountReadouts } from "./readouts.js";
import { mountTapTempo } from "./tap-tempo.js";
import { mountTempoPanel } from "./tempo-panel.js";
import { stateText } from "./track-row.js";
import { mountTransport } from "./transport.js";
import { mountWaveform } from "./waveform.js";
import { make } from "./widget-dom.js";

/**
 * @typedef {object} ResultDeps
 * @property {Store} store
 * @property {AnalysisQueue} queue
 * @property {EngineLike} engine
 * @property {PlayerLike} player
 * @property {Playables} playables
 * @property {Edits} edits
 * @property {Notices} notices
 * @property {BootClock} clock                              how long the engine has been starting
 * @property {(names: ReadonlyArray<string>) => void} onMix  show the tracks in these keys
 * @property {(ids: ReadonlyArray<number>) => void} onRemove
 */

/** @param {HTMLElement} element @param {ResultDeps} deps @param {Scope} scope */
export function mountResult(element, deps, scope) {
  return new ResultView(element, deps, scope);
}

/** The same array every time, so that nothing is drawn anew. @type {ReadonlyArray<never>} */
const NO_KEYS = Object.freeze([]);

class ResultView {
  /** @type {Track|null} as last drawn */
  #drawn = null;

  /** @param {HTMLElement} element @param {ResultDeps} deps @param {Scope} scope */
  constructor(element, deps, scope) {
    this.element = element;
    this.deps = deps;
    const { store, engine, edits, notices, player, playables, clock, onMix } = deps;
    this.transport = mountTransport(part(element, "transport", HTMLElement), { store, player, playables, notices }, scope);
    this.waveform = mountWaveform(part(element, "waveform", HTMLElement), {
      player, onSeek: (seconds) => player.seek(seconds), onNudge: (nudge) => void this.#nudge(nudge),
    }, scope);
    const headline = part(element, "headline", HTMLElement);
    const onSeek = (/** @type {number} */ seconds) => player.seek(seconds);
    this.keyPanel = mountKeyPanel(part(element, "key-panel", HTMLElement), { store, edits, notices, headline, onMix, onSeek }, scope);
    const tempoElement = part(element, "tempo-panel", HTMLElement);
    this.tempoPanel = mountTempoPanel(tempoElement, { store, edits, notices, headline }, scope);
    this.tap = mountTapTempo(tempoElement, { engine, notices, onUse: (bpm) => void this.tempoPanel.setBpm(bpm) }, scope);
    this.readouts = mountReadouts(part(headline, "readouts", HTMLElement));
    this.mood = mountMood(part(element, "mood", HTMLElement), {}, scope);
    this.loudness = mountLoudness(part(element, "loudness", HTMLElement), {}, scope);
    scope.on(store, "selection", () => this.draw());
    scope.on(store, "settings", () => this.draw(true));
    scope.on(store, "tracks", ({ detail }) => {
      if (detail.structure || detail.ids.includes(store.selected?.id)) this.draw();
    });
    scope.on(engine, "boot", () => this.draw(true));
    scope.on(clock, "tick", () => {
      if (this.#drawn) this.#stageOf(this.#drawn);
    });
    scope.on(element, "click", (event) => this.#click(event));
    this.draw(true);
  }

  /** @param {number} number from 1 */
  jumpToCue(number) {
    if (this.deps.store.selected?.state === "done") this.waveform.jumpToCue(number);
  }

  toggleLock() {
    const { store, edits, notices } = this.deps;
    const track = store.selected;
    if (!track?.analysis) return;
    edits.setLocked(track.id, !track.edit.locked);
    notices.quietly(track.edit.locked ? "Unlocked." : "Locked: key, tempo and beat grid stay as they are.");
  }

  /** @param {boolean} [again] draw even if the track is the same */
  draw(again = false) {
    const { store } = this.deps;
    const track = store.selected;
    const before = this.#drawn;
    if (track === before && !again) return;
    this.#drawn = track;
    if (track?.id !== before?.id) this.tap.clear();
    document.body.dataset.view = store.tracks.length === 0 ? "empty" : "list";
    part(this.element, "empty", HTMLElement).hidden = store.tracks.length > 0;
    part(this.element, "answer", HTMLElement).hidden = track === null;
    this.transport.show(track);
    if (!track) return;
    this.#head(track);
    this.#stateOf(track);
    if (track.analysis) this.#answer(track, before?.id === track.id ? before : null, again);
    else if (before?.analysis) this.waveform.show(null);
  }

  /** @param {Track} track */
  #head(track) {
    const { folder, ending } = nameParts(track.name);
    const { tags } = track;
    const title = part(this.element, "title", HTMLElement);
    setText(title, trackTitle(track));
    title.title = track.name;
    const origin = tags?.title ? [tags.artist, tags.album, track.name] : [tags?.artist, folder, ending];
    const facts = track.analysis
      ? [clockText(track.analysis.durationSeconds), sampleRateText(track.analysis.sampleRate), channelsText(track.analysis.channels)]
      : [sizeText(track.file.size)];
    setText(part(this.element, "meta", HTMLElement), [...origin, ...facts].filter(Boolean).join(" · "));
  }

  /** @param {Track} track */
  #stateOf(track) {
    const moving = track.state === "waiting" || track.state === "working";
    const stopped = track.state === "failed" || track.state === "cancelled";
    part(this.element, "work", HTMLElement).hidden = !moving;
    part(this.element, "trouble", HTMLElement).hidden = !stopped;
    part(this.element, "panels", HTMLElement).hidden = moving || stopped;
    if (moving) {
      this.#stageOf(track);
      setText(part(this.element, "percent", HTMLElement), track.state === "working" ? percentText(track.fraction) : "");
      part(this.element, "work-bar", HTMLProgressElement).value = track.fraction;
    }
    if (stopped) this.#trouble(track.error);
  }

  /** @param {string|null} error null: cancelled */
  #trouble(error) {
    const again = retryHelps(error);
    setText(part(this.element, "trouble-title", HTMLElement), error ?? "Cancelled before there was an answer.");
    const advice = error === null ? "" : again ? "Another try may help." : "Another try would end the same way.";
    setText(part(this.element, "trouble-text", HTMLElement), advice);
    for (const [action, primary] of /** @type {const} */ ([["retry", again], ["remove", !again]])) {
      const button = this.element.querySelector(`.trouble [data-action="${action}"]`);
      button?.classList.toggle("button--primary", primary);
      if (primary) button?.parentElement?.prepend(button);
    }
  }

  /** @param {Track} track */
  #stageOf(track) {
    const { engine, clock } = this.deps;
    const ready = engine.boot.state === "ready";
    const starting = track.state === "waiting" && engine.boot.state === "booting" ? ` (starting, ${clock.seconds} s)` : "";
    setText(part(this.element, "stage", HTMLElement), stateText(track, ready) + starting);
  }

  /** @param {Track} track @param {Track|null} before the same track as last drawn @param {boolean} again as in `draw` */
  #answer(track, before, again) {
    const { analysis, arrays } = track;
    if (!analysis || !arrays) return;
    if (arrays.peaks !== before?.arrays?.peaks) this.waveform.show({ analysis, arrays, trackId: track.id });
    else if (arrays.beats !== before.arrays.beats || analysis.rhythm !== before.analysis?.rhythm) {
      this.waveform.setRhythm(analysis.rhythm, arrays.beats, arrays.downbeats);
    }
    this.waveform.setTimeline({
      structure: analysis.structure, deepening: track.deepening, notation: this.deps.store.settings.notation,
      keys: modulates(analysis.key) ? (analysis.key?.timeline ?? NO_KEYS) : NO_KEYS,
    });
    // Details report their progress many times: what they do not touch is left alone, and so is the focus in it.
    if (again || !sameAnswer(track, before)) this.#keyAndTempo(track);
    if (analysis.mood !== before?.analysis?.mood || track.deepening !== before?.deepening) this.mood.show(analysis.mood, track.deepening);
    if (analysis.loudness !== before?.analysis?.loudness) this.loudness.show(analysis.loudness);
    if (analysis.notes !== before?.analysis?.notes) this.#notes(analysis.notes);
    this.readouts.show(analysis, isDeepening(track));
  }

  /** @param {Track} track */
  #keyAndTempo(track) {
    this.keyPanel.show(track);
    this.tempoPanel.show(track);
    this.#facts(track);
    this.#lock(track.edit.locked);
  }

  /** @param {Track} track */
  #facts({ analysis, file }) {
    if (!analysis) return;
    const tuning = analysis.tuning && tuningText(analysis.tuning);
    const facts = [
      ["Tuning", tuning ? tuning.hz : "Not to be told", tuning?.cents ?? ""],
      ["Duration", clockText(analysis.durationSeconds), ""],
      ["Sample rate", sampleRateText(analysis.sampleRate), ""],
      ["Channels", channelsText(analysis.channels), ""],
      ["File size", sizeText(file.size), ""],
    ];
    part(this.element, "facts", HTMLElement).replaceChildren(...facts.map(([name = "", value = "", more = ""]) =>
      make("div", { class: "facts__row" }, make("dt", {}, name), make("dd", {}, value, ...(more ? [make("span", { class: "facts__more" }, more)] : [])))));
  }

  /** @param {ReadonlyArray<string>} notes */
  #notes(notes) {
    part(this.element, "notes-card", HTMLElement).hidden = notes.length === 0;
    part(this.element, "notes", HTMLElement).replaceChildren(...notes.map((note) => make("li", {}, note)));
  }

  /** @param {boolean} locked */
  #lock(locked) {
    const button = part(this.element, "lock", HTMLButtonElement);
    setPressed(button, locked);
    setIcon(button, locked ? "lock" : "unlock");
    button.title = locked ? "Key, tempo and grid are locked, also when analysed again (L)" : "Lock key, tempo and grid against changes (L)";
    this.tap.lock(locked);
    this.waveform.setLocked(locked);
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const { store, queue, onRemove } = this.deps;
    const action = event.target instanceof Element ? event.target.closest("[data-action]")?.getAttribute("data-action") : null;
    const id = store.selected?.id;
    if (!action || id === undefined) return;
    if (action === "cancel") queue.cancel(id);
    else if (action === "retry" || action === "again") queue.retry(id);
    else if (action === "stop-details") queue.cancel(id);
    else if (action === "remove") onRemove([id]);
    else if (action === "lock") return this.toggleLock();
    else return;
    // The pressed button is gone now: the focus goes to what took its place.
    this.element.focus({ preventScroll: true });
  }

  /** @param {{shiftSeconds: number}|{downbeatShift: number}} nudge */
  async #nudge(nudge) {
    const { store, edits, notices } = this.deps;
    const track = store.selected;
    if (!track?.analysis) return;
    if (track.edit.locked) return notices.alert("The beat grid is locked. Unlock it to move it.");
    try {
      if ("shiftSeconds" in nudge) await edits.shift(track.id, nudge.shiftSeconds);
      else await edits.shiftDownbeat(track.id, nudge.downbeatShift);
    } catch (error) {
      notices.alert(error instanceof Error ? error.message : String(error));
    }
  }
}

/** Whether key, tempo and what was set of them by hand are as they were. @param {Track} track @param {Track|null} before */
function sameAnswer({ analysis, edit, tags, tempoRange }, before) {
  return before !== null && analysis?.key === before.analysis?.key && analysis?.rhythm === before.analysis?.rhythm
    && analysis?.tuning === before.analysis?.tuning && edit === before.edit && tags === before.tags && tempoRange === before.tempoRange;
}

/** One sentence of a finished track for screen readers. @param {Track} track @param {Store["settings"]["notation"]} notation */
export function answerSentence(track, notation) {
  const { key, clear } = shownKey(track);
  const rhythm = track.analysis?.rhythm;
  const keyText = key && clear ? (notation === "musical" ? key.symbol : `${keyAnswer(key, notation)}, ${key.symbol}`) : "no clear key";
  return `${trackTitle(track)}: ${keyText}, ${rhythm?.clear ? `${bpmText(rhythm)} BPM` : "no clear beat"}.`;
}
