/**
 * What the preview hears of a song: its features, marks that come later, and its stems where something follows them.
 * @import {Notices} from "./notices.js"
 * @import {Scope} from "./scope.js"
 * @import {StemsLender} from "./stems-lend.js"
 * @import {Track} from "./types.js"
 * @import {VideoModel} from "./video-model.js"
 * @import {VideoSigns} from "./video-signs.js"
 * @import {DecoderLike} from "./video-song.js"
 */
import { listText } from "./stems-words.js";
import { stemsOf } from "./video-edits.js";
import { hearSong, isSongOf, renewed } from "./video-song.js";
import { hearStems } from "./video-stems.js";

/**
 * @typedef {object} HearingDeps
 * @property {DecoderLike} decoder
 * @property {Pick<StemsLender, "lend">} stems
 * @property {Notices} notices
 * @property {VideoSigns} signs
 * @property {AbortSignal} signal
 * @property {() => Promise<void>} keepSong  it has changed
 */

export class Hearing {
  #model;
  #deps;
  /** @type {Promise<void>|null} */
  #stems = null;

  /** @param {VideoModel} model @param {HearingDeps} deps @param {Scope} scope */
  constructor(model, deps, scope) {
    this.#model = model;
    this.#deps = deps;
    scope.on(model, "project", ({ detail: before }) => {
      const known = stemsOf(before);
      if (this.lacking.some((stem) => !known.has(stem))) void this.takeApart();
    });
  }

  /** Stems that something follows and nobody has heard. */
  get lacking() {
    const { stems = [] } = this.#model.song;
    return [...stemsOf(this.#model.project)].filter((stem) => !stems.includes(stem));
  }

  /** Hear the song; also once more, for a worker that knows nothing. */
  async hear() {
    const { decoder, signs, signal } = this.#deps;
    const model = this.#model;
    await signs.during("Listening for what moves the picture", async (onProgress) => {
      const before = model.song;
      const { features, stems } = await hearSong(before, { engine: model.engine, decoder, signal, onProgress });
      const late = model.song !== before;
      model.song = { ...model.song, features, stems };
      if (late) await this.#mark();
      if (before.features === null) await this.#deps.keepSong();
      this.#heard();
    });
  }

  /** The page knows more of the song than when the editor was opened. @param {Track} track */
  async renew(track) {
    const model = this.#model;
    const song = isSongOf(track, model.song) ? renewed(model.song, track) : null;
    if (!song) return;
    model.song = song;
    model.dispatchEvent(new Event("song"));
    if (!song.features) return; // it is being heard: what is new is told when that is done
    await this.#mark();
    await this.#deps.keepSong();
    model.engine.touch();
  }

  /** Where something follows stems that are not here, ask whether they are wanted. */
  offer() {
    const { lacking } = this;
    if (lacking.length === 0) return;
    this.#deps.notices.say(`This video follows stems that are not here: ${listText(lacking).toLowerCase()}. Until then it follows the whole song.`, {
      label: "Take the song apart", run: () => void this.takeApart(),
    });
  }

  /** Bring the song's stems and listen to them; one time after the other. */
  takeApart() {
    this.#stems ??= this.#takeApart().finally(() => (this.#stems = null));
    return this.#stems;
  }

  async #takeApart() {
    const { stems, signs, signal, notices } = this.#deps;
    const model = this.#model;
    try {
      await signs.during("Bringing the stems", async (onProgress) => {
        const lent = await stems.lend(model.song, { signal, onProgress });
        try {
          const { features, names } = await hearStems(lent.lanes, { engine: model.engine, signal, onProgress });
          model.song = { ...model.song, features, stems: names };
        } finally {
          lent.dispose();
        }
      });
      await this.#deps.keepSong();
      this.#heard();
      notices.quietly("The stems are heard.");
    } catch (error) {
      if (!signal.aborted) notices.alert(`The stems could not be heard, so what follows them follows the whole song. ${error instanceof Error ? error.message : error}`);
    }
  }

  async #mark() {
    const model = this.#model;
    const { beats, downbeats, sections } = model.song;
    const { arrays } = await model.engine.ask({ type: "markSong", sections }, [beats.slice(), downbeats.slice()]);
    model.song = { ...model.song, features: arrays[0] };
  }

  #heard() {
    this.#model.engine.touch();
    this.#model.dispatchEvent(new Event("song"));
  }
}
