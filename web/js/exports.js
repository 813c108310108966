/**
 * Answers out of the page: copied as text, saved as CSV or JSON. Python writes them; here they are only handed over.
 * @import {Scope} from "./scope.js"
 * @import {Store} from "./store.js"
 * @import {Track} from "./types.js"
 * @import {Edit, TextFile} from "./protocol.js"
 * @import {EngineLike} from "./analysis-queue.js"
 * @import {Notices} from "./notices.js"
 */
import { countText } from "./labels.js";

/** Long enough for a browser to begin the download of a blob link. */
const LINK_MILLISECONDS = 30_000;
/** How long a button says that it has copied. */
const CONFIRM_MILLISECONDS = 2000;

/**
 * Buttons anywhere under `root`: data-export="copy|csv|json", data-scope="one|all".
 * @param {HTMLElement} root
 * @param {{store: Store, engine: EngineLike, notices: Notices}} deps
 * @param {Scope} scope
 */
export function mountExports(root, { store, engine, notices }, scope) {
  /** @type {WeakSet<Edit>} an edit is replaced with every change, so what is in here has left the page as it is */
  const exported = new WeakSet();

  /** Say it where it was pressed; the menu is closed by then. @param {boolean} all @param {string} text */
  const confirm = (all, text) => {
    const word = all ? null : root.querySelector('[data-export="copy"][data-scope="one"] [data-part="copy-word"]');
    if (!word) return void notices.say(text);
    notices.quietly(text);
    word.textContent = "Copied";
    scope.after(() => (word.textContent = "Copy"), CONFIRM_MILLISECONDS);
  };

  /** @param {"copy"|"csv"|"json"} format @param {boolean} all */
  const exportTracks = async (format, all) => {
    const tracks = all ? store.tracks.filter((track) => track.analysis || track.error) : store.selected ? [store.selected] : [];
    if (!tracks.some((track) => track.analysis)) return notices.alert("There is no answer to export yet.");
    try {
      const file = await exportFile(engine, tracks, format === "copy" ? "text" : format);
      const what = countText(tracks.length, "track");
      if (format === "copy") {
        await navigator.clipboard.writeText(file.text);
        confirm(all, `Copied ${what}.`);
      } else {
        saveText(file, scope);
        notices.say(`Saved ${file.name}, ${what}.`);
      }
      for (const track of tracks) exported.add(track.edit);
    } catch (error) {
      notices.alert(`The export failed: ${error instanceof Error ? error.message : String(error)}`);
    }
  };

  scope.on(root, "click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-export]") : null;
    if (!(button instanceof HTMLElement)) return;
    void exportTracks(/** @type {"copy"|"csv"|"json"} */ (button.dataset.export), button.dataset.scope === "all");
  });
  /** Whether something set by hand has not been copied or saved since. */
  const unsaved = () => store.tracks.some((track) => setByHand(track) && !exported.has(track.edit));

  return { exportTracks, unsaved };
}

/** @param {Track} track */
function setByHand({ edit, analysis }) {
  return edit.key !== null || edit.bpm !== null || analysis?.rhythm?.source === "hand";
}

/**
 * @param {EngineLike} engine
 * @param {ReadonlyArray<Track>} tracks
 * @param {"csv"|"json"|"text"} format
 * @returns {Promise<TextFile>}
 */
export async function exportFile(engine, tracks, format) {
  const beats = format === "json";
  const records = tracks.map(({ name, analysis, edit, error }) => ({ file: name, analysis, edit, error: analysis ? null : error }));
  // Buffers are transferred: the engine gets copies.
  const arrays = beats ? tracks.flatMap(({ arrays: own }) => [new Float64Array(own?.beats ?? []), new Float64Array(own?.downbeats ?? [])]) : [];
  const { value } = await engine.request({ type: "export", format, records, beats }, arrays);
  return value;
}

/** @param {TextFile} file @param {Scope} scope */
function saveText(file, scope) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([file.text], { type: file.mediaType }));
  link.download = file.name;
  link.click();
  scope.after(() => URL.revokeObjectURL(link.href), LINK_MILLISECONDS);
}
