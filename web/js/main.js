/**
 * The page comes up here: what exists, who gets what. Everything else is in the modules.
 */
import { AnalysisQueue } from "./analysis-queue.js";
import { mountBootStatus } from "./boot-status.js";
import { createDecoder } from "./decoder.js";
import { part } from "./dom.js";
import { drawEmptyArt } from "./empty-art.js";
import { Edits } from "./edits.js";
import { createEngine } from "./engine.js";
import { mountExpectedTempo } from "./expected-tempo.js";
import { mountExports } from "./exports.js";
import { mountFocusOrigin } from "./focus-origin.js";
import { mountIntake } from "./intake.js";
import { mountNotices } from "./notices.js";
import { offlineReady } from "./offline-ready.js";
import { createPlayer } from "./player.js";
import { Playables } from "./playables.js";
import { Removal } from "./removal.js";
import { answerSentence, mountResult } from "./result-view.js";
import { Scope } from "./scope.js";
import { mountShortcuts } from "./shortcuts.js";
import { mountStems } from "./stems.js";
import { Store } from "./store.js";
import { mountTheme } from "./theme.js";
import { mountTrackList } from "./track-list.js";
import { mountVideoDoor } from "./video-door.js";

const SKIP_SECONDS = 5;

const scope = new Scope();
const page = document.body;
const store = new Store(storage());
const engine = createEngine();
const decoder = createDecoder({ spawn: () => new Worker(new URL("./decode-worker.js", import.meta.url), { type: "module" }) });
const player = createPlayer();
const playables = new Playables(decoder);
const queue = new AnalysisQueue({ store, engine, decoder, playables });
const edits = new Edits({ store, engine });

mountFocusOrigin(document.documentElement, {}, scope);
const notices = mountNotices(part(page, "notices", HTMLElement), {}, scope);
const clock = mountBootStatus(part(page, "boot", HTMLElement), { engine, notices, offline: offlineReady() }, scope);
const removal = new Removal({ store, queue, notices, onBack: () => list.focusSelected() });
mountIntake(page, { store, notices, onSeveral: () => list.unfoldOnce() }, scope);
const result = mountResult(part(page, "result", HTMLElement), {
  store, queue, engine, player, playables, edits, notices, clock, onMix: (names) => list.showKeys(names), onRemove: (ids) => removal.remove(ids),
}, scope);
const list = mountTrackList(part(page, "tracks", HTMLElement), {
  store, queue, engine,
  onRemove: (ids, selectedId) => removal.remove(ids, selectedId),
  onPlay: (id) => {
    store.select(id);
    result.transport.toggle();
  },
}, scope);
const stems = mountStems(page, {
  store, decoder, player, notices, storage: storage(), playableOf: (track, signal) => playables.get(track, signal), toVideo: (sent) => void video.makeOf(sent),
}, scope);
const video = mountVideoDoor(page, { store, decoder, player, notices, stems: stems.lender, playableOf: (track, signal) => playables.get(track, signal) }, scope);
const exports = mountExports(page, { store, engine, notices }, scope);
mountExpectedTempo(page, { store, notices, onGo: showExpectedTempo }, scope);
mountTheme(part(page, "theme", HTMLButtonElement), { store, onChange: () => result.waveform.redraw() }, scope);
const shortcuts = mountShortcuts(part(page, "help", HTMLDialogElement), {
  store,
  onUndo: () => notices.undo(),
  shortcuts: [
    { key: " ", shown: "Space", does: "Play or pause", run: () => stems.toggle() || result.transport.toggle() },
    { key: "ArrowLeft", shown: "←", does: `Back ${SKIP_SECONDS} seconds`, run: () => result.transport.skip(-SKIP_SECONDS) },
    { key: "ArrowRight", shown: "→", does: `On ${SKIP_SECONDS} seconds`, run: () => result.transport.skip(SKIP_SECONDS) },
    { key: "t", shown: "T", does: "Tap the tempo", run: (event) => void result.tap.tap(event.timeStamp) },
    { key: "h", shown: "H", does: "Half the tempo", run: () => result.tempoPanel.setRelation("×1/2") },
    { key: "d", shown: "D", does: "Double the tempo", run: () => result.tempoPanel.setRelation("×2") },
    { key: "1", shown: "1 … 8", does: "Jump to a cue point", run: () => result.jumpToCue(1) },
    ...[2, 3, 4, 5, 6, 7, 8].map((number) => ({ key: String(number), does: "", run: () => result.jumpToCue(number) })),
    { key: "c", shown: "C", does: "Beat grid as clicks", run: () => result.transport.toggleClicks() },
    { key: "k", shown: "K", does: "Play the key's chord", run: () => result.transport.playChord() },
    { key: "l", shown: "L", does: "Lock key, tempo and grid", run: () => result.toggleLock() },
    { key: "y", shown: "Y", does: "Copy the answer", run: () => void exports.exportTracks("copy", false) },
    { key: "j", shown: "J", does: "Next track", run: () => list.move(1) },
    { key: "u", shown: "U", does: "Track before", run: () => list.move(-1) },
    { key: "s", shown: "S", does: "Stems", run: () => stems.show() },
    { key: "v", shown: "V", does: "Make a video", run: () => void video.make() },
    { key: "o", shown: "O", does: "Add files", run: () => part(page, "files", HTMLInputElement).click() },
  ],
}, scope);

