// Loads the essentia.js module named on the command line and prints what it says of a planted A minor chord at
// 120 BPM: function arguments, class methods, vectors in and out, strings, a wrong argument count, an exception -
// each kind of call wrapper that embind makes.
import { createRequire } from "node:module";
import process from "node:process";
import { pathToFileURL } from "node:url";

// Built for CommonJS, the module looks for these two under Node; in a browser it does not.
Object.assign(globalThis, { require: createRequire(import.meta.url), __dirname: "/" });

const { EssentiaWASM } = await import(pathToFileURL(String(process.argv[2])).href);
const essentia = new EssentiaWASM.EssentiaJS(false);
const rate = 44100;
const signal = new Float32Array(rate * 8);
for (let index = 0; index < signal.length; index++) {
  let value = index % 22050 < 200 ? 0.3 : 0;
  for (const hz of [220, 261.63, 329.63]) value += 0.2 * Math.sin((2 * Math.PI * hz * index) / rate);
  signal[index] = value;
}

/** @param {() => unknown} call */
function complaint(call) {
  try {
    call();
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : typeof error;
  }
  return "none";
}

const heap = [];
const answers = [];
for (let round = 0; round < 3; round++) {
  const vector = EssentiaWASM.arrayToVector(signal);
  const options = [true, 4096, 4096, 12, 3500, 60, 25, 0.2, "bgate", rate, 0.0001, 440, "cosine", "hann"];
  const { key, scale, strength } = essentia.KeyExtractor(vector, ...options);
  const rhythm = essentia.RhythmExtractor2013(vector, 208, "degara", 40);
  const ticks = Array.from(EssentiaWASM.vectorToArray(rhythm.ticks));
  const { danceability } = essentia.Danceability(vector, 8800, 310, rate, 1.1);
  answers.push({ key, scale, strength, bpm: rhythm.bpm, ticks, danceability });
  for (const used of [rhythm.ticks, rhythm.estimates, rhythm.bpmIntervals, vector]) used.delete();
  heap.push(EssentiaWASM.HEAPU8.length);
}

const vector = EssentiaWASM.arrayToVector(signal);
const complaints = [
  complaint(() => essentia.KeyExtractor(vector)),
  complaint(() => essentia.KeyExtractor()),
  complaint(() => essentia.Danceability(vector, "many", 310, rate, 1.1)),
  complaint(() => EssentiaWASM.vectorToArray(new EssentiaWASM.VectorFloat())),
];
vector.delete();
complaints.push(complaint(() => vector.size()));
console.log(JSON.stringify({ answers, heap, complaints }));
