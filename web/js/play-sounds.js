/**
 * Sounds the player makes itself: the grid's clicks and the chord to check a key by.
 */

const CLICK_SECONDS = 0.03;
const CLICK_HZ = { beat: 1000, downbeat: 1600 };
const CLICK_LEVEL = 0.6;

/**
 * One click: a sine that starts at once and dies away, so that its onset is the beat.
 * @param {number} sampleRate
 * @param {boolean} downbeat
 * @returns {Float32Array<ArrayBuffer>}
 */
export function clickSamples(sampleRate, downbeat) {
  const hz = downbeat ? CLICK_HZ.downbeat : CLICK_HZ.beat;
  const samples = new Float32Array(Math.round(sampleRate * CLICK_SECONDS));
  for (let i = 0; i < samples.length; i++) {
    const seconds = i / sampleRate;
    // e^-5 at the end: 43 dB down, and the last tenth fades to nothing.
    const fade = Math.min(1, (samples.length - i) / (samples.length * 0.1));
    samples[i] = CLICK_LEVEL * fade * Math.exp((-5 * seconds) / CLICK_SECONDS) * Math.sin(2 * Math.PI * hz * seconds);
  }
  return samples;
}

/** Amplitudes of a chord's partials, fundamental first: a soft organ. */
const PARTIALS = [1, 0.35, 0.18, 0.08];
const CHORD_LEVEL = 0.35;
const ATTACK_SECONDS = 0.03;
const RELEASE_SECONDS = 0.35;

/**
 * Play notes together.
 * @param {BaseAudioContext} context
 * @param {AudioNode} target
 * @param {readonly number[]} frequencies hertz
 * @param {number} seconds
 * @returns {() => void} ends it early, softly
 */
export function startChord(context, target, frequencies, seconds) {
  const now = context.currentTime;
  const envelope = new GainNode(context, { gain: 0 });
  envelope.gain.setValueAtTime(0, now);
  envelope.gain.linearRampToValueAtTime(CHORD_LEVEL / Math.max(1, Math.sqrt(frequencies.length)), now + ATTACK_SECONDS);
  envelope.gain.setTargetAtTime(0, now + Math.max(ATTACK_SECONDS, seconds - RELEASE_SECONDS), RELEASE_SECONDS / 4);
  envelope.connect(target);
  const wave = context.createPeriodicWave([0, ...PARTIALS.map(() => 0)], [0, ...PARTIALS]);
  const notes = frequencies.map((frequency) => new OscillatorNode(context, { frequency, periodicWave: wave }));
  for (const note of notes) {
    note.connect(envelope);
    note.start(now);
    note.stop(now + seconds);
  }
  if (notes[0]) notes[0].onended = () => envelope.disconnect();
  return () => {
    envelope.gain.cancelScheduledValues(context.currentTime);
    envelope.gain.setTargetAtTime(0, context.currentTime, 0.02);
    for (const note of notes) note.stop(context.currentTime + 0.1);
  };
}
