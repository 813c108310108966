/**
 * Any audio to WAV by FFmpeg compiled to WebAssembly, for what the browser's own decoders cannot read. 32 MB, loaded
 * when first needed. Runs in a worker only: it reads the file in place and computes without pause.
 */

import { ASSETS } from "./assets.js";
import { failure, readLog, warningsOf } from "./ffmpeg-log.js";
import { LoadError, UnusableError, messageOf } from "./media-errors.js";
import { WavSink } from "./wav-sink.js";

/** @typedef {(stage: string, fraction: number|null) => void} Tell */

/**
 * @typedef {object} Converted
 * @property {Blob} wav
 * @property {string} format     for people
 * @property {string[]} warnings
 */

/** A WAV counts its bytes in 32 bits; some are kept for the header. */
const MOST_BYTES = 2 ** 32 - 2 ** 16;

/** @type {Promise<{create: (options: object) => Promise<any>, module: WebAssembly.Module}>|null} */
let compiled = null;

/**
 * Convert a file.
 * @param {File} file
 * @param {Tell} tell
 * @returns {Promise<Converted>}
 */
export async function convertToWav(file, tell) {
  compiled ??= load(tell).catch((error) => {
    compiled = null;
    throw new LoadError(`${messageOf(error)}. It is needed once; connect and try again.`);
  });
  const core = await compiled;
  const probe = await start(core, file);
  probe.exec("-hide_banner", "-i", probe.path);
  const source = readLog(probe.lines);
  const run = await start(core, file);
  return convert(run, source, (fraction) => tell("Converting", fraction));
}

/** @param {Tell} tell */
async function load(tell) {
  const stage = "Loading the fallback decoder";
  tell(stage, 0);
  const [library, response] = await Promise.all([import(ASSETS.ffmpeg.js), fetch(ASSETS.ffmpeg.wasm)]);
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  const watched = new Response(watch(response, (fraction) => tell(stage, fraction)), {
    headers: { "content-type": "application/wasm" },
  });
  return { create: library.default, module: await WebAssembly.compileStreaming(watched) };
}

/**
 * The response's body, telling how much of it has come.
 * @param {Response} response
 * @param {(fraction: number|null) => void} tell
 */
function watch(response, tell) {
  // Not the content-length: that counts packed bytes where the server compresses.
  const total = ASSETS.bytes[ASSETS.ffmpeg.wasm] ?? 0;
  let seen = 0;
  const counter = new TransformStream({
    transform(chunk, controller) {
      seen += chunk.length;
      tell(total > 0 ? Math.min(1, seen / total) : null);
      controller.enqueue(chunk);
    },
  });
  return response.body?.pipeThrough(counter) ?? null;
}

/**
 * A fresh FFmpeg with the file mounted: one that has run once keeps memory and state.
 * @param {{create: (options: object) => Promise<any>, module: WebAssembly.Module}} core
 * @param {File} file
 */
async function start({ create, module }, file) {
  /** @type {string[]} */
  const lines = [];
  const ffmpeg = await create({
    instantiateWasm(/** @type {WebAssembly.Imports} */ imports, /** @type {(i: WebAssembly.Instance) => void} */ done) {
      void WebAssembly.instantiate(module, imports).then(done);
      return {};
    },
  });
  ffmpeg.setLogger((/** @type {{message: string}} */ { message }) => lines.push(message));
  ffmpeg.FS.mkdir("/in");
  // The name must not reach FFmpeg's own syntax (%03d, protocols), so it gets a plain one; only the ending is kept.
  const ending = /\.[a-z0-9]{1,5}$/i.exec(file.name)?.[0] ?? "";
  const name = `source${ending}`;
  ffmpeg.FS.mount(ffmpeg.FS.filesystems.WORKERFS, { blobs: [{ name, data: file }] }, "/in");
  return { ffmpeg, lines, path: `file:/in/${name}`, exec: (/** @type {string[]} */ ...args) => ffmpeg.exec(...args) };
}

/**
 * @param {Awaited<ReturnType<typeof start>>} run
 * @param {import("./ffmpeg-log.js").Source} source
 * @param {(fraction: number|null) => void} tell
 * @returns {Converted}
 */
function convert({ ffmpeg, lines, path, exec }, source, tell) {
  const sink = new WavSink();
  openDevice(ffmpeg.FS, "/out.wav", sink);
  const total = source.durationSeconds;
  // `time` is in microseconds; FFmpeg's own share assumes that output and input are equally long.
  ffmpeg.setProgress((/** @type {{time: number}} */ { time }) => tell(total ? Math.min(1, time / 1e6 / total) : null));
  lines.length = 0;
  const code = exec(
    "-hide_banner", "-i", path, "-map", "0:a:0", "-vn", "-sn", "-dn", "-map_metadata", "-1", "-fflags", "+bitexact",
    "-c:a", source.bits16 ? "pcm_s16le" : "pcm_f32le", "-f", "wav", "/out.wav",
  );
  const wav = sink.finish();
  // 44 bytes are a header and nothing after it.
  if (wav.size <= 128 && code !== 0) throw failure(lines);
  return { wav, format: source.format, warnings: warningsOf(lines) };
}

/**
 * Let FFmpeg write into a sink under a path.
 * @param {any} FS Emscripten's file system
 * @param {string} path
 * @param {WavSink} sink
 */
function openDevice(FS, path, sink) {
  const device = FS.makedev(64, 1);
  FS.registerDevice(device, {
    open(/** @type {any} */ stream) {
      stream.seekable = true;
    },
    write(/** @type {any} */ stream, /** @type {Uint8Array} */ buffer, /** @type {number} */ offset, /** @type {number} */ length, /** @type {number|undefined} */ position) {
      const at = position ?? stream.position;
      if (at + length > MOST_BYTES) throw new UnusableError("% is too long: once decoded it is more than 4 GB. Cut it in two and add the parts.");
      sink.write(buffer.slice(offset, offset + length), at);
      return length;
    },
    llseek(/** @type {any} */ stream, /** @type {number} */ offset, /** @type {number} */ whence) {
      return offset + (whence === 1 ? stream.position : whence === 2 ? sink.size : 0);
    },
  });
  FS.mkdev(path, 0o666, device);
}
