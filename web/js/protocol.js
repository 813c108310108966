// Generated from shared/ by `python -m web.py.protocol`; do not edit.

/**
 * @typedef {object} Key
 * @property {number} tonic
 * @property {"major"|"minor"} mode
 * @property {string} name
 * @property {string} short
 * @property {string} symbol
 * @property {string} camelot
 * @property {string} openKey
 * @property {number} wheel
 */

/**
 * @typedef {object} NamedTempoRange
 * @property {string} name
 * @property {"range"|"genre"} group
 * @property {number} lowBpm
 * @property {number} highBpm
 */

/**
 * @typedef {object} Analysis
 * @property {number} durationSeconds
 * @property {number} sampleRate
 * @property {number} channels
 * @property {KeyEstimate|null} key
 * @property {RhythmEstimate|null} rhythm
 * @property {Tuning|null} tuning
 * @property {Loudness} loudness
 * @property {Mood|null} mood
 * @property {ReadonlyArray<string>} notes
 * @property {Record<string, number>} stepSeconds
 * @property {number} version
 * @property {Structure|null} structure
 */

/**
 * @typedef {object} CuePoint
 * @property {number} seconds
 * @property {"load"|"mix in"|"drop"|"chorus"|"break"|"mix out"} kind
 * @property {string} reason
 */

/**
 * @typedef {object} Details
 * @property {Structure|null} structure
 * @property {Mood|null} mood
 * @property {ReadonlyArray<string>} notes
 * @property {Record<string, number>} stepSeconds
 */

/**
 * @typedef {object} Factor
 * @property {string} name
 * @property {number} points
 */

/**
 * @typedef {object} KeyEstimate
 * @property {Key} key
 * @property {number} confidence
 * @property {boolean} clear
 * @property {ReadonlyArray<KeyGuess>} alternatives
 * @property {ReadonlyArray<Key>} compatible
 * @property {ReadonlyArray<KeySpan>} timeline
 * @property {Key|null} intro
 * @property {Key|null} outro
 */

/**
 * @typedef {object} KeyGuess
 * @property {Key} key
 * @property {number} share
 * @property {"same key"|"relative"|"parallel"|"fifth above"|"fifth below"|"relative of the fifth above"|"relative of the fifth below"|"semitone above"|"semitone below"|"distant"} relation
 * @property {string} reason
 */

/**
 * @typedef {object} KeySpan
 * @property {number} startSeconds
 * @property {number} endSeconds
 * @property {Key} key
 * @property {number} confidence
 */

/**
 * @typedef {object} Loudness
 * @property {number|null} integratedLufs
 * @property {number|null} rangeLu
 * @property {number|null} truePeakDb
 */

/**
 * @typedef {object} Mood
 * @property {MoodScale} energy
 * @property {MoodScale} danceability
 * @property {MoodScale} happiness
 * @property {MoodScale|null} acousticness
 * @property {MoodScale|null} instrumentalness
 * @property {MoodScale|null} speechiness
 * @property {ReadonlyArray<Tag>} tags
 * @property {"signal"|"signal and tags"} heardBy
 */

/**
 * @typedef {object} MoodScale
 * @property {number} value
 * @property {number} low
 * @property {number} high
 * @property {string} word
 * @property {ReadonlyArray<Factor>} factors
 * @property {number} average
 */

/**
 * @typedef {object} RhythmEstimate
 * @property {number} bpm
 * @property {number} measuredBpm
 * @property {boolean} snapped
 * @property {boolean} steady
 * @property {number} confidence
 * @property {boolean} clear
 * @property {number} meter
 * @property {number} downbeatConfidence
 * @property {ReadonlyArray<TempoGuess>} alternatives
 * @property {"analysis"|"hand"} source
 * @property {"4/4"|"3/4"|"6/8"} timeSignature
 * @property {number} beatConfidence
 * @property {ReadonlyArray<TempoPoint>} tempoMap
 */

/**
 * @typedef {object} Section
 * @property {number} startSeconds
 * @property {number} endSeconds
 * @property {"intro"|"verse"|"build"|"drop"|"chorus"|"break"|"outro"} kind
 * @property {string} letter
 * @property {number} energy
 */

