import assert from "node:assert/strict";
import { test } from "node:test";
import { findGapless, id3Size, readGapless } from "../../web/js/mp3-gapless.js";

/**
 * A first frame as LAME writes it.
 * @param {{name?: string, encoder?: string, delay?: number, padding?: number, frames?: number|null, header?: number[], side?: number}} [options]
 */
function frame({ name = "Info", encoder = "LAME3.100", delay = 576, padding = 1344, frames = 100, header = [0xff, 0xfb, 0x90, 0x64], side = 32 } = {}) {
  const bytes = new Uint8Array(417);
  const view = new DataView(bytes.buffer);
  bytes.set(header);
  let at = 4 + side;
  const write = (/** @type {string} */ text) => {
    bytes.set(new TextEncoder().encode(text), at);
    at += text.length;
  };
  write(name);
  view.setUint32(at, frames === null ? 0b1110 : 0b1111);
  at += 4;
  if (frames !== null) {
    view.setUint32(at, frames);
    at += 4;
  }
  at += 4 + 100 + 4;
  const start = at;
  write(encoder);
  bytes.set([delay >> 4, ((delay & 15) << 4) | (padding >> 8), padding & 255], start + 21);
  return bytes;
}

test("delay and length of the music, as FFmpeg counts them", () => {
  assert.deepEqual(readGapless(frame()), { skipFrames: 576 + 529, totalFrames: 100 * 1152 - 576 - 1344 });
});

test("FFmpeg's own tags count too, others do not", () => {
  assert.equal(readGapless(frame({ encoder: "Lavf60.16", delay: 1105 }))?.skipFrames, 1634);
  assert.equal(readGapless(frame({ encoder: "Gogo3.13" })), null);
});

test("mono and MPEG-2 frames keep the tag elsewhere", () => {
  assert.equal(readGapless(frame({ header: [0xff, 0xfb, 0x90, 0xc4], side: 17 }))?.skipFrames, 1105);
  const mpeg2 = readGapless(frame({ header: [0xff, 0xf3, 0x90, 0x64], side: 17, name: "Xing" }));
  assert.equal(mpeg2?.totalFrames, 100 * 576 - 576 - 1344);
});

test("without a frame count the end is unknown", () => {
  assert.deepEqual(readGapless(frame({ frames: null })), { skipFrames: 1105, totalFrames: null });
});

test("a frame of music has no tag", () => {
  assert.equal(readGapless(frame({ name: "\0\0\0\0" })), null);
  assert.equal(readGapless(new Uint8Array(3)), null);
});

test("tags of other kinds before the first frame are passed over", async () => {
  const id3 = new Uint8Array([73, 68, 51, 4, 0, 0, 0, 0, 1, 0, ...new Uint8Array(128).fill(0x41)]);
  assert.equal(id3Size(id3), 138);
  const blob = new Blob([id3, id3, new Uint8Array(50), frame()]);
  assert.equal((await findGapless(blob))?.skipFrames, 1105);
  assert.equal(await findGapless(new Blob([id3])), null);
});
