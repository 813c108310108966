/** Stands in for player.js: states without sound; `globalThis.fakePlayer` keeps chords and seeks. */
class FakePlayer extends EventTarget {
  state = { trackId: null, status: "empty", durationSeconds: 0, error: null };
  chords = [];
  clicks = null;
  volume = null;
  #seconds = 0;

  #set(patch) {
    this.state = { ...this.state, ...patch };
    this.dispatchEvent(new Event("change"));
  }

  async load(trackId, _blob, { autoplay = false } = {}) {
    this.#seconds = 0;
    this.#set({ trackId, status: autoplay ? "playing" : "paused", durationSeconds: 60 });
  }

  play() { this.#set({ status: "playing" }); }
  pause() { this.#set({ status: "paused" }); }
  toggle() { this.#set({ status: this.state.status === "playing" ? "paused" : "playing" }); }
  seek(seconds) { this.#seconds = seconds; this.#set({}); }
  position() { return this.#seconds; }
  setVolume(volume) { this.volume = volume; }
  setClicks(clicks) { this.clicks = clicks; }
  playChord(frequencies) { this.chords.push([...frequencies]); }
}

export function createPlayer() {
  globalThis.fakePlayer = new FakePlayer();
  return globalThis.fakePlayer;
}