/**
 * @typedef {object} Structure
 * @property {ReadonlyArray<Section>} sections
 * @property {ReadonlyArray<CuePoint>} cues
 */

/**
 * @typedef {object} Tag
 * @property {string} name
 * @property {number} share
 * @property {number} standing
 */

/**
 * @typedef {object} TempoGuess
 * @property {number} bpm
 * @property {"as found"|"×1/2"|"×2"|"×2/3"|"×3/2"|"×3/4"|"×4/3"|"×1/3"|"×3"} relation
 * @property {number} share
 */

/**
 * @typedef {object} TempoPoint
 * @property {number} startSeconds
 * @property {number} bpm
 */

/**
 * @typedef {object} TempoRange
 * @property {number} lowBpm
 * @property {number} highBpm
 */

/**
 * @typedef {object} Tuning
 * @property {number} hz
 * @property {number} cents
 * @property {number} confidence
 */

/**
 * @typedef {object} CancelSplit
 * @property {"cancelSplit"} type
 * @property {number} split
 */

/**
 * @typedef {object} CancelTrack
 * @property {"cancelTrack"} type
 * @property {number} track
 */

/**
 * @typedef {object} Cancelled
 * @property {"cancelled"} type
 * @property {number} track
 */

/**
 * @typedef {object} DeepenTrack
 * @property {"deepenTrack"} type
 * @property {number} track
 */

/**
 * @typedef {object} Deepened
 * @property {"deepened"} type
 * @property {number} track
 * @property {Details} details
 */

/**
 * @typedef {object} Edit
 * @property {string|null} key
 * @property {number|null} bpm
 * @property {boolean} locked
 */

/**
 * @typedef {object} Edited
 * @property {"edited"} type
 * @property {RhythmEstimate} rhythm
 * @property {Structure|null} [structure]
 */

/**
 * @typedef {object} EngineStatus
 * @property {"engineStatus"} type
 * @property {string} python
 * @property {string} numpy
 * @property {number} pythonHeapBytes
 * @property {number} openTracks
 */

/**
 * @typedef {object} Export
 * @property {"export"} type
 * @property {"csv"|"json"|"text"} format
 * @property {ReadonlyArray<TrackRecord>} records
 * @property {boolean} [beats]
 */

/**
 * @typedef {object} Fed
 * @property {"fed"} type
 * @property {number} track
 * @property {number} seconds
 */

/**
 * @typedef {object} FeedSplit
 * @property {"feedSplit"} type
 * @property {number} split
 */

/**
 * @typedef {object} FeedTrack
 * @property {"feedTrack"} type
 * @property {number} track
 */

/**
 * @typedef {object} FinishSplit
 * @property {"finishSplit"} type
 * @property {number} split
 */

/**
 * @typedef {object} FinishTrack
 * @property {"finishTrack"} type
 * @property {number} track
 */

/**
 * @typedef {object} Finished
 * @property {"finished"} type
 * @property {number} track
 * @property {Analysis} analysis
 */

/**
 * @typedef {object} GetStatus
 * @property {"getStatus"} type
 */

/**
 * @typedef {object} OpenSplit
 * @property {"openSplit"} type
 * @property {number} split
 * @property {number} sampleRate
 * @property {number} channels
 * @property {number|null} [expectedSeconds]
 */

/**
 * @typedef {object} OpenTrack
 * @property {"openTrack"} type
 * @property {number} track
 * @property {number} sampleRate
 * @property {number} channels
 * @property {number|null} [expectedSeconds]
 * @property {TempoRange|null} [tempoRange]
 */

/**
 * @typedef {object} Opened
 * @property {"opened"} type
 * @property {number} track
 */

/**
 * @typedef {object} Progress
 * @property {"progress"} type
 * @property {string} stage
 * @property {number} fraction
 */

/**
 * @typedef {object} Retempo
 * @property {"retempo"} type
 * @property {RhythmEstimate|null} rhythm
 * @property {number} durationSeconds
 * @property {number} bpm
 * @property {number} [shiftSeconds]
 * @property {number} [downbeatShift]
 * @property {Structure|null} [structure]
 */

/**
 * @typedef {object} SplitBlock
 * @property {"splitBlock"} type
 * @property {number} split
 * @property {number} startSample
 * @property {number} samples
 */

