/**
 * Flash safety in the export panel: check the film that is chosen, see where it flashes and what the export makes of it.
 * @import {FlashTime, RenderOptions} from "./protocol.js"
 * @import {Scope} from "./scope.js"
 * @import {FlashCheck} from "./video-flash.js"
 * @import {VideoModel} from "./video-model.js"
 */
import { setProgress, setText } from "./dom.js";
import { sameFilm } from "./video-flash.js";
import { RULE, extentText, foundText, limiterText, whatText, whenText } from "./video-flash-words.js";
import { make } from "./widget-dom.js";

/** film: what is chosen, null while nothing is that can be written. @typedef {{model: VideoModel, check: FlashCheck, film: () => RenderOptions|null, seek: (seconds: number) => void}} FlashPanelDeps */

const NOT_CHECKED = "Not checked yet: the preview shows all flashes as they are. The export looks for them by itself; here you see before what it finds.";
const NOT_HEARD = "The song is being heard: then the video can be checked.";

/** @param {FlashPanelDeps} deps @param {Scope} scope */
export function makeFlashPanel({ model, check, film, seek }, scope) {
  const state = make("p", { class: "flashes__state", role: "status" });
  const stage = make("span", { class: "flashes__stage" });
  const bar = make("progress", { max: "1", "aria-label": "Check for flashes" });
  const wait = make("p", { class: "flashes__wait" }, stage, bar);
  const times = make("ul", { class: "flashes__times", "aria-label": "Times with too many flashes" });
  const more = make("p", { class: "flashes__more" });
  const start = make("button", { class: "button button--small", type: "button", "data-part": "flash-check" }, "Check flashes");
  const cancel = make("button", { class: "button button--small", type: "button", "data-part": "flash-cancel" }, "Cancel the check");
  const safe = make("input", { type: "checkbox", "data-part": "flash-safe" });
  const element = make("section", { class: "flashes", "aria-labelledby": "flashes-title", "data-part": "flashes" },
    make("h3", { class: "flashes__title", id: "flashes-title" }, "Flash safety"), make("p", { class: "flashes__rule" }, RULE), state, wait, times, more,
    make("div", { class: "flashes__actions" }, start, cancel, make("label", { class: "flashes__safe" }, safe, "Hold dangerous flashes back in the export")));
  scope.on(start, "click", () => {
    const chosen = film();
    if (chosen) void check.run(chosen);
  });
  scope.on(cancel, "click", () => {
    check.cancel();
    start.focus();
  });
  scope.on(safe, "change", () => model.edit("Hold flashes back", (project) => ({ ...project, safeFlashes: safe.checked })));

  const draw = () => {
    const chosen = film();
    const heard = model.song.features !== null;
    const { found } = check;
    const working = check.state === "working";
    const shown = !working && check.state === "found" ? found : null;
    const other = shown !== null && check.film !== null && chosen !== null && !sameFilm(check.film, chosen);
    const stale = shown !== null && (check.stale || other);
    element.dataset.state = stale ? "stale" : shown ? (shown.times.length > 0 ? "flashing" : "safe") : check.state;
    safe.checked = model.project.safeFlashes;
    setText(state, working ? "" : shown ? (stale ? staleText(check.stale) : foundText(shown)) : check.state === "failed" ? check.error : heard ? NOT_CHECKED : NOT_HEARD);
    wait.hidden = !working;
    setText(stage, check.stage);
    setProgress(bar, check.fraction);
    times.hidden = !shown || shown.times.length === 0;
    times.replaceChildren(...(shown?.times ?? []).map((time) => rowOf(time, seek)));
    const limiter = shown && !stale ? limiterText(shown, model.project.safeFlashes) : "";
    setText(more, shown ? [limiter, extentText(shown, check.film?.fps ?? 0)].filter((words) => words !== "").join(" ") : "");
    more.hidden = !shown;
    start.hidden = working;
    cancel.hidden = !working;
    start.disabled = !chosen || !heard;
    setText(start, shown || check.state === "failed" ? "Check again" : "Check flashes");
  };
  scope.on(check, "change", draw);
  for (const event of /** @type {const} */ (["project", "song"])) scope.on(model, event, draw);
  draw();
  return { element, draw };
}

/** @param {boolean} video whether it is the video that has changed, or the film that is chosen */
function staleText(video) {
  return video ? "The video has changed since: check it again. Before, it was so:" : "Another film is chosen now (its part of the song, its frames or its shape): check it again. Before, it was so:";
}

/** @param {FlashTime} time @param {(seconds: number) => void} seek */
function rowOf(time, seek) {
  const button = make("button", { class: "flashes__time", type: "button", "data-kind": time.kind, title: "Show this place" }, make("span", { class: "flashes__when" }, whenText(time)), `: ${whatText(time)}`);
  button.addEventListener("click", () => seek(time.startSeconds));
  return make("li", {}, button);
}
