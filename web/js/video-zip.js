/**
 * ZIP files without compression, as PKWARE's APPNOTE 6.3 has them: project files hold media that are packed already.
 * Up to 4 GB and 65,535 files; larger ones are refused. Pure but for Blob.
 */

/** @typedef {{name: string, blob: Blob}} ZipEntry */

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const UTF8_FLAG = 0x0800;
/** 1980-01-01: the same project is the same file. */
const DATE = 0x0021;
const MOST_BYTES = 0xffffffff;
const SLICE = 8 << 20;

/** CRC-32 (ISO 3309), byte by byte. */
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

/** @param {Blob} blob @returns {Promise<number>} */
export async function crc32(blob) {
  let crc = 0xffffffff;
  for (let start = 0; start < blob.size; start += SLICE) {
    const bytes = new Uint8Array(await blob.slice(start, start + SLICE).arrayBuffer());
    for (const byte of bytes) crc = /** @type {number} */ (CRC_TABLE[(crc ^ byte) & 0xff]) ^ (crc >>> 8);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/** @param {ReadonlyArray<ZipEntry>} entries @returns {Promise<Blob>} */
export async function makeZip(entries) {
  /** @type {BlobPart[]} */
  const parts = [];
  /** @type {BlobPart[]} */
  const directory = [];
  let at = 0;
  for (const { name, blob } of entries) {
    const path = new TextEncoder().encode(name);
    const facts = { crc: await crc32(blob), size: blob.size, name: path.length };
    if (at + blob.size > MOST_BYTES) throw new Error("Expected a project of at most 4 GB with all its files: leave out a film, or save it beside the project.");
    parts.push(header(LOCAL, facts), path, blob);
    directory.push(header(CENTRAL, facts, at), path);
    at += 30 + path.length + blob.size;
  }
  const size = directory.reduce((sum, part) => sum + /** @type {Uint8Array} */ (part).length, 0);
  const end = new DataView(new ArrayBuffer(22));
  end.setUint32(0, END, true);
  end.setUint16(8, entries.length, true);
  end.setUint16(10, entries.length, true);
  end.setUint32(12, size, true);
  end.setUint32(16, at, true);
  return new Blob([...parts, ...directory, end.buffer], { type: "application/zip" });
}

/** @param {number} signature @param {{crc: number, size: number, name: number}} facts @param {number} [offset] of the local header, for the directory */
function header(signature, { crc, size, name }, offset = 0) {
  const central = signature === CENTRAL;
  const view = new DataView(new ArrayBuffer(central ? 46 : 30));
  let at = 0;
  const put16 = (/** @type {number} */ value) => (view.setUint16(at, value, true), (at += 2));
  const put32 = (/** @type {number} */ value) => (view.setUint32(at, value, true), (at += 4));
  put32(signature);
  if (central) put16(20); // made by: 2.0
  put16(20);
  put16(UTF8_FLAG);
  put16(0); // stored
  put16(0);
  put16(DATE);
  put32(crc);
  put32(size);
  put32(size);
  put16(name);
  put16(0);
  if (central) {
    put16(0);
    put16(0);
    put16(0);
    put32(0);
    put32(offset);
  }
  return new Uint8Array(view.buffer);
}

/**
 * Entries of a ZIP that holds its files unpacked. Throws a sentence for what is none, is damaged, or is compressed.
 * @param {Blob} blob @returns {Promise<ZipEntry[]>}
 */
export async function readZip(blob) {
  const tail = new DataView(await blob.slice(Math.max(0, blob.size - 65_557)).arrayBuffer());
  let end = tail.byteLength - 22;
  while (end >= 0 && tail.getUint32(end, true) !== END) end -= 1;
  if (end < 0) throw new Error("This is no Keylight project file, or it is cut short.");
  const [count, size, start] = [tail.getUint16(end + 10, true), tail.getUint32(end + 12, true), tail.getUint32(end + 16, true)];
  const directory = new DataView(await blob.slice(start, start + size).arrayBuffer());
  /** @type {ZipEntry[]} */
  const entries = [];
  for (let index = 0, at = 0; index < count; index++) {
    if (at + 46 > directory.byteLength || directory.getUint32(at, true) !== CENTRAL) throw new Error("This project file is damaged: its list of files cannot be read.");
    const [method, crc, length] = [directory.getUint16(at + 10, true), directory.getUint32(at + 16, true), directory.getUint32(at + 24, true)];
    const [name, extra, comment] = [directory.getUint16(at + 28, true), directory.getUint16(at + 30, true), directory.getUint16(at + 32, true)];
    const path = new TextDecoder().decode(new Uint8Array(directory.buffer, at + 46, name));
    if (method !== 0) throw new Error("This ZIP was packed by another program: open the project file as Keylight saved it.");
    const content = await contentAt(blob, directory.getUint32(at + 42, true), length);
    if ((await crc32(content)) !== crc) throw new Error(`This project file is damaged: ${path} does not read as it was written.`);
    entries.push({ name: path, blob: content });
    at += 46 + name + extra + comment;
  }
  return entries;
}

/** @param {Blob} blob @param {number} offset @param {number} length */
async function contentAt(blob, offset, length) {
  const head = new DataView(await blob.slice(offset, offset + 30).arrayBuffer());
  if (head.byteLength < 30 || head.getUint32(0, true) !== LOCAL) throw new Error("This project file is damaged: a file in it cannot be found.");
  const start = offset + 30 + head.getUint16(26, true) + head.getUint16(28, true);
  return blob.slice(start, start + length);
}
