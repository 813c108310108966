// @ts-nocheck: imported by the page under the test server's own paths.
/** What the decoding tests run in the page. */

import { createDecoder } from "/js/decoder.js";

const decoder = createDecoder({
  spawn: () => new Worker("/js/decode-worker.js", { type: "module" }),
});

/** Decode a file; its channels as base64 of float32 when `keep`. */
export async function decodeFile(file, keep = true) {
  const blocks = [];
  const stages = [];
  let longest = 0;
  const started = performance.now();
  try {
    const result = await decoder.decode(file, {
      onStage: (stage) => stages.at(-1) === stage || stages.push(stage),
      onBlock: (planes) => {
        longest = Math.max(longest, planes[0].length);
        if (keep) blocks.push(planes);
      },
    });
    const milliseconds = performance.now() - started;
    const { info, seconds, warnings, playable } = result;
    const planes = keep ? Array.from({ length: info.channels }, (_, channel) => base64(joined(blocks, channel))) : [];
    return { info, seconds, warnings, same: playable === file, longest, stages, milliseconds, planes };
  } catch (error) {
    return { error: error.message, name: error.name, stages };
  }
}

export async function decodeNamed(name, keep = true) {
  return decodeFile(await named(name), keep);
}

/** The name of the error that an abort after so many milliseconds gives, and how long it took to come. */
export async function abortNamed(name, milliseconds = 5) {
  const file = await named(name);
  const controller = new AbortController();
  const work = decoder.decode(file, { signal: controller.signal, onBlock() {} });
  setTimeout(() => controller.abort(), milliseconds);
  const started = performance.now();
  return work.then(() => ["none", 0], (error) => [error.name, performance.now() - started]);
}

/**
 * The bytes that are alive on the page's heap (buffers included) before, while and after a file is decoded.
 * Needs `--js-flags=--expose-gc --enable-precise-memory-info`: what only waits for the collector is not counted.
 */
export async function liveBytes(file, everyBlocks = 50) {
  // Twice, with a pause: buffers that a collection found dead are given back in the background.
  const alive = async () => {
    for (let turn = 0; turn < 2; turn++) {
      globalThis.gc();
      await sleep(20);
    }
    return performance.memory.usedJSHeapSize;
  };
  const before = await alive();
  const during = [];
  let blocks = 0;
  const { seconds } = await decoder.decode(file, {
    onBlock: async () => { if (++blocks % everyBlocks === 0) during.push(await alive()); },
  });
  return { seconds, before, during, after: await alive(), blocks };
}

/** Leave decoding and playing in every way: by an abort, by the consumer's error, by a seek, a pause, another file. */
export async function leaveEarly(name) {
  for (const milliseconds of [0, 5, 20, 60, 120]) await abortNamed(name, milliseconds);
  const file = await named(name);
  for (const last of [1, 2]) {
    let blocks = 0;
    await decoder.decode(file, { onBlock: () => { if (++blocks === last) throw new Error("enough"); } }).catch(() => {});
  }
  const { createPlayer } = await import("/js/player.js");
  const player = createPlayer();
  await player.load(1, file, { autoplay: true });
  for (const seconds of [2, 0.5, 4]) {
    await sleep(150);
    player.seek(seconds);
  }
  player.pause();
  player.play();
  await sleep(150);
  await player.load(2, file, { autoplay: true });
  await sleep(100);
  player.dispose();
  await sleep(200);
}

function sleep(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

async function named(name) {
  const answer = await fetch(`/media/${encodeURIComponent(name)}`);
  return new File([await answer.blob()], name);
}

function joined(blocks, channel) {
  const all = new Float32Array(blocks.reduce((frames, planes) => frames + planes[channel].length, 0));
  let at = 0;
  for (const planes of blocks) {
    all.set(planes[channel], at);
    at += planes[channel].length;
  }
  return all;
}

function base64(samples) {
  const bytes = new Uint8Array(samples.buffer);
  let text = "";
  for (let i = 0; i < bytes.length; i += 32768) text += String.fromCharCode(...bytes.subarray(i, i + 32768));
  return btoa(text);
}
