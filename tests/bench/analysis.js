// Runs in the page: our pipeline on a file, and essentia.js called directly from JavaScript on the same audio.

/** What stays from call to call. @type {{ours: any, essentia: any}} */
const kept = { ours: null, essentia: null };

/** From a file to its answer and to its details, decoding and analysing as the page does. */
export async function ours(/** @type {string} */ app, /** @type {File} */ file, /** @type {number} */ track) {
  const { engine, decoder } = await ready(app);
  /** @type {Promise<unknown>} */
  let opened = Promise.resolve();
  const start = performance.now();
  await decoder.decode(file, {
    signal: new AbortController().signal,
    onInfo: (/** @type {any} */ info) => {
      opened = open(engine, track, info);
    },
    onStage() {},
    onBlock: async (/** @type {Float32Array[]} */ planes) => {
      await opened;
      await engine.request({ type: "feedTrack", track }, planes);
    },
  });
  return { ...(await finished(engine, track, start)), status: (await engine.request({ type: "getStatus" })).value };
}

/** The same with all audio decoded before the clock starts. */
export async function afterDecode(/** @type {string} */ app, /** @type {File} */ file, /** @type {number} */ track) {
  const { engine, decoder } = await ready(app);
  /** @type {Float32Array[][]} */
  const blocks = [];
  /** @type {any} */
  let info = null;
  await decoder.decode(file, {
    signal: new AbortController().signal,
    onInfo: (/** @type {any} */ found) => {
      info = found;
    },
    onStage() {},
    onBlock: (/** @type {Float32Array[]} */ planes) => {
      blocks.push(planes.map((plane) => plane.slice()));
    },
  });
  const start = performance.now();
  await open(engine, track, info);
  for (const planes of blocks) await engine.request({ type: "feedTrack", track }, planes);
  return finished(engine, track, start);
}

/** @param {any} engine @param {number} track @param {{sampleRate: number, channels: number, durationSeconds: number|null}} info */
function open(engine, track, { sampleRate, channels, durationSeconds }) {
  return engine.request({ type: "openTrack", track, sampleRate, channels, expectedSeconds: durationSeconds });
}

/** Seconds from `start` to the answer and to the details, and both. @param {any} engine @param {number} track @param {number} start */
async function finished(engine, track, start) {
  const { value: answer } = await engine.request({ type: "finishTrack", track });
  const answered = performance.now();
  const { value: more } = await engine.request({ type: "deepenTrack", track });
  const seconds = { answer: (answered - start) / 1000, details: (performance.now() - start) / 1000 };
  return { seconds, analysis: answer.analysis, details: more.details };
}

/** @param {string} app */
async function ready(app) {
  kept.ours ??= await load(app);
  await kept.ours.engine.request({ type: "getStatus" });
  return kept.ours;
}

/** Decoding alone: blocks are thrown away. */
export async function decodeOnly(/** @type {string} */ app, /** @type {File} */ file) {
  kept.ours ??= await load(app);
  const start = performance.now();
  await kept.ours.decoder.decode(file, { signal: new AbortController().signal, onInfo() {}, onStage() {}, onBlock() {} });
  return (performance.now() - start) / 1000;
}

/** essentia.js as its documentation says: one vector, then the algorithms; mono audio at 44.1 kHz. */
export async function essentia(/** @type {string} */ url, /** @type {File} */ file) {
  const { EssentiaWASM: module } = await import(url);
  kept.essentia ??= new module.EssentiaJS(false);
  const context = new OfflineAudioContext(1, 1, 44100);
  const audio = await context.decodeAudioData(await file.arrayBuffer());
  const mono = new Float32Array(audio.length);
  for (let channel = 0; channel < audio.numberOfChannels; channel++) {
    const plane = audio.getChannelData(channel);
    for (let i = 0; i < mono.length; i++) mono[i] = (mono[i] ?? 0) + (plane[i] ?? 0) / audio.numberOfChannels;
  }
  /** @type {Record<string, number>} */
  const seconds = {};
  const timed = (/** @type {string} */ name, /** @type {() => any} */ run) => {
    const start = performance.now();
    const answer = run();
    seconds[name] = (performance.now() - start) / 1000;
    return answer;
  };
  const vector = timed("vector", () => module.arrayToVector(mono));
  const engine = kept.essentia;
  const key = timed("key", () =>
    engine.KeyExtractor(vector, true, 4096, 4096, 12, 3500, 60, 25, 0.2, "bgate", 44100, 0.0001, 440, "cosine", "hann"));
  const rhythm = timed("degara", () => engine.RhythmExtractor2013(vector, 208, "degara", 40));
  timed("danceability", () => engine.Danceability(vector, 8800, 310, 44100, 1.1));
  timed("multifeature", () => engine.RhythmExtractor2013(vector, 208, "multifeature", 40));
  timed("percival", () => engine.PercivalBpmEstimator(vector, 1024, 2048, 128, 128, 210, 50, 44100));
  const answer = { seconds, key: `${key.key} ${key.scale}`, bpm: rhythm.bpm };
  vector.delete();
  return answer;
}

async function load(/** @type {string} */ app) {
  const { createEngine } = await import(`${app}/js/engine.js`);
  const { createDecoder } = await import(`${app}/js/decoder.js`);
  const spawn = () => new Worker(`${app}/js/decode-worker.js`, { type: "module" });
  return { engine: createEngine(), decoder: createDecoder({ spawn }) };
}