/**
 * @typedef {object} SplitCancelled
 * @property {"splitCancelled"} type
 * @property {number} split
 */

/**
 * @typedef {object} SplitOpened
 * @property {"splitOpened"} type
 * @property {number} split
 * @property {number} sampleRate
 */

/**
 * @typedef {object} TapTempo
 * @property {"tapTempo"} type
 * @property {ReadonlyArray<number>} timesSeconds
 */

/**
 * @typedef {object} Tapped
 * @property {"tapped"} type
 * @property {number} bpm
 * @property {number} errorBpm
 * @property {number} taps
 */

/**
 * @typedef {object} TextFile
 * @property {"textFile"} type
 * @property {string} name
 * @property {string} mediaType
 * @property {string} text
 */

/**
 * @typedef {object} TrackRecord
 * @property {string} file
 * @property {Analysis|null} analysis
 * @property {Edit} edit
 * @property {string|null} error
 */

/**
 * @typedef {object} Preset
 * @property {string} name
 * @property {string} label
 * @property {string} words
 * @property {RenderOptions} options
 * @property {string} source
 * @property {number} leastSeconds
 * @property {number|null} mostSeconds
 */

/**
 * @typedef {object} RenderOptions
 * @property {"h264"|"hevc"|"av1"|"prores"|"vp9"} codec
 * @property {"aac"|"opus"|"flac"|"pcm"|"none"} audio
 * @property {number} width
 * @property {number} height
 * @property {24|25|30|50|60} fps
 * @property {"draft"|"good"|"best"} quality
 * @property {boolean} alpha
 * @property {number} startSeconds
 * @property {number|null} seconds
 * @property {boolean} loop
 * @property {boolean} hardware
 */

/**
 * @typedef {object} Capabilities
 * @property {boolean} separation
 * @property {ReadonlyArray<ModelInfo>} models
 * @property {ReadonlyArray<DeviceInfo>} devices
 * @property {Limits} limits
 * @property {QueueInfo} queue
 * @property {ReadonlyArray<"flac"|"wav16"|"wav24"|"wav32f"|"mp3"|"m4a">} formats
 * @property {string|null} reason
 * @property {boolean} rendering
 * @property {string|null} renderingReason
 */

/**
 * @typedef {object} DeviceInfo
 * @property {string} kind
 * @property {string} name
 */

/**
 * @typedef {object} ErrorBody
 * @property {string} error
 * @property {string} message
 */

/**
 * @typedef {object} Health
 * @property {"ok"|"degraded"} status
 * @property {string} build
 * @property {number} workers
 * @property {string} database
 * @property {string} store
 */

/**
 * @typedef {object} Job
 * @property {string} id
 * @property {"stems"|"render"} kind
 * @property {"queued"|"running"|"done"|"failed"|"cancelled"|"expired"} state
 * @property {"waiting"|"fetching model"|"loading model"|"separating"|"listening"|"looking"|"drawing"|"writing"|"done"} stage
 * @property {number} progress
 * @property {number} createdAt
 * @property {number|null} etaSeconds
 * @property {number|null} queuePosition
 * @property {number|null} expiresAt
 * @property {string|null} error
 * @property {string|null} note
 * @property {number|null} seconds
 * @property {StemsOptions|null} stems
 * @property {RenderJob|null} render
 * @property {ReadonlyArray<string>} remarks
 * @property {ReadonlyArray<ResultFile>} results
 */

/**
 * @typedef {object} Limits
 * @property {number} uploadBytes
 * @property {number} audioSeconds
 * @property {number} queuedJobs
 * @property {number} jobsPerClient
 * @property {number} keepSeconds
 */

/**
 * @typedef {object} ModelInfo
 * @property {string} name
 * @property {string} label
 * @property {string} words
 * @property {ReadonlyArray<string>} stems
 * @property {boolean} ready
 * @property {boolean} here
 * @property {number} downloadMegabytes
 * @property {string|null} reason
 * @property {number|null} speed
 */

/**
 * @typedef {object} QueueInfo
 * @property {number} waiting
 * @property {number} running
 * @property {boolean} full
 */

/**
 * @typedef {object} RenderJob
 * @property {RenderOptions} film
 * @property {string|null} title
 * @property {string|null} artist
 */

