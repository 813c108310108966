/**
 * Types that the page's modules agree on. Nothing runs here.
 * @import {Analysis, Edit, TempoRange} from "./protocol.js"
 */

/**
 * The arrays beside an Analysis: beats and downbeats in seconds, peaks [n, 2] and bands [n, 3] row by row
 * (see shared/schema/analysis.py). embedding comes with the details, null until then.
 * @typedef {object} TrackArrays
 * @property {Float64Array} beats
 * @property {Float64Array} downbeats
 * @property {Int8Array} peaks
 * @property {Uint8Array} bands
 * @property {Float32Array|null} embedding
 */

/**
 * waiting: in the queue. working: `stage` and `fraction` move. done, failed (see `error`), cancelled.
 * @typedef {"waiting"|"working"|"done"|"failed"|"cancelled"} TrackState
 */

/**
 * Where a track's details (sections, cue points, mood, tags) are. none: not due yet. waiting and working: they come,
 * `stage` and `fraction` (0-1) move. done. missing: `error` is the sentence that says why.
 * @typedef {object} Deepening
 * @property {"none"|"waiting"|"working"|"done"|"missing"} state
 * @property {string} stage
 * @property {number} fraction
 * @property {string|null} error
 */

/**
 * One file on the page. Plain data; `store.update` replaces it, never changes it in place.
 * @typedef {object} Track
 * @property {number} id
 * @property {File} file
 * @property {string} name        file name, with the folder where one was dropped
 * @property {TrackState} state
 * @property {string} stage       in words, for example "Decoding"
 * @property {number} fraction    0-1 of the whole
 * @property {string|null} error  one sentence
 * @property {Analysis|null} analysis
 * @property {TrackArrays|null} arrays
 * @property {Edit} edit          what was set by hand
 * @property {Deepening} deepening where its details are; key and tempo do not wait for them
 * @property {TempoRange|null} tempoRange the hint that the answer was found with
 * @property {AudioTags|null} tags what the file says of itself
 */

/**
 * What a decoder says of a file before its audio. durationSeconds may be an estimate or null.
 * @typedef {object} AudioInfo
 * @property {number} sampleRate
 * @property {number} channels
 * @property {number|null} durationSeconds
 * @property {string} format      for people, for example "MP3" or "FLAC in Ogg"
 * @property {AudioTags|null} tags  null: none that could be read
 */

/**
 * What the file itself says, unchecked: one line each, no control characters, at most 300 characters.
 * @typedef {{title?: string, artist?: string, album?: string, key?: string, bpm?: string}} AudioTags
 */

/**
 * Playback as the widgets see it. Positions are seconds from the start of the decoded audio.
 * Events (EventTarget): "change" after load, play, pause, seek, rate, end, failure.
 * @typedef {object} PlayerState
 * @property {number|null} trackId
 * @property {"empty"|"loading"|"paused"|"playing"|"failed"} status
 * @property {number} durationSeconds
 * @property {string|null} error
 */

export {};
