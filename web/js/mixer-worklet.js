/**
 * The mixer's AudioWorklet: messages in, sound and reports out. What it does is in mixer-engine.js.
 * @import {Matrix} from "./mixer-gains.js"
 * @import {Block} from "./mixer-tape.js"
 */
import { MixEngine } from "./mixer-engine.js";
import { Stretch } from "./mixer-stretch.js";

/**
 * @typedef {{do: "reset", tape: number}
 *   | {do: "append", tape: number, block: Block}
 *   | {do: "cut", tape: number, place: number}
 *   | {do: "finish", tape: number}
 *   | {do: "play", wanted: boolean}
 *   | {do: "gains", matrices: ReadonlyArray<Matrix>}
 *   | {do: "speed", speed: number}
 *   | {do: "close"}} MixerCommand
 */

/** @typedef {{pairs: number, stretch: ArrayBuffer|null}} MixerOptions  stretch: the time stretcher's WebAssembly */

/** What the page hears: where it is, or why it ended. @typedef {import("./mixer-engine.js").Report|{failed: string}} MixerNews */

/** Reports a second: what a meter can show. */
const REPORTS_PER_SECOND = 30;

// The audio thread's own globals, which the DOM's types do not have.
const { AudioWorkletProcessor, registerProcessor, sampleRate } = /** @type {any} */ (globalThis);

class MixerProcessor extends AudioWorkletProcessor {
  #open = true;
  #reportIn = 0;
  /** @type {MixEngine} */
  #engine;

  /** @param {{processorOptions: MixerOptions}} options */
  constructor({ processorOptions: { pairs, stretch } }) {
    super();
    const module = stretch ? new WebAssembly.Module(stretch) : null;
    this.#engine = new MixEngine({ pairs, sampleRate, stretch: module ? new Stretch(module, sampleRate) : null });
    this.port.onmessage = (/** @type {MessageEvent<MixerCommand>} */ { data }) => this.#take(data);
  }

  /** An error in a listener would be nobody's: the page is told. @param {MixerCommand} command */
  #take(command) {
    try {
      this.#obey(command);
    } catch (error) {
      this.#open = false;
      this.port.postMessage({ failed: error instanceof Error ? error.message : String(error) });
    }
  }

  /** @param {MixerCommand} command */
  #obey(command) {
    const engine = this.#engine;
    switch (command.do) {
      case "reset": engine.reset(command.tape); break;
      case "append": engine.append(command.tape, command.block); break;
      case "cut": engine.cut(command.tape, command.place); break;
      case "finish": engine.finish(command.tape); break;
      case "play": engine.play(command.wanted); break;
      case "gains": engine.setGains(command.matrices); break;
      case "speed": engine.setSpeed(command.speed); break;
      case "close": this.#open = false; break;
    }
    this.#reportIn = 0;
  }

  /** @param {Float32Array[][]} _inputs @param {Float32Array[][]} outputs */
  process(_inputs, [output]) {
    const [left, right] = output ?? [];
    if (!left || !right) return this.#open;
    const frame = /** @type {any} */ (globalThis).currentFrame;
    this.#reportIn -= left.length;
    if (this.#reportIn <= 0) {
      this.#reportIn = sampleRate / REPORTS_PER_SECOND;
      const report = this.#engine.report(frame);
      this.port.postMessage(report, [report.peaks.buffer]);
    }
    this.#engine.process(left, right);
    return this.#open;
  }
}

registerProcessor("keylight-mixer", MixerProcessor);