/**
 * @typedef {object} ResultFile
 * @property {string} name
 * @property {string} label
 * @property {string} fileName
 * @property {string} mediaType
 * @property {number} bytes
 * @property {string} url
 * @property {string|null} peaksUrl
 */

/**
 * @typedef {object} StemsOptions
 * @property {string} model
 * @property {"each"|"two"|"rest"} mode
 * @property {ReadonlyArray<string>} stems
 * @property {"flac"|"wav16"|"wav24"|"wav32f"|"mp3"|"m4a"} format
 * @property {boolean} spreadResidual
 * @property {string|null} title
 * @property {string|null} artist
 * @property {string|null} key
 * @property {number|null} bpm
 */

/**
 * @typedef {object} Canvas
 * @property {number} width
 * @property {number} height
 * @property {24|25|30|50|60} fps
 */

/**
 * @typedef {object} Drive
 * @property {"drive"} type
 * @property {string} feature
 * @property {number} [low]
 * @property {number} [high]
 * @property {string|null} [stem]
 * @property {number} [smooth]
 * @property {number} [delay]
 * @property {boolean} [invert]
 * @property {boolean} [cumulative]
 */

/**
 * @typedef {object} Effect
 * @property {string} kind
 * @property {Record<string, number|string|boolean|Keyframes|Drive>} props
 * @property {boolean} enabled
 */

/**
 * @typedef {object} Keyframe
 * @property {number} at
 * @property {number|string} value
 * @property {"linear"|"in"|"out"|"in-out"|"back"|"bounce"|"elastic"|"hold"} ease
 */

/**
 * @typedef {object} Keyframes
 * @property {"keys"} type
 * @property {ReadonlyArray<Keyframe>} keys
 */

/**
 * @typedef {object} Layer
 * @property {string} id
 * @property {string} kind
 * @property {string} name
 * @property {Record<string, number|string|boolean|Keyframes|Drive>} props
 * @property {ReadonlyArray<Effect>} effects
 * @property {boolean} visible
 * @property {boolean} locked
 * @property {number|null} start
 * @property {number|null} end
 * @property {Transition|null} enter
 * @property {Transition|null} leave
 */

/**
 * @typedef {object} Medium
 * @property {string} id
 * @property {"image"|"video"|"font"} kind
 * @property {string} name
 * @property {string} sha256
 * @property {""|"cover"|"logo"|"background"} role
 */

/**
 * @typedef {object} Project
 * @property {number} version
 * @property {string} name
 * @property {string} title
 * @property {string} artist
 * @property {Canvas} canvas
 * @property {ReadonlyArray<string>} palette
 * @property {ReadonlyArray<Layer>} layers
 * @property {ReadonlyArray<Effect>} effects
 * @property {ReadonlyArray<Medium>} media
 * @property {number} seed
 * @property {boolean} safeFlashes
 * @property {string} template
 */

/**
 * @typedef {object} Transition
 * @property {"none"|"fade"|"slide-up"|"slide-down"|"slide-left"|"slide-right"|"zoom"|"spin"|"wipe"} kind
 * @property {number} seconds
 * @property {"none"|"beat"|"bar"|"section"} snap
 */

/**
 * @typedef {object} ApplyTemplate
 * @property {"applyTemplate"} type
 * @property {string} template
 * @property {Project} project
 */

/**
 * @typedef {object} BoxAt
 * @property {string} layer
 * @property {number} x
 * @property {number} y
 * @property {number} width
 * @property {number} height
 * @property {number} scale
 * @property {number} rotation
 */

/**
 * @typedef {object} Boxes
 * @property {"boxes"} type
 * @property {ReadonlyArray<BoxAt>} boxes
 */

/**
 * @typedef {object} CodecWords
 * @property {"h264"|"hevc"|"av1"|"prores"|"vp9"} name
 * @property {string} ending
 * @property {ReadonlyArray<"aac"|"opus"|"flac"|"pcm"|"none">} sounds
 */

/**
 * @typedef {object} FeedSong
 * @property {"feedSong"} type
 */

/**
 * @typedef {object} FeedStems
 * @property {"feedStems"} type
 */

