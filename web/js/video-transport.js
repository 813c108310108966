/**
 * Playback in the editor: play, to the beginning, clock, volume.
 * @import {Scope} from "./scope.js"
 */
import { part, setIcon, setText } from "./dom.js";
import { formatTime } from "./waveform-geometry.js";

const CLOCK_MILLISECONDS = 50;

/**
 * @param {HTMLElement} section the editor
 * @param {{player: ReturnType<typeof import("./player.js").createPlayer>, volume: number, durationSeconds: number, alert: (sentence: string) => void}} deps
 * @param {Scope} scope
 */
export function mountVideoTransport(section, { player, volume, durationSeconds, alert }, scope) {
  const play = part(section, "video-play", HTMLButtonElement);
  const loudness = part(section, "video-volume", HTMLInputElement);
  const clock = part(section, "video-time", HTMLElement);
  player.setVolume(volume);
  loudness.value = String(volume);
  const draw = () => {
    const { status, durationSeconds: known, error } = player.state;
    const moving = status === "playing";
    setIcon(play, moving ? "pause" : "play");
    play.setAttribute("aria-label", moving ? "Pause" : "Play");
    play.title = moving ? "Pause (Space)" : "Play (Space)";
    play.disabled = status === "loading" || status === "empty";
    setText(part(section, "video-duration", HTMLElement), formatTime(known || durationSeconds));
    if (status === "failed" && error) alert(error);
  };
  scope.on(play, "click", () => player.toggle());
  scope.on(part(section, "video-start", HTMLButtonElement), "click", () => player.seek(0));
  scope.on(loudness, "input", () => player.setVolume(Number(loudness.value)));
  scope.on(player, "change", draw);
  const timer = setInterval(() => setText(clock, formatTime(player.position(), 1)), CLOCK_MILLISECONDS);
  scope.add(() => clearInterval(timer));
  draw();
}
