/**
 * Where stem-store.js keeps samples: one file a stem in the origin's private file system, read and written in place,
 * which only a worker may do; in memory where there is no such file system (private windows).
 *
 * Speaks the protocol of worker-client.js: `{type: "open", lanes}` answers `{disk}`, `{type: "write", start}` takes one
 * array a stem (left, right, left, ...), `{type: "read", lane, start, count}` answers one, `{type: "close"}` forgets all.
 * A folder that no living page holds the lock of is what a crash left behind, and is removed at the next `open`.
 */
import { MemoryFile } from "./stem-memory.js";

/** @typedef {{write: (row: Uint8Array, options: {at: number}) => number, read: (row: Uint8Array, options: {at: number}) => number, close: () => void}} SampleFile */

const ROOT = "stems";
/** Bytes of left and right. */
const FRAME_BYTES = 8;

/** @type {SampleFile[]} */
let files = [];
/** @type {(() => Promise<void>)|null} */
let forget = null;
/** One request after another: a file is not read while it is being opened. @type {Promise<unknown>} */
let turn = Promise.resolve();

addEventListener("message", ({ data }) => {
  turn = turn.then(() => answer(data));
});

/** @param {{id: number, request: any, arrays: Float32Array[]}} call */
async function answer({ id, request, arrays }) {
  try {
    const { value = null, rows = [] } = await obey(request, arrays);
    postMessage({ id, ok: true, value, arrays: rows }, rows.map((row) => row.buffer));
  } catch (error) {
    const full = error instanceof DOMException && error.name === "QuotaExceededError";
    const message = full ? "The disk has no room for these stems: free some, or use a shorter song." : String(error instanceof Error ? error.message : error);
    postMessage({ id, ok: false, error: { type: "StemStoreError", message, traceback: null } });
  }
}

/** @param {any} request @param {Float32Array[]} arrays @returns {Promise<{value?: unknown, rows?: Float32Array<ArrayBuffer>[]}>} */
async function obey(request, arrays) {
  switch (request.type) {
    case "open": return { value: { disk: await open(request.lanes) } };
    case "write":
      write(request.start, arrays);
      return {};
    case "read": return { rows: [read(request.lane, request.start, request.count)] };
    case "close":
      await close();
      return {};
    default: throw new Error(`expected open, write, read or close, got ${request.type}`);
  }
}

/** @param {number} lanes @returns {Promise<boolean>} on disk */
async function open(lanes) {
  try {
    files = await openOnDisk(lanes);
    return true;
  } catch {
    files = Array.from({ length: lanes }, () => new MemoryFile());
    return false;
  }
}

/** @param {number} lanes @returns {Promise<SampleFile[]>} */
async function openOnDisk(lanes) {
  const root = await (await navigator.storage.getDirectory()).getDirectoryHandle(ROOT, { create: true });
  const name = crypto.randomUUID();
  const letGo = await hold(name);
  const folder = await root.getDirectoryHandle(name, { create: true });
  const opened = [];
  for (let lane = 0; lane < lanes; lane++) opened.push(await (await folder.getFileHandle(`${lane}.f32`, { create: true })).createSyncAccessHandle());
  forget = async () => {
    await root.removeEntry(name, { recursive: true });
    letGo();
  };
  void sweep(root, name);
  return opened;
}

/** Whoever holds a folder's lock lives. @param {string} name @returns {Promise<() => void>} lets go */
function hold(name) {
  return new Promise((resolve, reject) => {
    const held = navigator.locks.request(`keylight-stems-${name}`, () => new Promise((letGo) => resolve(() => letGo(undefined))));
    held.catch(reject);
  });
}

/** @param {FileSystemDirectoryHandle} root @param {string} own */
async function sweep(root, own) {
  try {
    for await (const name of root.keys()) {
      if (name === own) continue;
      await navigator.locks.request(`keylight-stems-${name}`, { ifAvailable: true }, async (lock) => {
        if (lock) await root.removeEntry(name, { recursive: true });
      });
    }
  } catch {
    // Another page sweeps too; what is left now goes next time.
  }
}

/** @param {number} start @param {Float32Array[]} rows */
function write(start, rows) {
  for (const [lane, row] of rows.entries()) {
    const bytes = new Uint8Array(row.buffer, row.byteOffset, row.byteLength);
    const written = files[lane]?.write(bytes, { at: start * FRAME_BYTES });
    if (written !== bytes.length) throw new DOMException("", "QuotaExceededError");
  }
}

/** @param {number} lane @param {number} start @param {number} count @returns {Float32Array<ArrayBuffer>} shorter at the end */
function read(lane, start, count) {
  const row = new Float32Array(2 * count);
  const bytes = files[lane]?.read(new Uint8Array(row.buffer), { at: start * FRAME_BYTES }) ?? 0;
  return bytes === row.byteLength ? row : row.slice(0, bytes >> 2);
}

async function close() {
  for (const file of files) file.close();
  files = [];
  await forget?.();
  forget = null;
}