/**
 * @typedef {object} FilmFitted
 * @property {"filmFitted"} type
 * @property {RenderOptions} options
 * @property {number} seconds
 * @property {string} ending
 * @property {ReadonlyArray<string>} notes
 * @property {string} trouble
 */

/**
 * @typedef {object} FinishSong
 * @property {"finishSong"} type
 * @property {ReadonlyArray<Section>} [sections]
 */

/**
 * @typedef {object} FinishStems
 * @property {"finishStems"} type
 */

/**
 * @typedef {object} FitFilm
 * @property {"fitFilm"} type
 * @property {RenderOptions} options
 * @property {number} width
 * @property {number} height
 * @property {number} songSeconds
 * @property {string|null} [preset]
 */

/**
 * @typedef {object} FlashTime
 * @property {number} startSeconds
 * @property {number} endSeconds
 * @property {"general"|"red"} kind
 * @property {number} area
 * @property {number} flashes
 */

/**
 * @typedef {object} FlashesFound
 * @property {"flashesFound"} type
 * @property {number} frames
 * @property {number} startSeconds
 * @property {number} endSeconds
 * @property {ReadonlyArray<FlashTime>} times
 * @property {ReadonlyArray<HeldTime>} held
 * @property {boolean} shown
 */

/**
 * @typedef {object} GetBoxes
 * @property {"getBoxes"} type
 * @property {number} t
 */

/**
 * @typedef {object} GetPresets
 * @property {"getPresets"} type
 * @property {number} width
 * @property {number} height
 */

/**
 * @typedef {object} GetReadings
 * @property {"getReadings"} type
 * @property {string|null} layer
 * @property {number} t
 * @property {number|null} [effect]
 */

/**
 * @typedef {object} GetTables
 * @property {"getTables"} type
 */

/**
 * @typedef {object} HeldTime
 * @property {number} startSeconds
 * @property {number} endSeconds
 * @property {number} strength
 */

/**
 * @typedef {object} InputWords
 * @property {string} name
 * @property {string} label
 * @property {string} kind
 * @property {number|string|boolean|Keyframes|Drive} default
 * @property {number} low
 * @property {number} high
 * @property {number} step
 * @property {string} unit
 * @property {boolean} whole
 * @property {ReadonlyArray<string>} choices
 * @property {string} words
 * @property {string} group
 * @property {boolean} moves
 * @property {boolean} drives
 */

/**
 * @typedef {object} KindWords
 * @property {string} name
 * @property {string} label
 * @property {string} group
 * @property {string} words
 * @property {string} scope
 * @property {ReadonlyArray<InputWords>} inputs
 */

/**
 * @typedef {object} MakePalette
 * @property {"makePalette"} type
 * @property {string} media
 */

/**
 * @typedef {object} MarkSong
 * @property {"markSong"} type
 * @property {ReadonlyArray<Section>} [sections]
 */

/**
 * @typedef {object} NamedPalette
 * @property {string} name
 * @property {ReadonlyArray<string>} colors
 */

/**
 * @typedef {object} OpenSong
 * @property {"openSong"} type
 * @property {number} sampleRate
 * @property {number} channels
 * @property {number|null} [expectedSeconds]
 */

/**
 * @typedef {object} OpenStems
 * @property {"openStems"} type
 * @property {ReadonlyArray<string>} names
 * @property {number} sampleRate
 */

/**
 * @typedef {object} Palettes
 * @property {"palettes"} type
 * @property {ReadonlyArray<NamedPalette>} palettes
 */

/**
 * @typedef {object} PresetWords
 * @property {Preset} preset
 * @property {string} ratio
 * @property {boolean} suits
 */

/**
 * @typedef {object} Presets
 * @property {"presets"} type
 * @property {ReadonlyArray<PresetWords>} presets
 * @property {ReadonlyArray<CodecWords>} codecs
 */

/**
 * @typedef {object} ProjectShown
 * @property {"projectShown"} type
 * @property {Project} project
 */

/**
 * @typedef {object} ProjectTaken
 * @property {"projectTaken"} type
 */

/**
 * @typedef {object} ReadProject
 * @property {"readProject"} type
 * @property {string} text
 */

/**
 * @typedef {object} Reading
 * @property {string} name
 * @property {number|string} value
 * @property {number} share
 */

