// Runs in the page: our pipeline on a file, and essentia.js called directly from JavaScript on the same audio.

/** What stays from call to call. @type {{ours: any, essentia: any}} */
const kept = { ours: null, essentia: null };

/** @param {string} app */
export async function ours(app, /** @type {File} */ file, /** @type {number} */ track) {
  kept.ours ??= await load(app);
  const { engine, decoder } = kept.ours;
  await engine.request({ type: "getStatus" });
  /** @type {Promise<unknown>} */
  let opened = Promise.resolve();
  const start = performance.now();
  await decoder.decode(file, {
    signal: new AbortController().signal,
    onInfo: (/** @type {any} */ info) => {
      const { sampleRate, channels, durationSeconds } = info;
      opened = engine.request({ type: "openTrack", track, sampleRate, channels, expectedSeconds: durationSeconds });
    },
    onStage() {},
    onBlock: async (/** @type {Float32Array[]} */ planes) => {
      await opened;
      await engine.request({ type: "feedTrack", track }, planes);
    },
  });
  const fed = performance.now();
  const { value } = await engine.request({ type: "finishTrack", track });
  const done = performance.now();
  const { value: status } = await engine.request({ type: "getStatus" });
  return { feed: (fed - start) / 1000, finish: (done - fed) / 1000, analysis: value.analysis, status };
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
