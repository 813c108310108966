/**
 * Why a file cannot be decoded, as the readers tell it to decoder.js, which makes the sentence.
 */

/** The file is no audio that this reader knows; another one may. */
export class UnreadableError extends Error {
  /** @param {string} reason @param {unknown} [cause] */
  constructor(reason, cause) {
    super(reason, { cause });
    this.name = "UnreadableError";
  }
}

/** The file has pictures and no sound, or is locked: no reader can help. */
export class UnusableError extends Error {
  /** @param {string} sentence with "%" where the file's name belongs */
  constructor(sentence) {
    super(sentence);
    this.name = "UnusableError";
  }
}

/** The worker knows nothing of a file: it is not the one that opened it. */
export class LostSessionError extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message);
    this.name = "LostSessionError";
  }
}

/** FFmpeg itself did not come. */
export class LoadError extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message);
    this.name = "LoadError";
  }
}

/** @param {unknown} error */
export function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}
