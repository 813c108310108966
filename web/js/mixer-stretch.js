/**
 * Time stretching at the same pitch: Signalsmith Stretch 1.3.2 (MIT) as WebAssembly, without its own glue, which starts
 * from a `blob:` address that our policy forbids. Runs in the audio thread and in Node.
 */

/**
 * The exports under the linker's one-letter names (`Module["_setBuffers"] = ... wasmExports["h"]` and so on in the
 * package's script); backend/assets/stretch.py takes the module out and its test counts the exports.
 * @typedef {object} Exports
 * @property {WebAssembly.Memory} e
 * @property {() => void} f                                      constructors
 * @property {(channels: number, length: number) => number} h    setBuffers: address of the inputs, the outputs follow
 * @property {() => number} k                                    inputLatency
 * @property {() => number} l                                    outputLatency
 * @property {() => void} m                                      reset
 * @property {(channels: number, rate: number) => void} n        presetDefault
 * @property {(samples: number, rate: number) => void} v         seek
 * @property {(input: number, output: number) => void} w         process
 * @property {(argc: number, argv: number) => number} y          main
 */

/** Left and right. */
const CHANNELS = 2;
/** Seed of the noise that some phases are made of: the same song sounds the same each time. */
const SEED = 0x2545f491;
const WARM_BLOCK = 128;
const WARM_SPEED = 0.5;

export class Stretch {
  #exports;
  #length;
  #inputs;
  #views = /** @type {Float32Array[]} */ ([]);
  #from = 0;
  /** How far before its input's end, and after its input, what comes out lies: samples. */
  inputLatency;
  outputLatency;

  /** @param {WebAssembly.Module} module @param {number} sampleRate */
  constructor(module, sampleRate) {
    const memory = () => this.#exports.e;
    const instance = new WebAssembly.Instance(module, { a: imports(memory) });
    this.#exports = /** @type {Exports} */ (/** @type {unknown} */ (instance.exports));
    this.#exports.f();
    this.#exports.y(0, 0);
    this.#exports.n(CHANNELS, sampleRate);
    this.inputLatency = this.#exports.k();
    this.outputLatency = this.#exports.l();
    this.#length = this.inputLatency + this.outputLatency;
    this.#inputs = this.#exports.h(CHANNELS, this.#length);
    this.#warm();
  }

  /** Run once on silence: the first blocks cost 25 ms, which the audio thread must not lose while it plays. */
  #warm() {
    this.prime(WARM_SPEED);
    for (let done = 0; done < 4 * this.#length; done += WARM_BLOCK) this.process(WARM_BLOCK >> 1, WARM_BLOCK);
  }

  /** Samples that `prime` wants. */
  get primeLength() {
    return this.#length;
  }

  /** Where to write input and to find output; ask anew each time, memory may have grown. @returns {{left: Float32Array, right: Float32Array, outLeft: Float32Array, outRight: Float32Array}} */
  buffers() {
    const { buffer } = this.#exports.e;
    if (this.#views[0]?.buffer !== buffer || this.#from !== this.#inputs) {
      this.#from = this.#inputs;
      this.#views = [0, 1, 2, 3].map((row) => new Float32Array(buffer, this.#inputs + 4 * row * this.#length, this.#length));
    }
    const [left, right, outLeft, outRight] = /** @type {[Float32Array, Float32Array, Float32Array, Float32Array]} */ (this.#views);
    return { left, right, outLeft, outRight };
  }

  /** Begin anew with `primeLength` samples of what came before, in `buffers()`. @param {number} speed */
  prime(speed) {
    this.#exports.m();
    this.#exports.v(this.#length, speed);
  }

  /** Take `input` samples from `buffers()` and leave `output` there. @param {number} input @param {number} output */
  process(input, output) {
    this.#exports.w(input, output);
  }
}

/** What the module asks of its surroundings. @param {() => WebAssembly.Memory} memory */
function imports(memory) {
  let state = SEED;
  return {
    /** Random bytes: an xorshift (Marsaglia 2003), since the audio thread has no crypto. @param {number} at @param {number} size */
    a: (at, size) => {
      const bytes = new Uint8Array(memory().buffer, at, size);
      for (let i = 0; i < size; i++) {
        state ^= state << 13;
        state ^= state >>> 17;
        state ^= state << 5;
        bytes[i] = state & 255;
      }
      return 0;
    },
    /** Grow the memory to at least this. @param {number} bytes */
    b: (bytes) => {
      const { buffer } = memory();
      return memory().grow(Math.ceil((Math.max(bytes >>> 0, buffer.byteLength * 1.2) - buffer.byteLength) / 65536)) >= 0;
    },
    /** @param {number} to @param {number} from @param {number} size */
    c: (to, from, size) => void new Uint8Array(memory().buffer).copyWithin(to, from, from + size),
    d: () => {
      throw new Error("The time stretcher stopped.");
    },
  };
}
