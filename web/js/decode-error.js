/**
 * The sentence that a person reads when a file cannot be decoded.
 */

import { WorkerDeath, WorkerError } from "./worker-client.js";

/** Why a file cannot be decoded, in one sentence for the person. */
export class DecodeError extends Error {
  /** @param {string} message @param {unknown} [cause] */
  constructor(message, cause) {
    super(message, { cause });
    this.name = "DecodeError";
  }
}

/** A worker ended under the file. By its name the queue knows that another try may help. */
class DecoderDeath extends DecodeError {
  /** @param {string} message @param {WorkerDeath} cause */
  constructor(message, cause) {
    super(message, cause);
    this.name = "WorkerDeath";
  }
}

/** Around what `onInfo` or `onBlock` threw, on its way out. */
export class ConsumerError extends Error {
  /** @param {unknown} cause */
  constructor(cause) {
    super("The consumer of the audio failed.", { cause });
    this.name = "ConsumerError";
  }
}

/**
 * The error that the page shows for what went wrong. An abort stays what it is, and so does the consumer's error.
 * @param {unknown} error
 * @param {File} file
 * @param {AbortSignal|undefined} signal
 */
export function explain(error, file, signal) {
  if (signal?.aborted) return signal.reason;
  if (error instanceof ConsumerError) return error.cause;
  if (error instanceof WorkerDeath) return new DecoderDeath(`${file.name} was not decoded: ${decapitalize(error.message)}`, error);
  if (error instanceof DOMException && /^(NotReadable|NotFound)Error$/.test(error.name)) return new DecodeError(moved(file), error);
  if (!(error instanceof WorkerError)) return error;
  if (/NotReadableError|NotFoundError/.test(error.type)) return new DecodeError(moved(file), error);
  if (error.type === "UnusableError") return new DecodeError(error.message.replace("%", () => file.name), error);
  if (error.type === "LoadError")
    return new DecodeError(`${file.name} needs the fallback decoder, which could not be loaded: ${error.message}`, error);
  if (error.type === "UnreadableError")
    return new DecodeError(`${file.name} cannot be decoded: it is damaged, or of a kind that Keylight does not know.`, error);
  return new DecodeError(`${file.name} cannot be decoded: ${decapitalize(error.message)}`, error);
}

/** @param {File} file */
function moved(file) {
  return `${file.name} can no longer be read: it was moved, changed or deleted. Add it again.`;
}

/** @param {string} sentence */
function decapitalize(sentence) {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}
