/**
 * What the mixer and the page around it agree on. Nothing runs here.
 *
 * `mountMixer(element, deps, scope)` (mixer.js) builds an empty mixer and answers a `Mixer`; `mixer.show(song)` fills
 * it. A lane's samples are read when they are needed, a few seconds ahead of what is heard, so they may lie anywhere:
 * `stem-store.js` keeps blocks that arrive one after another, `stem-files.js` makes lanes of finished files.
 */

/** Left and right, equally long. @typedef {[Float32Array, Float32Array]} Stereo */

/**
 * One stem.
 * @typedef {object} Lane
 * @property {string} name            "vocals", "drums", "bass", "other", "guitar", "piano", or what a rest is called
 * @property {string} label           for people: "Vocals"
 * @property {number} sampleRate      the same for all lanes of a song
 * @property {number} seconds         length
 * @property {Int8Array|null} peaks   [n, 2] lowest and highest at PEAKS_PER_SECOND, -127 to 127; null: not known (yet)
 * @property {(start: number, count: number) => Promise<Stereo>} read  `count` samples from `start` on; zeros beyond the
 *   end; waits for what has not arrived yet
 * @property {{url: string, fileName: string}} [file]  the stem as a file that can be saved as it is; without it the
 *   mixer writes a WAV
 */

/** A part of the song that one click loops. @typedef {{startSeconds: number, endSeconds: number, label: string}} Section */

/**
 * @typedef {object} MixerSong
 * @property {string} title                     for people and for file names
 * @property {ReadonlyArray<Lane>} lanes        in the order shown
 * @property {Lane|null} [mix]                  the original, where it is at hand; without it A/B plays the sum of all stems
 * @property {ReadonlyArray<Section>} [sections]
 * @property {string} [note]                    one honest sentence shown beside the title, as "Quick preview"
 */

/** How one lane is set. gainDb: -48 (silent) to +6; pan: -1 left to 1 right. @typedef {{gainDb: number, pan: number, muted: boolean, soloed: boolean}} LaneSetting */

/** Seconds. @typedef {{startSeconds: number, endSeconds: number}} Loop */

/**
 * Everything a person can set, frozen; a change makes a new one.
 * @typedef {object} MixerState
 * @property {ReadonlyArray<LaneSetting>} lanes
 * @property {boolean} original     A/B: the untouched mix is heard
 * @property {number} speed         0.5-1.2; pitch stays
 * @property {Loop|null} loop       the section in hand
 * @property {boolean} looping      it is repeated
 * @property {number} volume        0-1, of the loudspeaker only
 */

/** What is handed on: one lane as it is, or what is heard now. @typedef {{title: string, lane: Lane|null, render: () => Promise<Blob>}} Sent  lane null: the mix as set */

/**
 * @typedef {object} MixerDeps
 * @property {() => void} [onPlay]                     it begins to sound: whatever else plays should pause
 * @property {(blob: Blob, fileName: string) => void} [save]  default: a download
 * @property {{lyrics?: (sent: Sent) => void, video?: (sent: Sent) => void}} [targets]  rooms that take a stem; a missing
 *   one has no button. Each also goes out as a bubbling CustomEvent "mixer-send", detail {...sent, target}
 * @property {number} [volume]                        0-1, at the start
 * @property {(text: string) => void} [say]            something for a notice: "Saved ..."
 * @property {string} [workletUrl]                     address of mixer-worklet.js, when it is not beside this module
 * @property {string} [stretchUrl]                     address of the time stretcher's WebAssembly; default: `ASSETS.stretch`
 */

/** @typedef {"empty"|"paused"|"loading"|"playing"|"failed"} MixerStatus */

/**
 * Events: "change" (settings or status). Positions are seconds of the song.
 * @typedef {EventTarget & {
 *   readonly state: MixerState, readonly status: MixerStatus,
 *   show: (song: MixerSong|null) => void,
 *   refresh: () => void,
 *   play: () => Promise<void>, pause: () => void, toggle: () => void,
 *   seek: (seconds: number) => void, position: () => number,
 *   onKey: (event: KeyboardEvent) => boolean,
 *   renderMix: (options?: {format?: WavFormat, onProgress?: (fraction: number) => void, signal?: AbortSignal}) => Promise<Blob>,
 * }} Mixer
 * refresh: lanes' peaks or colours have changed, draw again. onKey: a key pressed outside the mixer while it is what the
 * page shows; true when it was the mixer's (keys inside are its own anyway).
 */

/** @typedef {"wav16"|"wav24"|"wav32f"} WavFormat  as in shared/schema/jobs.py */

export {};
