/**
 * Font files that were loaded, and the provider that CanvasKit's paragraphs ask for them. Every face has a family of
 * its own, its file's name, so that a text gets exactly the faces it asks for (`shared/scene/lettering.py`).
 */

/** @typedef {import("canvaskit-wasm").CanvasKit} CanvasKit */
/** @typedef {{family: string, weight: number, italic: boolean, file: string}} Face */

/** Texts need files that were not loaded: load them (`FontBook.load`) and ask again. */
export class FontsMissing extends Error {
  /** @param {string[]} files */
  constructor(files) {
    super(`Expected these font files to be loaded before a text is laid out: ${files.join(", ")}.`);
    this.name = "FontsMissing";
    this.files = files;
  }
}

export class FontBook {
  /** @type {Set<string>} */
  #families = new Set();
  #ck;
  #read;
  #provider;
  #mediaCount = 0;

  /** @param {CanvasKit} ck @param {(file: string) => Promise<ArrayBuffer>} read brings a file of `.assets/` */
  constructor(ck, read) {
    this.#ck = ck;
    this.#read = read;
    this.#provider = ck.TypefaceFontProvider.Make();
  }

  /** Fonts of the project that came so far: texts that were rasterised without one are out of date. */
  get mediaCount() {
    return this.#mediaCount;
  }

  get provider() {
    return this.#provider;
  }

  /** Bring files; those that are here already cost nothing. @param {Iterable<string>} files */
  async load(files) {
    const missing = [...new Set(files)].filter((file) => !this.#families.has(file));
    const contents = await Promise.all(missing.map((file) => this.#read(file)));
    missing.forEach((file, at) => {
      if (!this.#families.has(file)) this.#register(file, /** @type {ArrayBuffer} */ (contents[at]));
    });
  }

  /** A font of the project. @param {string} id @param {ArrayBuffer} bytes */
  addMedium(id, bytes) {
    const name = `media/${id}`;
    if (this.#families.has(name)) return;
    const face = this.#ck.Typeface.MakeTypefaceFromData(bytes);
    if (!face) throw new Error("Expected a font in TTF, OTF or WOFF format. The file is not one, or it is broken.");
    face.delete();
    this.#register(name, bytes);
    this.#mediaCount += 1;
  }

  /** Names to ask the provider for, in order. @param {ReadonlyArray<Face>} faces */
  families(faces) {
    const missing = faces.filter((face) => face.file && !this.#families.has(face.file));
    if (missing.length) throw new FontsMissing(missing.map((face) => face.file));
    return faces.map((face) => face.file || `media/${face.family}`).filter((name) => this.#families.has(name));
  }

  dispose() {
    this.#provider.delete();
  }

  /** @param {string} name @param {ArrayBuffer} bytes */
  #register(name, bytes) {
    this.#provider.registerFont(bytes, name);
    this.#families.add(name);
  }
}
