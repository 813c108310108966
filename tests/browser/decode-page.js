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

/** The name of the error that an abort after 5 ms gives, and how long it took to come. */
export async function abortNamed(name) {
  const file = await named(name);
  const controller = new AbortController();
  const work = decoder.decode(file, { signal: controller.signal, onBlock() {} });
  setTimeout(() => controller.abort(), 5);
  const started = performance.now();
  return work.then(() => ["none", 0], (error) => [error.name, performance.now() - started]);
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