drawEmptyArt(part(page, "art", SVGElement));
mountNotation();
scope.on(page, "click", (event) => onAction(event.target));
scope.on(part(page, "menu", HTMLDetailsElement), "toggle", showMenu);
scope.on(store, "tracks", showMenu);
scope.on(part(page, "menu", HTMLDetailsElement), "keydown", (event) => {
  const menu = event.currentTarget;
  if (event.key !== "Escape" || !menu.open) return;
  menu.open = false;
  menu.querySelector("summary")?.focus();
});
scope.on(queue, "settled", ({ detail: { track } }) => {
  if (track.state === "done") {
    void edits.analysedAnew(track.id).catch((error) => notices.alert(String(error.message ?? error)));
    if (track.id === store.selected?.id) notices.quietly(answerSentence(track, store.settings.notation));
  } else if (track.state === "failed" && track.id !== store.selected?.id) {
    notices.quietly(`${track.name} failed: ${track.error}`);
  }
});
scope.on(queue, "deepened", ({ detail: { track } }) => {
  void edits.deepened(track.id).catch((error) => notices.alert(String(error.message ?? error)));
  if (track.id === store.selected?.id) notices.quietly("Sections and mood are there.");
});
scope.on(queue, "idle", () => {
  const [first, ...others] = store.tracks.filter((track) => track.state === "failed").map((track) => track.id);
  if (store.tracks.length < 2) return;
  const show = () => {
    const failed = store.tracks.find((track) => track.state === "failed");
    if (failed) list.show(failed.id);
  };
  if (first !== undefined) notices.say(`All done, ${1 + others.length} of ${store.tracks.length} failed.`, { label: "Show", run: show });
  else notices.quietly(`All ${store.tracks.length} tracks done.`);
});
scope.on(window, "beforeunload", (event) => {
  if (queue.busy || stems.busy || video.busy || exports.unsaved()) event.preventDefault();
});

/** @param {EventTarget|null} target */
function onAction(target) {
  const menu = part(page, "menu", HTMLDetailsElement);
  const action = target instanceof Element ? target.closest("[data-action]")?.getAttribute("data-action") : null;
  if (action === "help") shortcuts.open();
  if (action === "clear") removal.remove(store.tracks.map((track) => track.id));
  if (action === "again-all" && canAnalyseAllAgain()) {
    for (const track of store.tracks) if (track.state === "done") queue.retry(track.id);
  }
  if (action === "retry-failed") {
    for (const track of store.tracks) if (track.state === "failed" || track.state === "cancelled") queue.retry(track.id);
  }
  if (!(target instanceof Element && target.closest("summary") && menu.contains(target))) menu.open = false;
}

/** Once every track has its answer. */
function canAnalyseAllAgain() {
  return !queue.busy && store.tracks.some((track) => track.state === "done");
}

function showMenu() {
  const menu = part(page, "menu", HTMLDetailsElement);
  const again = menu.querySelector('[data-action="again-all"]');
  if (menu.open && again instanceof HTMLButtonElement) again.disabled = !canAnalyseAllAgain();
}

/** It is chosen beside an answer. */
function showExpectedTempo() {
  const pick = part(page, "range-pick", HTMLSelectElement);
  const answered = store.tracks.find((track) => track.state === "done");
  if (!pick.checkVisibility() && answered) store.select(answered.id);
  if (!pick.checkVisibility()) return void notices.say("It can be changed under Tempo, once a track has its answer.");
  pick.scrollIntoView({ block: "center" });
  pick.focus({ preventScroll: true });
}

function mountNotation() {
  const field = part(page, "notation", HTMLElement);
  for (const radio of field.querySelectorAll("input")) {
    radio.checked = radio.value === store.settings.notation;
    scope.on(radio, "change", () => store.set({ notation: /** @type {any} */ (radio.value) }));
  }
}

/** Storage may be forbidden; then settings hold for this visit. @returns {Storage|null} */
function storage() {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}

/** For the console and for tests: what the stems are, sample by sample, and the video editor. */
export { stems, video };
