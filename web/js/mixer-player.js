/**
 * Plays the lanes of a song: reads them a little ahead, hands them to the audio thread, and knows which second is heard.
 * An EventTarget: "change" when the status changes.
 * @import {Anchor} from "./mixer-feed.js"
 * @import {Report} from "./mixer-engine.js"
 * @import {MixerCommand, MixerNews} from "./mixer-worklet.js"
 * @import {Lane, MixerSong, MixerState, MixerStatus} from "./mixer-types.js"
 */
import { nextSpan, loopSamples, readSpan, sampleAt } from "./mixer-feed.js";
import { pairMatrices } from "./mixer-gains.js";
import { Output } from "./play-output.js";

/** Read this far ahead of what is heard. */
const AHEAD_SECONDS = 2;
/** A change of what comes next reaches the audio thread in this time. */
const SAFE_SECONDS = 0.15;
/** After this long without sound the audio device is let go. */
const IDLE_MILLISECONDS = 3000;

/** @typedef {{workletUrl: string, stretchUrl: () => Promise<string>}} PlayerUrls */

/** What plays now: the song, its own audio graph, and what is on the tape. */
class Session {
  tape = 0;
  /** @type {Anchor[]} */
  anchors = [{ place: 0, sample: 0 }];
  /** Samples written to the tape, and where the song stands behind them. */
  written = 0;
  sample = 0;
  over = false;
  /** @type {Report|null} */
  report = null;
  /** Grows when what is being read is not wanted any more. */
  turn = 0;
  /** The turn that is being read for; another one does not wait for it. */
  reading = -1;

  /** @param {MixerSong} song */
  constructor(song) {
    this.rate = song.lanes[0]?.sampleRate ?? 44100;
    // An original at another rate cannot lie beside the stems; their sum stands in for it.
    const mix = song.mix?.sampleRate === this.rate ? song.mix : null;
    this.lanes = mix ? [...song.lanes, mix] : [...song.lanes];
    this.hasMix = mix !== null;
    this.length = lengthOf(song.lanes, this.rate);
  }
}

export class MixerPlayer extends EventTarget {
  /** @type {Session|null} */
  #session = null;
  /** @type {Output|null} */
  #output = null;
  /** @type {AudioWorkletNode|null} */
  #node = null;
  /** @type {Promise<void>|null} */
  #ready = null;
  /** @type {MixerState|null} */
  #state = null;
  #urls;
  #wanted = false;
  /** Where it rests while no tape plays. */
  #restSample = 0;
  /** Peaks since they were last taken: left and right of each lane, then of what goes out. */
  #peaks = new Float32Array();
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  #idle;
  /** @type {MixerStatus} */
  status = "empty";
  /** @type {string|null} */
  error = null;
  /** The stretcher could not be had: every speed is 1. */
  unstretched = false;
  /** How often it waited for samples while it played; for tests and for the curious. */
  gaps = 0;

  /** @param {PlayerUrls} urls */
  constructor(urls) {
    super();
    this.#urls = urls;
  }

  get seconds() {
    return this.#session ? this.#session.length / this.#session.rate : 0;
  }

  /** @param {MixerSong|null} song @param {MixerState} state */
  show(song, state) {
    this.#close();
    this.#state = state;
    this.#session = song && song.lanes.length > 0 ? new Session(song) : null;
    this.#restSample = 0;
    this.#setStatus(this.#session ? "paused" : "empty");
  }

  /** Lanes have grown, or have turned out shorter than they were said to be. */
  refresh() {
    const session = this.#session;
    if (!session) return;
    const length = lengthOf(session.lanes, session.rate);
    const longer = length > session.length;
    session.length = length;
    if (!longer || !session.over) return;
    session.over = false;
    this.#send({ do: "cut", tape: session.tape, place: session.written }); // it is not the end any more
    void this.#read(session);
  }

