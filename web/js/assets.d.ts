/** Addresses and sizes of all that the page loads. The server makes the module for each build: backend/boot.py. */
export interface Assets {
  /** Name of the build: the part of the address after `/app/`. */
  readonly build: string;
  /** Folder of Pyodide, with a closing slash: `indexURL`. */
  readonly pyodide: string;
  /** Packages for Pyodide, in loading order. */
  readonly wheels: ReadonlyArray<{ readonly url: string; readonly bytes: number }>;
  /** Zip of our Python code; unpack where Python imports from. */
  readonly code: string;
  /** Mediabunny as an ES module. */
  readonly mediabunny: string;
  /** The decoder of last resort. */
  readonly ffmpeg: { readonly js: string; readonly wasm: string };
  /** What hears tags: onnxruntime-web's module, the two files it loads by itself, and the network. */
  readonly tagger: { readonly runtime: string; readonly mjs: string; readonly wasm: string; readonly model: string };
  /** The time stretcher: slower or faster at the same pitch. */
  readonly stretch: string;
  /** CanvasKit as an ES module, its code, and the folder that the files of `shared.scene.fonts` lie in. */
  readonly painter: { readonly canvaskit: string; readonly wasm: string; readonly fonts: string };
  /** All that a start without network needs. */
  readonly precache: ReadonlyArray<string>;
  /** Memory of a started Pyodide, for visits after the first; null where it could not be made. */
  readonly snapshot: string | null;
  /** What is fetched when first needed. */
  readonly lazy: ReadonlyArray<string>;
  /** What is fetched only when it is used, and then kept. */
  readonly demand: ReadonlyArray<string>;
  /** Unpacked size of each address, for an honest progress. */
  readonly bytes: Readonly<Record<string, number>>;
}

export const ASSETS: Assets;
