import assert from "node:assert/strict";
import { test } from "node:test";
import { countDownloads } from "../../web/js/download-progress.js";

/** @param {number} size @param {number} pieces */
function body(size, pieces) {
  return new ReadableStream({
    start(controller) {
      for (let i = 0; i < pieces; i++) controller.enqueue(new Uint8Array(size / pieces));
      controller.close();
    },
  });
}

/** @param {Record<string, number>} table */
function realmOf(table) {
  const fetch = async (/** @type {any} */ input) => {
    const path = new URL(input, "http://localhost").pathname;
    return path in table
      ? new Response(body(table[path] ?? 0, 4), { headers: { "Content-Type": "application/wasm" } })
      : new Response("none", { status: 404 });
  };
  return { fetch: /** @type {typeof globalThis.fetch} */ (fetch) };
}

test("progress tells the bytes that arrived, of all that are expected", async () => {
  const realm = realmOf({ "/a.wasm": 400, "/b.zip": 100, "/other": 8 });
  /** @type {number[][]} */
  const told = [];
  countDownloads({ "/a.wasm": 400, "/b.zip": 100 }, (loaded, total) => told.push([loaded, total]), realm);
  await (await realm.fetch("http://localhost/a.wasm")).arrayBuffer();
  assert.deepEqual(told.slice(0, 4), [[100, 500], [200, 500], [300, 500], [400, 500]]);
  await (await realm.fetch("http://localhost/other")).arrayBuffer();
  assert.deepEqual(told.at(-1), [400, 500], "other addresses are not counted");
  await (await realm.fetch("http://localhost/b.zip")).arrayBuffer();
  assert.deepEqual(told.at(-1), [500, 500]);
});

test("the same address fetched twice counts once", async () => {
  const realm = realmOf({ "/a.wasm": 400 });
  let last = 0;
  countDownloads({ "/a.wasm": 400 }, (loaded) => (last = loaded), realm);
  await (await realm.fetch("http://localhost/a.wasm")).arrayBuffer();
  await (await realm.fetch("http://localhost/a.wasm")).arrayBuffer();
  assert.equal(last, 400);
});

test("status and media type stay, a failed answer is handed on, and counting ends", async () => {
  const realm = realmOf({ "/a.wasm": 400 });
  const original = realm.fetch;
  const stop = countDownloads({ "/a.wasm": 400, "/gone": 3 }, () => {}, realm);
  const good = await realm.fetch("http://localhost/a.wasm");
  assert.equal(good.status, 200);
  assert.equal(good.headers.get("Content-Type"), "application/wasm");
  assert.equal((await realm.fetch("http://localhost/gone")).status, 404);
  stop();
  assert.equal(realm.fetch, original);
});
