// @ts-nocheck: served to the page under the test server's own paths.
/** Records, for a test, all that goes to the loudspeaker, left and right: an AudioWorklet module. */
/* global registerProcessor, AudioWorkletProcessor */

registerProcessor(
  "stereo-tap",
  class extends AudioWorkletProcessor {
    parts = [];
    process([input]) {
      this.parts.push([0, 1].map((channel) => input[channel]?.slice() ?? input[0]?.slice() ?? new Float32Array(128)));
      if (this.parts.length === 32) this.port.postMessage(this.parts.splice(0));
      return true;
    }
  },
);