  /** The settings that are heard now. @param {MixerState} state */
  apply(state) {
    const before = this.#state;
    this.#state = state;
    this.#sendGains();
    if (this.#output && before?.volume !== state.volume) this.#output.master.gain.setTargetAtTime(state.volume, this.#output.context.currentTime, 0.01);
    if (before?.speed !== state.speed) this.#send({ do: "speed", speed: state.speed });
    if (before && loopOf(before) !== loopOf(state)) this.#reloop();
  }

  /** From a person's gesture, as browsers want it. */
  async play() {
    const session = this.#session;
    if (!session || this.#wanted) return;
    this.#wanted = true;
    clearTimeout(this.#idle);
    this.#setStatus("loading");
    try {
      await this.#open(session);
    } catch (error) {
      this.#fail(`This browser cannot play it: ${error instanceof Error ? error.message : String(error)}`);
      return;
    }
    if (!this.#wanted || session !== this.#session) return;
    if (this.#restSample >= session.length) this.#restSample = 0;
    const bounds = this.#bounds(session);
    if (bounds && this.#restSample >= bounds.end) this.#restSample = bounds.start;
    if (session.tape === 0 || Math.round(this.#restSample) !== Math.round(this.#heard(session))) this.#restart(session);
    this.#send({ do: "play", wanted: true });
    void this.#read(session);
  }

  pause() {
    if (!this.#wanted) return;
    const session = this.#session;
    this.#wanted = false;
    if (session) this.#restSample = this.#heard(session);
    this.#send({ do: "play", wanted: false });
    this.#setStatus(session ? "paused" : "empty");
    this.#idle = setTimeout(() => void this.#output?.context.suspend(), IDLE_MILLISECONDS);
  }

  /** @param {number} seconds */
  seek(seconds) {
    const session = this.#session;
    if (!session) return;
    this.#restSample = Math.min(session.length, Math.max(0, Math.round(seconds * session.rate)));
    if (this.#wanted && this.#node) this.#restart(session);
    if (this.status === "failed") this.#setStatus("paused");
    this.dispatchEvent(new Event("change"));
  }

  /** The second that is heard now. */
  position() {
    const session = this.#session;
    if (!session) return 0;
    return Math.min(session.length, this.#wanted ? this.#heard(session) : this.#restSample) / session.rate;
  }

  /** The loudest samples since this was last asked: left, right of each lane (and of the original, when it is fed), then of what goes out. */
  takePeaks() {
    const peaks = this.#peaks;
    this.#peaks = new Float32Array(peaks.length);
    return peaks;
  }

  dispose() {
    this.#close();
    this.#session = null;
  }

  /** @param {Session} session */
  async #open(session) {
    const other = session.lanes.find(({ sampleRate }) => sampleRate !== session.rate);
    if (other) throw new Error(`its stems have ${session.rate} and ${other.sampleRate} Hz.`);
    this.#ready ??= this.#build(session).catch((error) => {
      this.#drop();
      throw error;
    });
    await this.#ready;
    if (this.#output && this.#output.context.state !== "running") await this.#output.context.resume();
  }

  /** @param {Session} session */
  async #build(session) {
    const output = new Output(session.rate);
    this.#output = output;
    if (output.context.sampleRate !== session.rate) throw new Error(`it takes no ${session.rate} Hz.`);
    output.master.gain.value = this.#state?.volume ?? 1;
    const [stretch] = await Promise.all([this.#fetchStretch(), output.context.audioWorklet.addModule(this.#urls.workletUrl)]);
    if (session !== this.#session) return;
    const node = new AudioWorkletNode(output.context, "keylight-mixer", {
      numberOfInputs: 0, outputChannelCount: [2], processorOptions: { pairs: session.lanes.length, stretch },
    });
    node.connect(output.music);
    node.port.onmessage = (/** @type {MessageEvent<MixerNews>} */ { data }) => {
      if ("failed" in data) this.#break(session);
      else this.#onReport(session, data);
    };
    node.onprocessorerror = () => this.#break(session);
    this.#node = node;
    this.#sendGains();
    this.#send({ do: "speed", speed: this.#state?.speed ?? 1 });
  }

  /** @returns {Promise<ArrayBuffer|null>} */
  async #fetchStretch() {
    try {
      const answer = await fetch(await this.#urls.stretchUrl());
      if (!answer.ok) throw new Error(String(answer.status));
      const bytes = await answer.arrayBuffer();
      if (!WebAssembly.validate(bytes)) throw new Error("It is no WebAssembly.");
      this.unstretched = false;
      return bytes;
    } catch {
      this.unstretched = true;
      return null;
    }
  }

  /** A new tape from where it rests. @param {Session} session */
  #restart(session) {
    session.tape += 1;
    session.turn += 1;
    session.anchors = [{ place: 0, sample: Math.round(this.#restSample) }];
    session.written = 0;
    session.sample = Math.round(this.#restSample);
    session.over = false;
    session.report = null;
    this.#send({ do: "reset", tape: session.tape });
    void this.#read(session);
  }

  /** The loop changed: what is on the tape stays as far as it is still right. */
  #reloop() {
    const session = this.#session;
    if (!session || !this.#node || session.tape === 0) return;
    const bounds = this.#bounds(session);
    const heard = this.#wanted ? this.#heard(session) : this.#restSample;
    if (bounds && this.#wanted && (heard >= bounds.end || heard < bounds.start)) return this.seek(bounds.start / session.rate);
    if (!session.report || session.report.tape !== session.tape) return this.seek(heard / session.rate);
    const place = Math.ceil(session.report.place + (SAFE_SECONDS + 0.15) * session.rate);
    const sample = sampleAt(session.anchors, place);
    if (place >= session.written && !session.over) return;
    if (bounds && sample >= bounds.end) return this.seek(heard / session.rate);
    const cut = Math.min(place, session.written);
    session.turn += 1;
    session.anchors = [...session.anchors.filter((anchor) => anchor.place < cut), { place: cut, sample: sampleAt(session.anchors, cut) }];
    session.written = cut;
    session.sample = sampleAt(session.anchors, cut);
    session.over = false;
    this.#send({ do: "cut", tape: session.tape, place: cut });
    void this.#read(session);
  }

  /** Read ahead, until enough is on the tape. @param {Session} session */
  async #read(session) {
    const { turn } = session;
    if (session.reading === turn) return;
    session.reading = turn;
    const wanted = () => session === this.#session && turn === session.turn;
    try {
      while (wanted() && this.#node && !session.over && this.#ahead(session) < AHEAD_SECONDS * session.rate) await this.#readOne(session);
    } catch (error) {
      if (wanted()) this.#fail(`Playing stopped: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      if (session.reading === turn) session.reading = -1;
    }
  }

  /** @param {Session} session */
  async #readOne(session) {
    const { turn } = session;
    const span = nextSpan(session.sample, { length: session.length, rate: session.rate, loop: this.#state ? loopOf(this.#state) : null });
    if (span.count === 0) {
      session.over = true;
      this.#send({ do: "finish", tape: session.tape });
      return;
    }
    const samples = await readSpan(session.lanes, span);
    if (turn !== session.turn || session !== this.#session) return;
    this.#send({ do: "append", tape: session.tape, block: { start: session.written, count: span.count, samples } }, [samples.buffer]);
    session.written += span.count;
    session.sample = span.next;
    if (span.next !== span.start + span.count) session.anchors = [...recent(session), { place: session.written, sample: span.next }];
  }

  /** @param {Session} session samples that are written and not heard yet */
  #ahead(session) {
    return session.written - (session.report?.tape === session.tape ? session.report.place : 0);
  }

  /** @param {Session} session @param {Report} report */
  #onReport(session, report) {
    if (session !== this.#session) return;
    const before = session.report;
    if (report.tape === session.tape) session.report = report;
    if (this.#peaks.length !== report.peaks.length) this.#peaks = new Float32Array(report.peaks.length);
    report.peaks.forEach((peak, index) => (this.#peaks[index] = Math.max(this.#peaks[index] ?? 0, peak)));
    if (!this.#wanted || report.tape !== session.tape) return;
    if (report.ended) return this.#finish(session);
    if (report.starved && before?.running) this.gaps += 1;
    if (report.running !== (this.status === "playing")) this.#setStatus(report.running ? "playing" : "loading");
    void this.#read(session);
  }

  /** The song is over: its end is where it rests. @param {Session} session */
  #finish(session) {
    this.pause();
    this.#restSample = session.length;
    this.dispatchEvent(new Event("change"));
  }

  /** The sample of the song that is heard now. @param {Session} session */
  #heard(session) {
    const { report } = session;
    if (!report || report.tape !== session.tape || !this.#output) return session.anchors[0]?.sample ?? 0;
    const elapsed = report.running ? Math.max(0, this.#output.heard() * session.rate - report.frame) : 0;
    // What the device holds back has not been heard: the place may lie before the report's.
    const early = report.running ? Math.min(0, this.#output.heard() * session.rate - report.frame) : 0;
    const speed = this.unstretched ? 1 : (this.#state?.speed ?? 1);
    return sampleAt(session.anchors, Math.max(0, report.place + (elapsed + early) * speed));
  }

  /** @param {Session} session */
  #bounds(session) {
    const loop = this.#state ? loopOf(this.#state) : null;
    return loop ? loopSamples(loop, session) : null;
  }

  #sendGains() {
    const session = this.#session;
    if (session && this.#state) this.#send({ do: "gains", matrices: pairMatrices(this.#state, session.hasMix) });
  }

  /** @param {MixerCommand} command @param {Transferable[]} [transfer] */
  #send(command, transfer = []) {
    this.#node?.port.postMessage(command, transfer);
  }

  #close() {
    this.#wanted = false;
    this.#send({ do: "close" });
    this.#drop();
    this.error = null;
    this.gaps = 0;
    this.#peaks = new Float32Array();
  }

  /** Let the audio graph and the device go. */
  #drop() {
    clearTimeout(this.#idle);
    this.#node?.disconnect();
    void this.#output?.context.close();
    this.#node = null;
    this.#output = null;
    this.#ready = null;
  }

  /** The audio thread's part is lost: the next play builds another. @param {Session} session */
  #break(session) {
    if (session !== this.#session || !this.#node) return;
    this.#fail("The mixer stopped unexpectedly. Press play to try again.");
    this.#drop();
    session.tape = 0;
    session.turn += 1;
  }

  /** @param {string} error */
  #fail(error) {
    if (this.#session) this.#restSample = this.#heard(this.#session);
    this.#wanted = false;
    this.#send({ do: "play", wanted: false });
    this.error = error;
    this.#setStatus("failed");
  }

  /** @param {MixerStatus} status */
  #setStatus(status) {
    if (status !== "failed") this.error = null;
    this.status = status;
    this.dispatchEvent(new Event("change"));
  }
}

/** @param {ReadonlyArray<Lane>} lanes @param {number} rate @returns {number} samples of the longest */
function lengthOf(lanes, rate) {
  return Math.round(Math.max(0, ...lanes.map(({ seconds }) => seconds)) * rate);
}

/** The loop that is repeated. @param {MixerState} state */
function loopOf(state) {
  return state.looping ? state.loop : null;
}

/** Anchors that may still be asked for: the one before what is heard, and all after. @param {Session} session @returns {Anchor[]} */
function recent(session) {
  const place = (session.report?.place ?? 0) - session.rate;
  const first = session.anchors.findLastIndex((anchor) => anchor.place <= place);
  return session.anchors.slice(Math.max(0, first));
}
