import assert from "node:assert/strict";
import { test } from "node:test";
import { LONGEST_TAG, cleanTags, cleanText, readTags } from "../../web/js/media-tags.js";

/** @param {() => any} answer */
const inputOf = (answer) => /** @type {any} */ ({ getMetadataTags: async () => answer() });

test("key and tempo are found under every format's names", () => {
  const cases = /** @type {Array<[any, object|null]>} */ ([
    [{ title: "A", raw: { TIT2: "A", TKEY: "Am", TBPM: "127.99" }, beatsPerMinute: 127 }, { title: "A", key: "Am", bpm: "127.99" }],
    [{ raw: { TXXX: { initialkey: "8A", Comment: "x" } } }, { key: "8A" }],
    [{ raw: { INITIALKEY: ["8A", "9A"], BPM: "128" } }, { key: "8A", bpm: "128" }],
    [{ raw: { tmpo: Uint8Array.of(0, 128) }, beatsPerMinute: 128 }, { bpm: "128" }],
    [{ raw: { TKEY: "", initialkey: "Dm", APIC: new Uint8Array(9) } }, { key: "Dm" }],
    [{ artist: "B", album: "C" }, { artist: "B", album: "C" }],
    [{ title: " \u0000 ", raw: { vendor: "Lavf", KEY: null } }, null],
    [{}, null],
  ]);
  for (const [found, expected] of cases) assert.deepEqual(cleanTags(found), expected);
});

test("texts are clean, one line and short", () => {
  const cases = [
    ["  two\nlines\tand\u0000a bell\u0007 ", "two lines and a bell"], ["\ufeffBOM", "BOM"], ["caf\u00c3\u00a9", "café"], ["caf\u00e9", "café"],
    ["\u202eevil", "evil"], ["\ud800 half a pair", "half a pair"], ["日本", "日本"], [undefined, ""], [128, "128"], [new Uint8Array(3), ""],
  ];
  for (const [value, text] of cases) assert.equal(cleanText(value), text);
  assert.equal(cleanText("x".repeat(9999)).length, LONGEST_TAG);
  assert.equal([...cleanText("🎧".repeat(9999))].length, LONGEST_TAG);
});

test("tags that cannot be read are none, and what lay before the broken frame is kept", async () => {
  assert.equal(await readTags(inputOf(() => { throw new RangeError("offset"); })), null);
  let turn = 0;
  const partly = () => { if (++turn === 1) throw new Error("Unsupported text encoding: 9"); return { title: "Kept" }; };
  assert.deepEqual(await readTags(inputOf(partly)), { title: "Kept" });
});
