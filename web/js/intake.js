/**
 * Every way a file comes in: dropped anywhere on the window, picked, picked as a folder, pasted.
 * @import {Scope} from "./scope.js"
 * @import {Store} from "./store.js"
 * @import {Notices} from "./notices.js"
 * @import {Found} from "./intake-files.js"
 */
import { part } from "./dom.js";
import { chooseAudio, filesOfInput, filesOfTransfer, identity } from "./intake-files.js";
import { countText } from "./labels.js";

/**
 * @param {HTMLElement} root  holds the inputs "files" and "folder", the overlay "drop-overlay" and any number of
 *                            buttons marked data-action="add-files" or "add-folder"
 * @param {{store: Store, notices: Notices, onSeveral: () => void}} deps  onSeveral: more than one file came in
 * @param {Scope} scope
 */
export function mountIntake(root, { store, notices, onSeveral }, scope) {
  const files = part(root, "files", HTMLInputElement);
  const folder = part(root, "folder", HTMLInputElement);
  const overlay = part(root, "drop-overlay", HTMLElement);
  let depth = 0;

  /** @param {ReadonlyArray<Found>} found @param {number} [unreadable] */
  const take = (found, unreadable = 0) => {
    if (unreadable > 0) notices.alert(`${countText(unreadable, "file or folder")} could not be read.`);
    if (found.length === 0) {
      if (unreadable === 0) notices.alert("That folder holds no files.");
      return;
    }
    const known = new Set(store.tracks.map((track) => identity(track.file, track.name)));
    const { accepted, notice, refused } = chooseAudio(found, known);
    const [first] = store.add(accepted);
    if (first && accepted.length === 1) store.select(first.id);
    if (accepted.length > 1) onSeveral();
    if (notice) say(notice, refused);
    else notices.quietly(`${countText(accepted.length, "file")} added.`);
  };

  /** @param {string} notice @param {boolean} refused */
  const say = (notice, refused) => (refused ? notices.alert(notice) : notices.say(notice));

  /** @param {DataTransfer|null} transfer */
  const takeTransfer = (transfer) => {
    if (!transfer) return;
    filesOfTransfer(transfer).then(
      ({ found, unreadable }) => take(found, unreadable),
      () => notices.alert("What was dropped could not be read."),
    );
  };

  /** @param {boolean} shown */
  const showOverlay = (shown) => {
    overlay.hidden = !shown;
    if (!shown) depth = 0;
  };

  scope.on(root, "click", (event) => {
    const action = event.target instanceof Element ? event.target.closest("[data-action]")?.getAttribute("data-action") : null;
    if (action === "add-files") files.click();
    if (action === "add-folder") folder.click();
  });
  for (const input of [files, folder]) {
    scope.on(input, "change", () => {
      take(filesOfInput(input.files ?? []));
      input.value = "";
    });
  }
  scope.on(window, "dragenter", (event) => {
    if (!carriesFiles(event.dataTransfer)) return;
    depth += 1;
    showOverlay(true);
  });
  scope.on(window, "dragleave", (event) => {
    if (carriesFiles(event.dataTransfer) && --depth <= 0) showOverlay(false);
  });
  scope.on(window, "dragover", (event) => {
    if (!carriesFiles(event.dataTransfer)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
  });
  scope.on(window, "drop", (event) => {
    if (!carriesFiles(event.dataTransfer)) return;
    event.preventDefault();
    showOverlay(false);
    takeTransfer(event.dataTransfer);
  });
  scope.on(window, "paste", (event) => {
    if (event.clipboardData?.files.length > 0) takeTransfer(event.clipboardData);
  });
}

/** @param {DataTransfer|null} transfer */
function carriesFiles(transfer) {
  return transfer?.types.includes("Files") ?? false;
}
