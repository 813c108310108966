import assert from "node:assert/strict";
import { test } from "node:test";

import { fileName, openProjectFile, saveProjectFile, sha256 } from "../../web/js/video-file.js";
import { crc32, makeZip, readZip } from "../../web/js/video-zip.js";

const bytes = (/** @type {Blob} */ blob) => blob.arrayBuffer().then((buffer) => [...new Uint8Array(buffer)]);

test("the checksum is that of the standard's example", async () => {
  assert.equal(await crc32(new Blob(["123456789"])), 0xcbf43926);
});

test("what goes into a ZIP comes out of it", async () => {
  const zip = await makeZip([{ name: "a.txt", blob: new Blob(["hello"]) }, { name: "über/日本.bin", blob: new Blob([Uint8Array.of(0, 255, 7)]) }, { name: "empty", blob: new Blob([]) }]);
  const entries = await readZip(zip);
  assert.deepEqual(entries.map(({ name }) => name), ["a.txt", "über/日本.bin", "empty"]);
  assert.deepEqual(await bytes(/** @type {any} */ (entries[1]).blob), [0, 255, 7]);
  assert.equal(await /** @type {any} */ (entries[0]).blob.text(), "hello");
});

test("a damaged project file says what is wrong", async () => {
  const zip = await makeZip([{ name: "a.txt", blob: new Blob(["hello"]) }]);
  const broken = new Uint8Array(await zip.arrayBuffer());
  broken[36] = 0;
  await assert.rejects(readZip(new Blob([broken])), { message: "This project file is damaged: a.txt does not read as it was written." });
  await assert.rejects(readZip(zip.slice(0, zip.size - 8)), { message: "This is no Keylight project file, or it is cut short." });
  await assert.rejects(readZip(new Blob(["no zip at all, but long enough to hold an end"])), { message: "This is no Keylight project file, or it is cut short." });
});

test("a project is saved with those of its media that are here, and opened again", async () => {
  const project = /** @type {any} */ ({ version: 1, name: "Trial", media: [{ id: "cover", kind: "image" }, { id: "gone", kind: "video" }] });
  const file = await saveProjectFile(project, new Map([["cover", new Blob([Uint8Array.of(1, 2, 3)])], ["other", new Blob(["x"])]]));
  const { text, files } = await openProjectFile(file);
  assert.deepEqual(JSON.parse(text), project);
  assert.deepEqual([...files.keys()], ["cover"]);
  assert.deepEqual(await bytes(/** @type {Blob} */ (files.get("cover"))), [1, 2, 3]);
});

test("a bare project as JSON opens too, and a ZIP without one does not", async () => {
  assert.deepEqual(await openProjectFile(new Blob(['{"version": 1}'])), { text: '{"version": 1}', files: new Map() });
  const zip = await makeZip([{ name: "song.mp3", blob: new Blob(["x"]) }]);
  await assert.rejects(openProjectFile(zip), { message: "This ZIP holds no Keylight project." });
});

test("names of files are taken by every system, and files are known by what they hold", async () => {
  assert.deepEqual(['a/b:c*"d', "  ..hidden ", "", "日本 1"].map(fileName), ["a b c d", "hidden", "Video", "日本 1"]);
  assert.equal(await sha256(new Blob(["abc"])), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
});