/**
 * @typedef {object} Readings
 * @property {"readings"} type
 * @property {ReadonlyArray<Reading>} readings
 */

/**
 * @typedef {object} Relayout
 * @property {"relayout"} type
 * @property {Project} project
 * @property {number} width
 * @property {number} height
 */

/**
 * @typedef {object} SetProject
 * @property {"setProject"} type
 * @property {Project} project
 */

/**
 * @typedef {object} SongFed
 * @property {"songFed"} type
 * @property {number} seconds
 */

/**
 * @typedef {object} SongReady
 * @property {"songReady"} type
 * @property {number} seconds
 * @property {ReadonlyArray<string>} [stems]
 */

/**
 * @typedef {object} Tables
 * @property {"tables"} type
 * @property {ReadonlyArray<KindWords>} layers
 * @property {ReadonlyArray<KindWords>} effects
 * @property {ReadonlyArray<TemplateWords>} templates
 * @property {ReadonlyArray<NamedPalette>} palettes
 * @property {ReadonlyArray<string>} features
 * @property {ReadonlyArray<string>} stemFeatures
 * @property {ReadonlyArray<string>} stems
 * @property {ReadonlyArray<string>} families
 * @property {ReadonlyArray<string>} easings
 * @property {ReadonlyArray<string>} comings
 */

/**
 * @typedef {object} TakeSong
 * @property {"takeSong"} type
 */

/**
 * @typedef {object} TemplateWords
 * @property {string} name
 * @property {string} label
 * @property {string} tags
 * @property {string} words
 * @property {ReadonlyArray<string>} palette
 */

/** @typedef {OpenTrack|FeedTrack|FinishTrack|DeepenTrack|CancelTrack|Retempo|TapTempo|Export|GetStatus|OpenSplit|FeedSplit|FinishSplit|CancelSplit} Request */

/** @typedef {Opened|Fed|Finished|Deepened|Cancelled|Edited|Tapped|TextFile|EngineStatus|SplitOpened|SplitBlock|SplitCancelled} Reply */

/** @typedef {OpenSong|FeedSong|FinishSong|TakeSong|MarkSong|OpenStems|FeedStems|FinishStems|GetTables|ReadProject|ApplyTemplate|Relayout|SetProject|GetBoxes|GetReadings|MakePalette|GetPresets|FitFilm} PreviewRequest */

/** @typedef {SongFed|SongReady|Tables|ProjectShown|ProjectTaken|Boxes|Readings|Palettes|Presets|FilmFitted|FlashesFound} PreviewReply */

export const ANALYSIS_VERSION = 2;

export const PEAKS_PER_SECOND = 300;

export const BANDS_PER_SECOND = 100;

export const CLEAR_CONFIDENCE = 0.3;

/** Tempi that may be asked for. */
export const LOWEST_BPM = 20;

export const HIGHEST_BPM = 400;

/** @type {ReadonlyArray<NamedTempoRange>} */
export const TEMPO_RANGES = Object.freeze([
  {"name":"50-100","group":"range","lowBpm":50,"highBpm":100},
  {"name":"60-120","group":"range","lowBpm":60,"highBpm":120},
  {"name":"70-140","group":"range","lowBpm":70,"highBpm":140},
  {"name":"80-160","group":"range","lowBpm":80,"highBpm":160},
  {"name":"90-180","group":"range","lowBpm":90,"highBpm":180},
  {"name":"100-200","group":"range","lowBpm":100,"highBpm":200},
  {"name":"Ambient, downtempo","group":"genre","lowBpm":60,"highBpm":100},
  {"name":"Hip-hop","group":"genre","lowBpm":70,"highBpm":110},
  {"name":"Reggae, dub","group":"genre","lowBpm":65,"highBpm":95},
  {"name":"Pop, disco","group":"genre","lowBpm":95,"highBpm":132},
  {"name":"House","group":"genre","lowBpm":115,"highBpm":130},
  {"name":"Techno","group":"genre","lowBpm":125,"highBpm":150},
  {"name":"Trance","group":"genre","lowBpm":128,"highBpm":145},
  {"name":"Dubstep","group":"genre","lowBpm":135,"highBpm":145},
  {"name":"Drum & bass","group":"genre","lowBpm":160,"highBpm":185},
  {"name":"Hardcore","group":"genre","lowBpm":155,"highBpm":200},
]);

