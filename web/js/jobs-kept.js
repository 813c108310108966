/**
 * Jobs remembered in the browser's storage, one item each, so that two tabs never overwrite one another's.
 * @import {Kept, Separation} from "./stems-store.js"
 */

const PREFIX = "keylight.job.";
/** Fields without which an item is none of ours. @type {ReadonlyArray<[keyof Separation, string]>} */
const NEEDED = Object.freeze([["id", "string"], ["song", "string"], ["title", "string"], ["label", "string"], ["state", "string"], ["key", "string"], ["createdAt", "number"], ["options", "object"]]);

/**
 * @param {Storage|null} storage  null: it is forbidden, and jobs are known for this visit only
 * @param {EventTarget|null} [tabs] where "storage" events of other tabs arrive
 * @param {string} [prefix] of the items: stems and films are kept apart
 * @returns {Kept}
 */
export function keepJobs(storage, tabs = null, prefix = PREFIX) {
  return {
    read() {
      const names = storage ? Array.from({ length: storage.length }, (_, at) => storage.key(at)) : [];
      return names.filter((name) => name?.startsWith(prefix)).map((name) => parse(storage?.getItem(name ?? "") ?? null)).filter((entry) => entry !== null);
    },
    write(entry) {
      try {
        storage?.setItem(prefix + entry.id, JSON.stringify(entry));
      } catch {
        // Storage is full or forbidden: the job is known for this visit.
      }
    },
    remove(id) {
      storage?.removeItem(prefix + id);
    },
    listen(onEntry) {
      tabs?.addEventListener("storage", (event) => {
        const { key, newValue } = /** @type {StorageEvent} */ (event);
        if (key?.startsWith(prefix)) onEntry(key.slice(prefix.length), parse(newValue));
      });
    },
  };
}

/** @param {string|null} text @returns {Separation|null} null: unreadable, or of another shape */
function parse(text) {
  try {
    const entry = JSON.parse(text ?? "null");
    return entry && NEEDED.every(([name, type]) => typeof entry[name] === type && entry[name] !== null) ? entry : null;
  } catch {
    return null;
  }
}
