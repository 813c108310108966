/**
 * Counts the bytes that `fetch` brings, so that progress tells what has really arrived.
 *
 * While counting, `fetch` in this realm hands out responses whose bodies pass through a counter; status, headers and
 * streaming compilation of WebAssembly stay as they are. Bytes are unpacked bytes, as in the table.
 */

/**
 * @param {Readonly<Record<string, number>>} bytesByPath  size of each address that is expected
 * @param {(loaded: number, total: number) => void} onProgress
 * @param {{fetch: typeof fetch}} [realm]
 * @returns {() => void} stops counting
 */
export function countDownloads(bytesByPath, onProgress, realm = globalThis) {
  const original = realm.fetch;
  /** @type {Map<string, number>} */
  const expected = new Map();
  let loaded = 0;
  const total = () => Math.max(1, [...expected.values()].reduce((sum, bytes) => sum + bytes, 0));

  realm.fetch = async (input, init) => {
    const path = new URL(input instanceof Request ? input.url : input, globalThis.location?.href).pathname;
    if (path in bytesByPath) expected.set(path, bytesByPath[path]);
    const response = await original.call(globalThis, input, init);
    if (!response.ok || !response.body || !(path in bytesByPath)) return response;
    const counter = new TransformStream({
      transform(chunk, controller) {
        loaded += chunk.byteLength;
        onProgress(loaded, total());
        controller.enqueue(chunk);
      },
    });
    const { status, statusText, headers } = response;
    return new Response(response.body.pipeThrough(counter), { status, statusText, headers });
  };
  return () => {
    realm.fetch = original;
  };
}