/** Stems in words for people, and the stems that quick separation gives, in order.
 * @type {Readonly<Record<string, string>>} */
export const STEM_LABELS = Object.freeze({"vocals":"Vocals","drums":"Drums","bass":"Bass","other":"Other","guitar":"Guitar","piano":"Piano"});

/** @type {ReadonlyArray<string>} */
export const QUICK_STEMS = Object.freeze(["drums","bass","other","vocals"]);

/** @type {ReadonlyArray<Key>} */
export const KEYS = Object.freeze([
  {"tonic":0,"mode":"major","name":"C major","short":"C","symbol":"C major","camelot":"8B","openKey":"1d","wheel":0},
  {"tonic":1,"mode":"major","name":"Db major","short":"Db","symbol":"D♭ major","camelot":"3B","openKey":"8d","wheel":7},
  {"tonic":2,"mode":"major","name":"D major","short":"D","symbol":"D major","camelot":"10B","openKey":"3d","wheel":2},
  {"tonic":3,"mode":"major","name":"Eb major","short":"Eb","symbol":"E♭ major","camelot":"5B","openKey":"10d","wheel":9},
  {"tonic":4,"mode":"major","name":"E major","short":"E","symbol":"E major","camelot":"12B","openKey":"5d","wheel":4},
  {"tonic":5,"mode":"major","name":"F major","short":"F","symbol":"F major","camelot":"7B","openKey":"12d","wheel":11},
  {"tonic":6,"mode":"major","name":"F# major","short":"F#","symbol":"F♯ major","camelot":"2B","openKey":"7d","wheel":6},
  {"tonic":7,"mode":"major","name":"G major","short":"G","symbol":"G major","camelot":"9B","openKey":"2d","wheel":1},
  {"tonic":8,"mode":"major","name":"Ab major","short":"Ab","symbol":"A♭ major","camelot":"4B","openKey":"9d","wheel":8},
  {"tonic":9,"mode":"major","name":"A major","short":"A","symbol":"A major","camelot":"11B","openKey":"4d","wheel":3},
  {"tonic":10,"mode":"major","name":"Bb major","short":"Bb","symbol":"B♭ major","camelot":"6B","openKey":"11d","wheel":10},
  {"tonic":11,"mode":"major","name":"B major","short":"B","symbol":"B major","camelot":"1B","openKey":"6d","wheel":5},
  {"tonic":0,"mode":"minor","name":"C minor","short":"Cm","symbol":"C minor","camelot":"5A","openKey":"10m","wheel":9},
  {"tonic":1,"mode":"minor","name":"C# minor","short":"C#m","symbol":"C♯ minor","camelot":"12A","openKey":"5m","wheel":4},
  {"tonic":2,"mode":"minor","name":"D minor","short":"Dm","symbol":"D minor","camelot":"7A","openKey":"12m","wheel":11},
  {"tonic":3,"mode":"minor","name":"Eb minor","short":"Ebm","symbol":"E♭ minor","camelot":"2A","openKey":"7m","wheel":6},
  {"tonic":4,"mode":"minor","name":"E minor","short":"Em","symbol":"E minor","camelot":"9A","openKey":"2m","wheel":1},
  {"tonic":5,"mode":"minor","name":"F minor","short":"Fm","symbol":"F minor","camelot":"4A","openKey":"9m","wheel":8},
  {"tonic":6,"mode":"minor","name":"F# minor","short":"F#m","symbol":"F♯ minor","camelot":"11A","openKey":"4m","wheel":3},
  {"tonic":7,"mode":"minor","name":"G minor","short":"Gm","symbol":"G minor","camelot":"6A","openKey":"11m","wheel":10},
  {"tonic":8,"mode":"minor","name":"G# minor","short":"G#m","symbol":"G♯ minor","camelot":"1A","openKey":"6m","wheel":5},
  {"tonic":9,"mode":"minor","name":"A minor","short":"Am","symbol":"A minor","camelot":"8A","openKey":"1m","wheel":0},
  {"tonic":10,"mode":"minor","name":"Bb minor","short":"Bbm","symbol":"B♭ minor","camelot":"3A","openKey":"8m","wheel":7},
  {"tonic":11,"mode":"minor","name":"B minor","short":"Bm","symbol":"B minor","camelot":"10A","openKey":"3m","wheel":2},
]);

