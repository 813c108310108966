/**
 * Stands in for decoder.js. The name decides: "bad" is no audio, "tagged" has tags, and the names in RATES choose the
 * engine's answer by their sample rate.
 */
const TAGS = { title: "Blue Monday", artist: "New Order", album: "Power", key: "8A", bpm: "126" };

const RATES = { slow: 11025, unclear: 8000, drifting: 48000, lost: 16000, plain: 22050, many: 32000, wordy: 44000 };

export function createDecoder() {
  return {
    async decode(file, { onInfo, onBlock }) {
      await new Promise((resolve) => setTimeout(resolve));
      if (file.name.includes("bad")) throw new Error(`${file.name} is no audio: it is a text file.`);
      const sampleRate = Object.entries(RATES).find(([word]) => file.name.includes(word))?.[1] ?? 44100;
      onInfo({ sampleRate, channels: 1, durationSeconds: 60, format: "WAV", tags: file.name.includes("tagged") ? TAGS : null });
      await onBlock([new Float32Array(16)]);
      return { info: {}, seconds: 60, playable: file, warnings: [] };
    },
  };
}
