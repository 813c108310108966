import assert from "node:assert/strict";
import { test } from "node:test";
import { isSongOf, renewed } from "../../web/js/video-song.js";

const FILE = new File(["music"], "song.flac", { lastModified: 7 });
const SECTION = { startSeconds: 0, endSeconds: 9, kind: "verse", letter: "A", energy: 50 };
const song = /** @type {any} */ ({ name: "song.flac", file: FILE, beats: new Float64Array([1, 2]), downbeats: new Float64Array([1]), sections: [] });

/** @param {object} more */
function track(more = {}) {
  return /** @type {any} */ ({ name: "song.flac", file: FILE, analysis: { structure: null }, arrays: { beats: song.beats.slice(), downbeats: song.downbeats.slice() }, ...more });
}

test("what is known already is no news, also as a copy; beats and sections that are new are", () => {
  assert.equal(renewed(song, track()), null);
  assert.equal(renewed(song, track({ analysis: null })), null);
  const late = renewed(song, track({ analysis: { structure: { sections: [SECTION] } } }));
  assert.deepEqual(late?.sections, [SECTION]);
  const edited = renewed(song, track({ arrays: { beats: new Float64Array([1, 2.1]), downbeats: song.downbeats } }));
  assert.deepEqual(edited?.beats, new Float64Array([1, 2.1]));
});

test("sections that are kept stay while the song is analysed again", () => {
  assert.equal(renewed({ ...song, sections: [SECTION] }, track()), null);
});

test("a track is the video's song by its file, also when that was kept; what was rendered from it is another", () => {
  assert.ok(isSongOf(track(), song));
  assert.ok(isSongOf(track({ file: new File(["music"], "song.flac", { lastModified: 7 }) }), song));
  assert.ok(!isSongOf(track({ file: new File(["other song"], "song.flac", { lastModified: 7 }) }), song));
  assert.ok(!isSongOf(track(), { ...song, file: new Blob(["music"]) }));
});
