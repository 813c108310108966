/**
 * The song of a video: what the page knows of a track, and its features, computed once in the preview's worker.
 * @import {Track} from "./types.js"
 * @import {PreviewEngine} from "./video-engine.js"
 * @import {VideoSong} from "./video-model.js"
 */
import { identity } from "./intake-files.js";

/** @typedef {{decode: (file: File, options: import("./decoder.js").DecodeOptions) => Promise<unknown>}} DecoderLike */

/** @param {Track} track analysed @param {Blob} playable @param {string} title @returns {VideoSong} */
export function songOf(track, playable, title) {
  const { analysis, arrays } = track;
  if (!analysis || !arrays) throw new Error("Expected a song that is analysed: wait until its key is shown.");
  return {
    name: track.name, file: track.file, playable, title, artist: track.tags?.artist ?? "", durationSeconds: analysis.durationSeconds,
    beats: arrays.beats, downbeats: arrays.downbeats, sections: analysis.structure?.sections ?? [], peaks: arrays.peaks, bands: arrays.bands, features: null,
  };
}

/** What came in by and by: the beats as corrected by hand, sections. @param {VideoSong} song @param {Track} track @returns {VideoSong|null} null: as it was */
export function renewed(song, { analysis, arrays }) {
  if (!analysis || !arrays) return null;
  const sections = analysis.structure?.sections ?? song.sections; // an analysis that is not over yet has none
  if (alike(arrays.beats, song.beats) && alike(arrays.downbeats, song.downbeats) && JSON.stringify(sections) === JSON.stringify(song.sections)) return null;
  return { ...song, beats: arrays.beats, downbeats: arrays.downbeats, sections };
}

/** Whether a track is a video's song; one that was kept is a copy of its file. @param {Track} track @param {VideoSong} song */
export function isSongOf({ file, name }, song) {
  return file === song.file || (song.file instanceof File && identity(file, name) === identity(song.file, song.name));
}

/** @param {Float64Array} one @param {Float64Array} other */
function alike(one, other) {
  return one === other || (one.length === other.length && one.every((value, at) => value === other[at]));
}

/**
 * Let the preview hear the song: from the features that are kept, else by decoding it. Resolves with the song and its
 * features.
 * @param {VideoSong} song @param {{engine: PreviewEngine, decoder: DecoderLike, signal: AbortSignal, onProgress: (stage: string, fraction: number|null) => void}} deps
 * @returns {Promise<VideoSong>}
 */
export async function hearSong(song, { engine, decoder, signal, onProgress }) {
  if (song.features) {
    const { value } = await engine.ask({ type: "takeSong" }, [song.features], { signal, transfer: false });
    return { ...song, stems: value.stems };
  }
  const file = song.file instanceof File ? song.file : new File([song.file], song.name);
  await decoder.decode(file, {
    signal,
    onInfo: (info) => {
      engine.ask({ type: "openSong", sampleRate: info.sampleRate, channels: info.channels, expectedSeconds: info.durationSeconds }, [], { signal }).catch(() => {});
    },
    onStage: (_, fraction) => onProgress("Listening for what moves the picture", fraction === null ? null : 0.95 * fraction),
    onBlock: (planes) => engine.ask({ type: "feedSong" }, planes, { signal }),
  });
  onProgress("Putting together what was heard", 0.97);
  const { arrays } = await engine.ask({ type: "finishSong", sections: song.sections }, [song.beats.slice(), song.downbeats.slice()], { signal });
  return { ...song, features: arrays[0], stems: [] };
}
