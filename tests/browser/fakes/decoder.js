/** Stands in for decoder.js. The name decides: "bad" is no audio, "unclear" and "slow" choose the engine's answer. "tagged" has tags. */
const TAGS = { title: "Blue Monday", artist: "New Order", album: "Power", key: "8A", bpm: "126" };

export function createDecoder() {
  return {
    async decode(file, { onInfo, onBlock }) {
      await new Promise((resolve) => setTimeout(resolve));
      if (file.name.includes("bad")) throw new Error(`${file.name} is no audio: it is a text file.`);
      const sampleRate = file.name.includes("slow") ? 11025 : file.name.includes("unclear") ? 8000 : 44100;
      onInfo({ sampleRate, channels: 1, durationSeconds: 60, format: "WAV", tags: file.name.includes("tagged") ? TAGS : null });
      await onBlock([new Float32Array(16)]);
      return { info: {}, seconds: 60, playable: file, warnings: [] };
    },
  };
}
