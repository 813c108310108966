/**
 * Stems for the picture: their audio, wherever it lies, goes through the preview's Python once.
 * @import {Lane} from "./mixer-types.js"
 * @import {PreviewEngine} from "./video-engine.js"
 * @import {OnProgress} from "./video-signs.js"
 */

/** Short, so that the picture goes on between two blocks. */
const BLOCK_SAMPLES = 1 << 15;

/**
 * @param {ReadonlyArray<Lane>} lanes of one song, with one rate
 * @param {{engine: Pick<PreviewEngine, "ask">, signal: AbortSignal, onProgress: OnProgress}} deps
 * @returns {Promise<{features: Uint8Array<ArrayBuffer>, names: string[]}>} the song's features with its stems'
 */
export async function hearStems(lanes, { engine, signal, onProgress }) {
  const [first] = lanes;
  if (!first) throw new Error("The separation has no stems.");
  const words = "Listening to the stems";
  await engine.ask({ type: "openStems", names: lanes.map(({ name }) => name), sampleRate: first.sampleRate }, [], { signal });
  const samples = Math.round(Math.max(...lanes.map(({ seconds }) => seconds)) * first.sampleRate);
  for (let start = 0; start < samples; start += BLOCK_SAMPLES) {
    onProgress(words, (0.95 * start) / samples);
    const count = Math.min(BLOCK_SAMPLES, samples - start);
    const planes = (await Promise.all(lanes.map((lane) => lane.read(start, count)))).flat();
    signal.throwIfAborted();
    await engine.ask({ type: "feedStems" }, planes, { signal });
  }
  onProgress(words, 0.97);
  const { value, arrays } = await engine.ask({ type: "finishStems" }, [], { signal });
  return { features: arrays[0], names: [...value.stems] };
}
