import assert from "node:assert/strict";
import { test } from "node:test";
import { DecodeError, createDecoder, shortTime } from "../../web/js/decoder.js";
import { WorkerDeath, WorkerError } from "../../web/js/worker-client.js";

const RATE = 100;

/**
 * What a fake worker does: blocks (frame counts) of what it can read, and what it makes of the rest.
 * @typedef {object} Script
 * @property {number[]} [blocks]                 frames of each block
 * @property {string|null} [broken]              why reading ends after them
 * @property {boolean} [damaged]
 * @property {{type: string, message: string}} [openError]
 * @property {number[]} [converted]              blocks of the converted file
 * @property {{type: string, message: string}} [convertError]
 * @property {number|null} [durationSeconds]
 */

/** Counts samples upwards, so that a test sees that none is lost or doubled. */
class FakeWorker extends EventTarget {
  /** @type {Map<number, {blocks: number[], broken: string|null, next: number}>} */
  sessions = new Map();
  /** @type {string[]} */
  log = [];
  terminated = false;
  /** @param {Script} script */
  constructor(script) {
    super();
    this.script = script;
  }
  /** @param {any} message */
  postMessage({ id, request, cancel }) {
    if (cancel) return;
    this.log.push(request.type);
    queueMicrotask(() => {
      if (this.terminated) return;
      try {
        this.#say({ id, ok: true, ...this.#answer(request) });
      } catch (error) {
        this.#say({ id, ok: false, error });
      }
    });
  }
  terminate() {
    this.terminated = true;
  }
  /** @param {any} data */
  #say(data) {
    this.dispatchEvent(Object.assign(new Event("message"), { data }));
  }
  /** @param {any} request @returns {{value: any, arrays?: Float32Array[]}} */
  #answer({ type, session, blob }) {
    const { blocks = [], broken = null, openError, converted, convertError, durationSeconds = null } = this.script;
    if (type === "close") return { value: this.sessions.delete(session) };
    if (type === "convert") {
      if (convertError) throw convertError;
      return { value: { wav: Object.assign(new Blob(["wav"]), { made: true }), format: "WMA", warnings: [] } };
    }
    if (type === "open") {
      if (openError && !blob.made) throw openError;
      this.sessions.set(session, blob.made ? { blocks: [...(converted ?? [])], broken: null, next: 0 } : { blocks: [...blocks], broken, next: 0 });
      return { value: { sampleRate: RATE, channels: 1, durationSeconds, format: "MP3" } };
    }
    const state = this.sessions.get(session);
    if (!state) throw { type: "LostSessionError", message: "not open" };
    const frames = state.blocks.shift() ?? 0;
    const plane = Float32Array.from({ length: frames }, () => state.next++);
    return { value: { frames, broken: state.blocks.length === 0 ? state.broken : null, damaged: this.script.damaged === true }, arrays: frames > 0 ? [plane] : [] };
  }
}

/** @param {Script} script */
function setUp(script) {
  /** @type {FakeWorker[]} */
  const workers = [];
  const decoder = createDecoder({
    spawn: () => {
      workers.push(new FakeWorker(script));
      return /** @type {FakeWorker} */ (workers.at(-1));
    },
  });
  /** @type {number[]} */
  const samples = [];
  const onBlock = (/** @type {Float32Array[]} */ [plane]) => void samples.push(...(plane ?? []));
  return { decoder, workers, samples, onBlock };
}

const song = new File([Uint8Array.of(0xff, 0xfb, 0x90, 0)], "song.mp3");
const upTo = (/** @type {number} */ n) => Array.from({ length: n }, (_, i) => i);

test("blocks come in order and the session is closed", async () => {
  const { decoder, workers, samples, onBlock } = setUp({ blocks: [200, 200, 50], durationSeconds: 4.5 });
  /** @type {any[]} */
  const seen = [];
  const result = await decoder.decode(song, { onBlock, onInfo: (info) => seen.push(info.format), onStage: (stage, fraction) => seen.push([stage, fraction]) });
  assert.deepEqual(samples, upTo(450));
  assert.deepEqual(result, { info: { sampleRate: RATE, channels: 1, durationSeconds: 4.5, format: "MP3", tags: null }, seconds: 4.5, playable: song, warnings: [] });
  assert.deepEqual(seen, [["Decoding", 0], "MP3", ["Decoding", 200 / 450], ["Decoding", 400 / 450], ["Decoding", 1]]);
  assert.equal(workers[0]?.log.at(-1), "close");
  decoder.dispose();
});

