/**
 * Counts the bytes that `fetch` brings, so that progress tells what has really arrived.
 *
 * While counting, `fetch` in this realm hands out responses whose bodies pass through a counter; status, headers and
 * streaming compilation of WebAssembly stay as they are. Bytes are unpacked bytes, as in the table.
 */

/**
 * @param {Readonly<Record<string, number>>} bytesByPath  what is expected, with sizes; other addresses pass uncounted
 * @param {(loaded: number, total: number) => void} onProgress
 * @param {{fetch: typeof fetch}} [realm]
 * @returns {() => void} stops counting
 */
export function countDownloads(bytesByPath, onProgress, realm = globalThis) {
  const original = realm.fetch;
  /** @type {Map<string, number>} */
  const loaded = new Map();
  const total = Object.values(bytesByPath).reduce((sum, bytes) => sum + bytes, 0);

  /** A second fetch of the same address counts from its start, never beyond its size. @param {string} path @param {number} bytes */
  const count = (path, bytes) => {
    loaded.set(path, Math.min(bytesByPath[path] ?? 0, Math.max(loaded.get(path) ?? 0, bytes)));
    onProgress([...loaded.values()].reduce((sum, one) => sum + one, 0), total);
  };

  realm.fetch = async (input, init) => {
    const path = new URL(input instanceof Request ? input.url : input, globalThis.location?.href ?? "http://localhost").pathname;
    const response = await original.call(globalThis, input, init);
    if (!response.ok || !response.body || !(path in bytesByPath)) return response;
    let bytes = 0;
    const counter = new TransformStream({
      transform(chunk, controller) {
        count(path, (bytes += chunk.byteLength));
        controller.enqueue(chunk);
      },
      flush() {
        count(path, Infinity);
      },
    });
    const { status, statusText, headers } = response;
    return new Response(response.body.pipeThrough(counter), { status, statusText, headers });
  };
  return () => {
    realm.fetch = original;
  };
}
