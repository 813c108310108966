/**
 * Where sound leaves: one AudioContext with its fixed nodes.
 */

import { clickSamples } from "./play-sounds.js";

/** The AudioContext and its fixed nodes: run (one per start, faded) → music (ducked) → master ← clicks, chord. */
export class Output {
  /** @param {number|null} sampleRate the track's, so that nothing is resampled block by block */
  constructor(sampleRate) {
    this.asked = sampleRate;
    this.context = makeContext(sampleRate);
    this.master = new GainNode(this.context);
    this.music = new GainNode(this.context);
    this.music.connect(this.master).connect(this.context.destination);
    this.clicks = [false, true].map((downbeat) => bufferOf(this.context, [clickSamples(this.context.sampleRate, downbeat)], this.context.sampleRate));
  }

  /**
   * @param {AudioBuffer} buffer
   * @param {AudioNode} target
   * @param {number} time whole frame of the context
   */
  play(buffer, target, time) {
    const node = new AudioBufferSourceNode(this.context, { buffer });
    node.connect(target);
    node.start(time);
    return node;
  }

  /** Context time of what leaves the loudspeaker now. */
  heard() {
    const { currentTime, outputLatency = 0, baseLatency = 0 } = this.context;
    const coarse = currentTime - (outputLatency || baseLatency);
    const { contextTime = 0, performanceTime = 0 } = this.context.getOutputTimestamp();
    const fine = contextTime + (performance.now() - performanceTime) / 1000;
    // The fine one runs on between two blocks of the device, but some systems leave it at 0.
    return contextTime > 0 && Math.abs(fine - coarse) < 0.25 ? Math.min(fine, currentTime) : coarse;
  }
}

/** @param {number|null} sampleRate */
function makeContext(sampleRate) {
  if (sampleRate !== null) {
    try {
      return new AudioContext({ sampleRate, latencyHint: "interactive" });
    } catch {
      // A rate this browser does not take: it resamples then.
    }
  }
  return new AudioContext({ latencyHint: "interactive" });
}

/** @param {BaseAudioContext} context @param {Float32Array<ArrayBuffer>[]} planes one per channel @param {number} sampleRate */
export function bufferOf(context, planes, sampleRate) {
  const buffer = context.createBuffer(planes.length, Math.max(1, planes[0]?.length ?? 1), sampleRate);
  planes.forEach((plane, channel) => buffer.copyToChannel(plane, channel));
  return buffer;
}
