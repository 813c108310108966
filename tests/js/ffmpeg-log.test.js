import assert from "node:assert/strict";
import { test } from "node:test";
import { warningsOf } from "../../web/js/ffmpeg-log.js";

test("only what FFmpeg could not decode is damaged", () => {
  assert.deepEqual(warningsOf(["[wav @ 0x1] Packet corrupt (stream = 0, dts = NOPTS).", "file:/in/source.wav: corrupt input packet in stream 0"]), []);
  assert.deepEqual(warningsOf(["Error while decoding stream #0:0: Invalid data found when processing input", "[mp3 @ 0x1] Header missing"]), [
    "Parts of the file are damaged: 2 pieces could not be decoded.",
  ]);
  assert.deepEqual(warningsOf(["corrupt decoded frame in stream 0"]), ["Parts of the file are damaged: 1 piece could not be decoded."]);
});