/** Names of the keys that mix with each key: itself, up, down, relative.
 * @type {Readonly<Record<string, ReadonlyArray<string>>>} */
export const COMPATIBLE = Object.freeze({
  "C major": ["C major","G major","F major","A minor"],
  "Db major": ["Db major","Ab major","F# major","Bb minor"],
  "D major": ["D major","A major","G major","B minor"],
  "Eb major": ["Eb major","Bb major","Ab major","C minor"],
  "E major": ["E major","B major","A major","C# minor"],
  "F major": ["F major","C major","Bb major","D minor"],
  "F# major": ["F# major","Db major","B major","Eb minor"],
  "G major": ["G major","D major","C major","E minor"],
  "Ab major": ["Ab major","Eb major","Db major","F minor"],
  "A major": ["A major","E major","D major","F# minor"],
  "Bb major": ["Bb major","F major","Eb major","G minor"],
  "B major": ["B major","F# major","E major","G# minor"],
  "C minor": ["C minor","G minor","F minor","Eb major"],
  "C# minor": ["C# minor","G# minor","F# minor","E major"],
  "D minor": ["D minor","A minor","G minor","F major"],
  "Eb minor": ["Eb minor","Bb minor","G# minor","F# major"],
  "E minor": ["E minor","B minor","A minor","G major"],
  "F minor": ["F minor","C minor","Bb minor","Ab major"],
  "F# minor": ["F# minor","C# minor","B minor","A major"],
  "G minor": ["G minor","D minor","C minor","Bb major"],
  "G# minor": ["G# minor","Eb minor","C# minor","B major"],
  "A minor": ["A minor","E minor","D minor","C major"],
  "Bb minor": ["Bb minor","F minor","Eb minor","Db major"],
  "B minor": ["B minor","F# minor","E minor","D major"],
});

/** Each key's own chord as frequency ratios to A4: multiply by the tuning in Hz.
 * @type {Readonly<Record<string, ReadonlyArray<number>>>} */
export const TRIADS = Object.freeze({
  "C major": [0.297301779, 0.594603558, 0.749153538, 0.890898718],
  "Db major": [0.314980262, 0.629960525, 0.793700526, 0.943874313],
  "D major": [0.333709964, 0.667419927, 0.840896415, 1.0],
  "Eb major": [0.353553391, 0.707106781, 0.890898718, 1.059463094],
  "E major": [0.374576769, 0.749153538, 0.943874313, 1.122462048],
  "F major": [0.396850263, 0.793700526, 1.0, 1.189207115],
  "F# major": [0.210224104, 0.420448208, 0.529731547, 0.629960525],
  "G major": [0.22272468, 0.445449359, 0.561231024, 0.667419927],
  "Ab major": [0.235968578, 0.471937156, 0.594603558, 0.707106781],
  "A major": [0.25, 0.5, 0.629960525, 0.749153538],
  "Bb major": [0.264865774, 0.529731547, 0.667419927, 0.793700526],
  "B major": [0.280615512, 0.561231024, 0.707106781, 0.840896415],
  "C minor": [0.297301779, 0.594603558, 0.707106781, 0.890898718],
  "C# minor": [0.314980262, 0.629960525, 0.749153538, 0.943874313],
  "D minor": [0.333709964, 0.667419927, 0.793700526, 1.0],
  "Eb minor": [0.353553391, 0.707106781, 0.840896415, 1.059463094],
  "E minor": [0.374576769, 0.749153538, 0.890898718, 1.122462048],
  "F minor": [0.396850263, 0.793700526, 0.943874313, 1.189207115],
  "F# minor": [0.210224104, 0.420448208, 0.5, 0.629960525],
  "G minor": [0.22272468, 0.445449359, 0.529731547, 0.667419927],
  "G# minor": [0.235968578, 0.471937156, 0.561231024, 0.707106781],
  "A minor": [0.25, 0.5, 0.594603558, 0.749153538],
  "Bb minor": [0.264865774, 0.529731547, 0.629960525, 0.793700526],
  "B minor": [0.280615512, 0.561231024, 0.667419927, 0.840896415],
});