test("no more than one block is decoded ahead of a slow consumer", async () => {
  const { decoder, workers } = setUp({ blocks: [10, 10, 10, 10, 10] });
  let most = 0;
  let taken = 0;
  await decoder.decode(song, {
    onBlock: async () => {
      taken += 1;
      await new Promise((resolve) => setTimeout(resolve, 5));
      most = Math.max(most, (workers[0]?.log.filter((type) => type === "next").length ?? 0) - taken);
    },
  });
  assert.equal(taken, 5);
  assert.equal(most, 1);
});

test("what the browser cannot read goes to the fallback", async () => {
  const { decoder, samples, onBlock } = setUp({ openError: { type: "UnreadableError", message: "no" }, converted: [100, 20] });
  const result = await decoder.decode(song, { onBlock });
  assert.deepEqual(samples, upTo(120));
  assert.equal(result.info.format, "WMA");
  assert.notEqual(result.playable, song);
  decoder.dispose();
});

test("a file that breaks in the middle goes on with the fallback, no sample lost or doubled", async () => {
  const { decoder, samples, onBlock } = setUp({ blocks: [100, 30], broken: "EncodingError", converted: [90, 90, 90] });
  const result = await decoder.decode(song, { onBlock });
  assert.deepEqual(samples, upTo(270));
  assert.equal(result.info.format, "MP3");
  decoder.dispose();
});

test("without a fallback what was decoded is kept and said", async () => {
  const { decoder, samples, onBlock } = setUp({ blocks: [100, 30], broken: "bad frame", convertError: { type: "LoadError", message: "offline" } });
  const result = await decoder.decode(song, { onBlock });
  assert.equal(samples.length, 130);
  assert.deepEqual(result.warnings, ["Only the first 0:01.3 could be decoded (bad frame)."]);
  decoder.dispose();
});

test("what the browser takes for the end in the middle is fetched by the fallback", async () => {
  const script = { blocks: [100, 30], broken: "what follows is damaged", damaged: true, durationSeconds: 5 };
  const more = setUp({ ...script, converted: [90, 90, 90, 90] });
  assert.deepEqual((await more.decoder.decode(song, { onBlock: more.onBlock })).warnings, ["Parts of the file are damaged: 0:03.6 of 0:05.0 could be decoded."]);
  assert.deepEqual(more.samples, upTo(360));
  const none = setUp({ ...script, converted: [90, 45] });
  assert.deepEqual((await none.decoder.decode(song, { onBlock: none.onBlock })).warnings, ["The file ends early: 0:01.4 of 0:05.0 are there."]);
  more.decoder.dispose();
  none.decoder.dispose();
});

test("a file shorter than it says is told", async () => {
  const { decoder, onBlock } = setUp({ blocks: [1000], durationSeconds: 185.25 });
  assert.deepEqual((await decoder.decode(song, { onBlock })).warnings, ["The file ends early: 0:10.0 of 3:05.3 are there."]);
});

test("an abort rejects at once with its reason and closes the session", async () => {
  const { decoder, workers } = setUp({ blocks: upTo(50).map(() => 10) });
  const controller = new AbortController();
  let taken = 0;
  const decoding = decoder.decode(song, { signal: controller.signal, onBlock: () => void (++taken === 3 && controller.abort()) });
  await assert.rejects(decoding, { name: "AbortError" });
  assert.equal(taken, 3);
  assert.equal(workers[0]?.log.at(-1), "close");
});

