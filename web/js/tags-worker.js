/**
 * The tagger's worker: runs the network that hears tags, beside Python and on another core. The engine's worker starts it.
 *
 * Speaks the protocol of worker-client.js with two requests: `{type: "load"}` fetches and readies all, and
 * `{type: "tag", count}` with `count` patches in one array answers the arrays logits and embedding, patch by patch.
 * What failed to load (a first visit without network) is tried again at the next request.
 */
import { ASSETS } from "./assets.js";

/** @typedef {{data: Float32Array, dims: readonly number[]}} Tensor */
/** @typedef {{run: (inputs: Record<string, Tensor>) => Promise<Record<"logits"|"embedding", Tensor>>}} Session */
/** @typedef {{session: Session, tensor: (data: Float32Array, dims: number[]) => Tensor}} Tagger */

/** The patch that the network takes: frames by mel bands (web/py/analysis/mel.py). */
const FRAMES = 187;
const BANDS = 96;

/** @type {Promise<Tagger>|null} */
let loading = null;

addEventListener("message", async ({ data: { id, request, arrays = [] } }) => {
  try {
    const tagger = await ready();
    const answer = request.type === "tag" ? await tag(tagger, arrays[0], request.count) : [];
    postMessage({ id, ok: true, value: null, arrays: answer }, answer.map((array) => array.buffer));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    postMessage({ id, ok: false, error: { type: "TaggerError", message, traceback: null } });
  }
});

/** @returns {Promise<Tagger>} */
function ready() {
  loading ??= load().catch((error) => {
    loading = null;
    throw error;
  });
  return loading;
}

/** @returns {Promise<Tagger>} */
async function load() {
  const { runtime, mjs, wasm, model } = ASSETS.tagger;
  const [ort, network] = await Promise.all([import(runtime), fetchBytes(model)]);
  ort.env.wasm.wasmPaths = { mjs, wasm };
  ort.env.wasm.numThreads = 1; // the other core is Python's
  const session = await ort.InferenceSession.create(network, { executionProviders: ["wasm"] });
  return { session, tensor: (data, dims) => new ort.Tensor("float32", data, dims) };
}

/** @param {string} url */
async function fetchBytes(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`expected ${url}, got status ${answer.status}`);
  return new Uint8Array(await answer.arrayBuffer());
}

/**
 * One patch at a time: a batch is slower, for it does not stay in the processor's caches.
 * @param {Tagger} tagger @param {Float32Array} patches @param {number} count
 * @returns {Promise<Float32Array<ArrayBuffer>[]>}
 */
async function tag({ session, tensor }, patches, count) {
  const size = FRAMES * BANDS;
  if (!(patches instanceof Float32Array) || patches.length !== count * size)
    throw new Error(`expected ${count} patches of ${size} float32, got ${patches?.length} numbers`);
  /** @type {Float32Array[][]} */
  const answers = [];
  for (let i = 0; i < count; i++) {
    const { logits, embedding } = await session.run({ mel: tensor(patches.subarray(i * size, (i + 1) * size), [1, FRAMES, BANDS]) });
    answers.push([logits.data.slice(), embedding.data.slice()]);
  }
  return [0, 1].map((part) => joined(answers.map((answer) => /** @type {Float32Array} */ (answer[part]))));
}

/** @param {Float32Array[]} parts */
function joined(parts) {
  const size = parts[0]?.length ?? 0;
  const whole = new Float32Array(parts.length * size);
  parts.forEach((part, index) => whole.set(part, index * size));
  return whole;
}
