/**
 * Names of audio formats as people say them, from the names that mediabunny and FFmpeg have for them.
 */

/** @type {Readonly<Record<string, string>>} */
const CODECS = { aac: "AAC", mp3: "MP3", opus: "Opus", vorbis: "Vorbis", flac: "FLAC", alac: "ALAC", ac3: "AC-3", eac3: "E-AC-3", dts: "DTS" };
/** @type {Readonly<Record<string, string>>} */
const CONTAINERS = { MP4: "M4A", "QuickTime File Format": "MOV", "MPEG Transport Stream": "TS" };

/**
 * A format in words that people use.
 * @param {string} container mediabunny's name
 * @param {string} codec     mediabunny's name
 * @example nameFormat("MP4", "aac") // "AAC (M4A)"
 */
export function nameFormat(container, codec) {
  if (container === "WAVE") return "WAV";
  const name = CODECS[codec] ?? (/^(pcm|ulaw|alaw)/.test(codec) ? "PCM" : codec.toUpperCase());
  if (name === container || container === "ADTS") return name;
  if (container === "Ogg") return name === "Vorbis" ? "Ogg Vorbis" : name === "Opus" ? "Opus" : `${name} (Ogg)`;
  return `${name} (${CONTAINERS[container] ?? container})`;
}

/** @type {Readonly<Record<string, string>>} */
const FFMPEG_CONTAINERS = { aiff: "AIFF", ape: "APE (Monkey's Audio)", wv: "WavPack", tta: "TTA", caf: "CAF", au: "AU", mpc: "Musepack", mpc8: "Musepack", amr: "AMR" };
/** @type {Readonly<Record<string, string>>} */
const FFMPEG_CODECS = { alac: "ALAC (M4A)", wmav1: "WMA", wmav2: "WMA", wmapro: "WMA Pro", wmalossless: "WMA Lossless", aac: "AAC", mp3: "MP3", mp2: "MP2", flac: "FLAC", vorbis: "Vorbis", opus: "Opus", ac3: "AC-3", eac3: "E-AC-3", dts: "DTS" };

/**
 * @param {string} container FFmpeg's name
 * @param {string} codec     FFmpeg's name
 * @example nameFfmpegFormat("asf", "wmav2") // "WMA"
 */
export function nameFfmpegFormat(container, codec) {
  return FFMPEG_CONTAINERS[container] ?? FFMPEG_CODECS[codec] ?? codec.toUpperCase();
}