test("an error of the consumer comes out as it is, also where it looks like one of the decoder's", async () => {
  const failures = [
    new TypeError("mine"), new WorkerError({ type: "MemoryError", message: "Unable to allocate" }), new WorkerDeath("The analysis stopped."),
    new WorkerError({ type: "UnreadableError", message: "not the file" }), new DOMException("gone", "NotFoundError"),
  ];
  for (const failure of failures) {
    for (const options of [
      { onBlock: () => Promise.reject(failure) },
      { onBlock: () => { throw failure; } },
      { onBlock: () => {}, onInfo: () => { throw failure; } },
    ]) {
      const { decoder, workers } = setUp({ blocks: [10, 10], converted: [10, 10, 10] });
      await assert.rejects(decoder.decode(song, options), (error) => error === failure);
      assert.ok(!workers.some(({ log }) => log.includes("convert")), "another reader would not help");
      decoder.dispose();
    }
  }
});

test("an error of the consumer of a converted file comes out as it is", async () => {
  const { decoder } = setUp({ blocks: [100, 30], broken: "bad frame", converted: [90, 90, 90] });
  const failure = new WorkerError({ message: "full" });
  let taken = 0;
  const onBlock = () => void (++taken === 3 && (() => { throw failure; })());
  await assert.rejects(decoder.decode(song, { onBlock }), (error) => error === failure);
  decoder.dispose();
});

test("the worker's death is one sentence, and the next file gets a new worker", async () => {
  const { decoder, workers, samples, onBlock } = setUp({ blocks: [10] });
  const decoding = decoder.decode(song, { onBlock });
  await new Promise((resolve) => setTimeout(resolve, 0));
  await decoding;
  const second = decoder.decode(song, { onBlock: () => void workers[0]?.dispatchEvent(Object.assign(new Event("error"), { message: "out of memory" })) });
  await assert.rejects(second, { name: "WorkerDeath", message: "song.mp3 was not decoded: the decoder stopped unexpectedly: out of memory" });
  await decoder.decode(song, { onBlock });
  assert.equal(workers.length, 2);
  assert.equal(samples.length, 20);
});

test("a file whose worker another one replaced says so by a name that the queue tries again", async () => {
  const { decoder, workers } = setUp({ blocks: [10, 10, 10, 10], converted: [10, 10, 10, 10, 10] });
  let taken = 0;
  const onBlock = () => void (++taken === 2 && workers[0]?.sessions.clear());
  const failed = await decoder.decode(song, { onBlock }).catch((error) => error);
  assert.ok(failed instanceof DecodeError);
  assert.deepEqual([failed.name, failed.message], ["WorkerDeath", "song.mp3 was not decoded: the decoder was restarted."]);
  decoder.dispose();
});

test("what cannot be decoded is one sentence that names the file", async () => {
  const cases = /** @type {Array<[File, Script, string]>} */ ([
    [new File([], "empty.mp3"), {}, "empty.mp3 is empty (0 bytes)."],
    [new File(["hello"], "notes.mp3"), {}, "notes.mp3 is no audio: it is a text file."],
    [song, { openError: { type: "UnusableError", message: "% has no audio track, only pictures." } }, "song.mp3 has no audio track, only pictures."],
    [song, { openError: { type: "NotReadableError", message: "x" } }, "song.mp3 can no longer be read: it was moved, changed or deleted. Add it again."],
    [song, { openError: { type: "UnreadableError", message: "a" }, convertError: { type: "UnreadableError", message: "b" } }, "song.mp3 cannot be decoded: it is damaged, or of a kind that Keylight does not know."],
    [song, { openError: { type: "UnreadableError", message: "a" }, convertError: { type: "LoadError", message: "Failed to fetch." } }, "song.mp3 needs the fallback decoder, which could not be loaded: Failed to fetch."],
    [song, { blocks: [], converted: [] }, "song.mp3 holds no sound: it has a header and no samples."],
  ]);
  for (const [file, script, message] of cases) {
    const { decoder, onBlock } = setUp(script);
    await assert.rejects(decoder.decode(file, { onBlock }), (error) => {
      assert.ok(error instanceof DecodeError);
      assert.equal(error.message, message);
      return true;
    });
    decoder.dispose();
  }
});

test("times for people", () => {
  assert.deepEqual([0, 59.96, 83.25, 3600].map(shortTime), ["0:00.0", "1:00.0", "1:23.3", "60:00.0"]);
});
