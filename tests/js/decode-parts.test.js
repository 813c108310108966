import assert from "node:assert/strict";
import { test } from "node:test";
import { failure, readLog, warningsOf } from "../../web/js/ffmpeg-log.js";
import { nameFormat } from "../../web/js/format-names.js";
import { WavSink } from "../../web/js/wav-sink.js";

test("a sink joins what is written and takes corrections at the start", async () => {
  const sink = new WavSink();
  const body = Uint8Array.from({ length: 20_000_000 }, (_, i) => i % 251);
  sink.write(body.subarray(0, 100), 0);
  for (let at = 100; at < body.length; at += 3_000_001) sink.write(body.subarray(at, at + 3_000_001), at);
  sink.write(new Uint8Array([9, 9, 9, 9]), 4);
  const made = new Uint8Array(await sink.finish().arrayBuffer());
  body.set([9, 9, 9, 9], 4);
  assert.equal(sink.size, body.length);
  assert.ok(Buffer.from(made).equals(Buffer.from(body)));
});

test("a sink refuses what it cannot do", () => {
  const sink = new WavSink();
  sink.write(new Uint8Array(10_000), 0);
  assert.throws(() => sink.write(new Uint8Array(4), 5000), { message: "Cannot write 4 bytes at 5000 of 10000: only the first 4096 can be changed." });
  assert.throws(() => sink.write(new Uint8Array(4), 10_001), { message: "Cannot leave a hole from 10000 to 10001." });
});

test("formats have the names that people use", () => {
  const cases = [["MP3", "mp3", "MP3"], ["MP4", "aac", "AAC (M4A)"], ["ADTS", "aac", "AAC"], ["FLAC", "flac", "FLAC"], ["WAVE", "pcm-s16", "WAV"],
    ["Ogg", "vorbis", "Ogg Vorbis"], ["Ogg", "opus", "Opus"], ["Ogg", "flac", "FLAC (Ogg)"], ["WebM", "opus", "Opus (WebM)"], ["QuickTime File Format", "pcm-s16be", "PCM (MOV)"]];
  for (const [container = "", codec = "", name] of cases) assert.equal(nameFormat(container, codec), name);
});

const AIFF = ["Input #0, aiff, from 'file:/in/source.aiff':", "  Duration: 01:02:20.50, bitrate: 1411 kb/s", "  Stream #0:0: Audio: pcm_s16be, 44100 Hz, 2 channels, s16, 1411 kb/s"];

test("FFmpeg's description of a file is read", () => {
  assert.deepEqual(readLog(AIFF), { format: "AIFF", bits16: true, durationSeconds: 3740.5 });
  const wma = ["Input #0, asf, from 'x':", "  Duration: N/A", "  Stream #0:0(eng): Audio: wmav2 (a[1][0][0] / 0x0161), 44100 Hz, stereo, fltp, 192 kb/s"];
  assert.deepEqual(readLog(wma), { format: "WMA", bits16: false, durationSeconds: null });
});

test("FFmpeg's complaints become what a person can act on", () => {
  assert.match(failure(["[mov] moov atom not found"]).message, /is cut off/);
  assert.match(failure(["Input #0, mov", "Stream #0:0: Video: h264"]).message, /no audio track/);
  assert.match(failure(["[asf] DRM protected stream detected, decoding will likely fail!"]).message, /DRM/);
  assert.equal(failure(["x.mp3: Invalid data found when processing input"]).name, "UnreadableError");
  assert.deepEqual(warningsOf(["Error while decoding stream #0:0: Invalid data"]), ["Parts of the file are damaged: 1 piece could not be decoded."]);
  assert.deepEqual(warningsOf(AIFF), []);
});
