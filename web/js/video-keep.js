/**
 * Projects kept in the browser (IndexedDB): the project itself at every edit, its song and media when they come. Nothing
 * leaves the device.
 * @import {Project} from "./protocol.js"
 * @import {VideoSong} from "./video-model.js"
 */

/** What a list shows. @typedef {{id: string, name: string, title: string, changed: number, width: number, height: number, picture: Blob|null}} KeptVideo */
/** @typedef {{id: string, project: Project, song: VideoSong, files: Map<string, Blob>}} KeptWhole */

const NAME = "keylight-videos";
const STORES = /** @type {const} */ (["list", "projects", "songs", "files"]);
const SAVE_MILLISECONDS = 600;

/** @returns {Promise<IDBDatabase>} */
function open() {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => STORES.forEach((store) => asked.result.createObjectStore(store));
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
    asked.onblocked = () => reject(new Error("another tab of Keylight holds the storage"));
  });
}

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
function settled(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** @param {IDBTransaction} transaction */
function finished(transaction) {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(undefined);
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });
}

export class VideoKeep {
  /** @type {Promise<IDBDatabase>|null} */
  #database = null;

  get #opened() {
    this.#database ??= open().catch((error) => {
      this.#database = null;
      throw error;
    });
    return this.#database;
  }

  /** The newest first. @returns {Promise<KeptVideo[]>} */
  async list() {
    const database = await this.#opened;
    /** @type {KeptVideo[]} */
    const all = await settled(database.transaction("list").objectStore("list").getAll());
    return all.sort((one, other) => other.changed - one.changed);
  }

  /** @param {string} id @returns {Promise<KeptWhole|null>} */
  async get(id) {
    const transaction = (await this.#opened).transaction(["projects", "songs", "files"]);
    const [project, song, keys, files] = await Promise.all([
      settled(transaction.objectStore("projects").get(id)), settled(transaction.objectStore("songs").get(id)),
      settled(transaction.objectStore("files").getAllKeys(mediaOf(id))), settled(transaction.objectStore("files").getAll(mediaOf(id))),
    ]);
    if (!project || !song) return null;
    return { id, project, song, files: new Map(keys.map((key, at) => [String(key).slice(id.length + 1), files[at]])) };
  }

  /** @param {string} id @param {Project} project @param {string} title of its song @param {Blob|null} picture */
  async putProject(id, project, title, picture = null) {
    const transaction = (await this.#opened).transaction(["list", "projects"], "readwrite");
    const before = await settled(transaction.objectStore("list").get(id));
    /** @type {KeptVideo} */
    const row = { id, name: project.name, title, changed: Date.now(), width: project.canvas.width, height: project.canvas.height, picture: picture ?? before?.picture ?? null };
    transaction.objectStore("list").put(row, id);
    transaction.objectStore("projects").put(project, id);
    await finished(transaction);
  }

  /** @param {string} id @param {VideoSong} song */
  async putSong(id, song) {
    const transaction = (await this.#opened).transaction("songs", "readwrite");
    transaction.objectStore("songs").put(song, id);
    await finished(transaction);
  }

  /** @param {string} id @param {string} medium @param {Blob} file */
  async putFile(id, medium, file) {
    const transaction = (await this.#opened).transaction("files", "readwrite");
    transaction.objectStore("files").put(file, `${id}/${medium}`);
    await finished(transaction);
  }

  /** @param {string} id */
  async remove(id) {
    const transaction = (await this.#opened).transaction(STORES, "readwrite");
    for (const store of /** @type {const} */ (["list", "projects", "songs"])) transaction.objectStore(store).delete(id);
    transaction.objectStore("files").delete(mediaOf(id));
    await finished(transaction);
  }
}

/** An id that nobody has. (`randomUUID` wants a secure address.) */
export function newId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {string} id */
function mediaOf(id) {
  return IDBKeyRange.bound(`${id}/`, `${id}/\uffff`);
}

/**
 * Save a little after the last change, one save at a time; the last state is always saved.
 * @param {() => Promise<unknown>} save @param {(state: "saving"|"saved"|"failed", error?: unknown) => void} tell
 */
export function autosaver(save, tell) {
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  let timer;
  /** @type {Promise<void>|null} */
  let going = null;
  let again = false;
  const run = async () => {
    clearTimeout(timer);
    timer = undefined;
    if (going) return void (again = true);
    going = (async () => {
      do {
        again = false;
        try {
          await save();
          tell("saved");
        } catch (error) {
          tell("failed", error);
        }
      } while (again);
    })();
    await going;
    going = null;
  };
  return {
    /** Something has changed. */
    soon() {
      tell("saving");
      clearTimeout(timer);
      timer = setTimeout(() => void run(), SAVE_MILLISECONDS);
    },
    /** Save now what is not saved yet. */
    async flush() {
      if (timer !== undefined) await run();
      if (going) await going;
    },
    get pending() {
      return timer !== undefined || going !== null;
    },
  };
}
