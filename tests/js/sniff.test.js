import assert from "node:assert/strict";
import { test } from "node:test";
import { chainedOggSeconds, describeNonAudio, leadingZeros, missingRiffBytes, wavFault } from "../../web/js/sniff.js";

const bytes = (/** @type {string} */ text) => new TextEncoder().encode(text);
const latin = (/** @type {string} */ text) => Uint8Array.from(text, (character) => character.charCodeAt(0));

test("what is surely no audio is named", () => {
  assert.equal(describeNonAudio(bytes("Dear diary,\r\n\ttoday – ¡olé!")), "a text file");
  assert.equal(describeNonAudio(bytes("  <!DOCTYPE html><title>404</title>")), "a web page");
  assert.equal(describeNonAudio(latin("\x89PNG\r\n\x1a\n\0\0")), "a PNG image");
  assert.equal(describeNonAudio(latin("\xff\xd8\xff\xe0\0\x10JFIF")), "a JPEG image");
  assert.equal(describeNonAudio(latin("MThd\0\0\0\x06")), "a MIDI file, which holds notes and no sound");
  assert.equal(describeNonAudio(latin("PK\x03\x04\x14\0")), "a ZIP archive: unpack it and add the files in it");
  assert.equal(describeNonAudio(new Uint8Array(4096)), "nothing but zero bytes, as an unfinished download leaves");
});

test("text cut in the middle of a character is still text", () => {
  const text = bytes("ééé");
  assert.equal(describeNonAudio(text.subarray(0, text.length - 1)), "a text file");
});

test("text of other days and systems", () => {
  const wide = Uint8Array.from([0xff, 0xfe, ...[..."hello ".repeat(500)].flatMap((letter) => [letter.charCodeAt(0), 0])]);
  assert.equal(describeNonAudio(wide), "a text file");
  assert.equal(describeNonAudio(latin("\xfe\xff\0h\0e\0l\0l\0o")), "a text file");
  assert.equal(describeNonAudio(latin("\xe9t\xe9 ".repeat(900))), "a text file");
  assert.equal(describeNonAudio(latin(`\xff\xfe${"\x10\xd8".repeat(40)}`)), null, "half characters");
  assert.equal(describeNonAudio(Uint8Array.from({ length: 4096 }, (_, i) => 128 + (i % 128))), null);
});

test("zeros before the first other byte", async () => {
  const zeros = async (/** @type {number} */ count, /** @type {string} */ rest) => leadingZeros(new Blob([new Uint8Array(count), rest]));
  assert.deepEqual([await zeros(0, "x"), await zeros(5000, "x\0"), await zeros(2 ** 21, "x"), await zeros(9000, "")], [0, 5000, 2 ** 21, 9000]);
});

test("audio is left to the readers", () => {
  for (const start of ["ID3\x04\0\0\0\0\0\x23", "\xff\xfb\x90\x64\0", "RIFF\x24\0\0\0WAVE", "fLaC\0\0\0\x22", "OggS\0\x02", "FORM\0\0\0\x10AIFF", "\0\0\0\x20ftypM4A "]) {
    assert.equal(describeNonAudio(latin(start)), null, start);
  }
  assert.equal(describeNonAudio(new Uint8Array(0)), null);
});

test("a RIFF file that is shorter than it says", () => {
  const head = latin("RIFF\x64\0\0\0WAVEfmt ");
  assert.equal(missingRiffBytes(head, 108), 0);
  assert.equal(missingRiffBytes(head, 100), 8);
  assert.equal(missingRiffBytes(latin("RIFF\xff\xff\xff\xffWAVE"), 100), 0, "written to a pipe");
  assert.equal(missingRiffBytes(latin("fLaC\0\0\0\x22\0\0\0\0"), 100), 0);
});

/** An Ogg page: `flags` 2 is a stream's first. @param {number} flags @param {number} serial @param {number} frames @param {Uint8Array<ArrayBuffer>} body */
function page(flags, serial, frames, body) {
  const header = new DataView(new ArrayBuffer(28));
  [..."OggS"].forEach((letter, i) => header.setUint8(i, letter.charCodeAt(0)));
  header.setUint8(5, flags);
  header.setBigInt64(6, BigInt(frames), true);
  header.setUint32(14, serial, true);
  header.setUint8(26, 1);
  header.setUint8(27, body.length);
  return new Blob([header, body]);
}

test("an Ogg of several files in one, also where a page lies across two of the scan's chunks", async () => {
  const opus = latin("OpusHead\x01\x02");
  const vorbis = latin("\x01vorbis\0\0\0\0\x02\x80\xbb\0\0");
  const link = (/** @type {number} */ serial, /** @type {Uint8Array<ArrayBuffer>} */ start) => [page(2, serial, 0, start), page(0, serial, 48000, opus), page(4, serial, 96000, opus)];
  const seconds = async (/** @type {Blob[]} */ parts) => {
    const blob = new Blob(parts);
    return chainedOggSeconds(blob, new Uint8Array(await blob.slice(0, 64).arrayBuffer()));
  };
  assert.equal(await seconds(link(1, opus)), null);
  assert.equal(await seconds([page(2, 1, 0, opus), page(2, 2, 0, opus), ...link(1, opus).slice(1)]), null, "side by side");
  assert.equal(await seconds([...link(1, opus), ...link(2, vorbis)]), 4);
  assert.equal(await seconds([...link(1, opus), ...link(1, opus)]), 4, "the same serial number twice");
  assert.equal(await seconds([new Blob(["not Ogg"]), ...link(1, opus), ...link(2, opus)]), null);
  const before = new Blob(link(1, opus)).size;
  for (const cut of [1, 26, 27, 30, 44]) {
    const filling = new Blob([new Uint8Array(2 ** 20 - before - cut)]);
    assert.equal(await seconds([...link(1, opus), filling, ...link(2, vorbis)]), 4, `${cut} bytes before the end of a chunk`);
  }
});

test("a WAV whose header is wrong about its samples, not one with chunks after them", async () => {
  const fault = async (/** @type {number} */ named, /** @type {string} */ after, align = 4) => {
    const bytes = latin("RIFF\xff\xff\0\0WAVEfmt \x10\0\0\0\x01\0\x02\0\x44\xac\0\0\x10\xb1\x02\0\x04\0\x10\0data\0\0\0\0" + after);
    bytes[32] = align;
    bytes[40] = named;
    return wavFault(new Blob([bytes]), bytes);
  };
  const sound = "\0\x01".repeat(100);
  assert.equal(await fault(200, sound), null);
  assert.equal(await fault(4, `\0\x01\0\x01LIST\xc8\0\0\0${sound}`), null);
  assert.deepEqual(await fault(4, sound), { sizeAt: 40, named: 4, there: 200, oddFrames: false });
  assert.deepEqual(await fault(200, sound, 3), { sizeAt: 40, named: 200, there: 200, oddFrames: true });
});
