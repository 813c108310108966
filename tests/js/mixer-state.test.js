import assert from "node:assert/strict";
import { test } from "node:test";
import { audibleLanes, dbToGain, laneMatrices, pairMatrices, panMatrix } from "../../web/js/mixer-gains.js";
import { METER_REST_DB, fileText, gainText, meterDb, meterShare, panText, spokenPan } from "../../web/js/mixer-scale.js";
import { allBut, change, freshState, isUntouched, resetLanes, setLane, setLoop, setSpeed, toggleMute, toggleSolo } from "../../web/js/mixer-state.js";

/** @param {import("../../web/js/mixer-types.js").MixerState} state */
const heard = (state) => audibleLanes(state.lanes).map(Number).join("");

test("a mute silences its lane, a solo all that are not soloed", () => {
  const fresh = freshState(4);
  assert.equal(heard(fresh), "1111");
  assert.equal(heard(toggleMute(fresh, 1)), "1011");
  const two = toggleSolo(toggleSolo(fresh, 0), 2);
  assert.equal(heard(two), "1010");
  assert.equal(heard(toggleSolo(two, 0)), "0010");
  assert.equal(heard(toggleSolo(two, 3, { alone: true })), "0001");
  assert.equal(heard(toggleSolo(toggleSolo(fresh, 0), 0)), "1111");
});

test("no lane is muted and soloed: the last press wins", () => {
  const muted = toggleMute(freshState(2), 0);
  assert.deepEqual(toggleSolo(muted, 0).lanes[0], { gainDb: 0, pan: 0, muted: false, soloed: true });
  assert.deepEqual(toggleMute(toggleSolo(muted, 0), 0).lanes[0], { gainDb: 0, pan: 0, muted: true, soloed: false });
});

test("settings are frozen, kept in their range, and a turned knob ends the original", () => {
  const state = change(freshState(2), { original: true });
  const next = setLane(state, 1, { gainDb: 40, pan: -3 });
  assert.deepEqual(next.lanes[1], { gainDb: 6, pan: -1, muted: false, soloed: false });
  assert.equal(next.original, false);
  assert.equal(state.original, true);
  assert.ok(Object.isFrozen(next) && Object.isFrozen(next.lanes) && Object.isFrozen(next.lanes[1]));
  assert.equal(setLane(state, 7, { muted: true }), state);
  assert.ok(isUntouched(resetLanes(next)));
  assert.ok(!isUntouched(next));
});

test("all but one keeps what else was heard, at the faders that are set", () => {
  const quiet = setLane(toggleMute(freshState(4), 2), 3, { gainDb: -6 });
  const without = allBut(quiet, 0);
  assert.equal(heard(without), "0101");
  assert.equal(without.lanes[3]?.gainDb, -6);
  assert.equal(heard(allBut(toggleSolo(freshState(4), 1), 0)), "0111");
});

test("a loop has its ends in order, inside the song and never shorter than a tenth of a second", () => {
  const state = freshState(1);
  assert.deepEqual(setLoop(state, { startSeconds: 7, endSeconds: 3 }, 10).loop, { startSeconds: 3, endSeconds: 7 });
  assert.deepEqual(setLoop(state, { startSeconds: -2, endSeconds: 30 }, 10).loop, { startSeconds: 0, endSeconds: 10 });
  assert.deepEqual(setLoop(state, { startSeconds: 10, endSeconds: 10 }, 10).loop, { startSeconds: 9.9, endSeconds: 10 });
  assert.equal(setLoop(state, { startSeconds: 1, endSeconds: 2 }, 10).looping, true);
  const off = setLoop(setLoop(state, { startSeconds: 1, endSeconds: 2 }, 10), null, 10);
  assert.deepEqual([off.loop, off.looping], [null, false]);
});

test("the speed steps in hundredths between half and 1.2, and meets 1 exactly", () => {
  assert.equal(setSpeed(freshState(1), 0.1 + 0.2 + 0.7).speed, 1);
  assert.equal(setSpeed(freshState(1), 0.2).speed, 0.5);
  assert.equal(setSpeed(freshState(1), 3).speed, 1.2);
});

test("the pan law is the Web Audio API's: nothing changes in the middle, power stays at the ends", () => {
  assert.deepEqual(panMatrix(0), [1, 0, 0, 1]);
  const left = panMatrix(-1);
  assert.ok(Math.abs(left[0] - 1) < 1e-12 && Math.abs(left[1] - 1) < 1e-12 && Math.abs(left[3]) < 1e-12, "right has moved to the left");
  const [a, , c, d] = panMatrix(0.5);
  // StereoPannerNode, pan 0.5: left keeps cos 45 degrees, sin 45 degrees of it goes over.
  assert.ok(Math.abs(a - Math.SQRT1_2) < 1e-12 && Math.abs(c - Math.SQRT1_2) < 1e-12 && d === 1);
  assert.ok(Math.abs(a ** 2 + c ** 2 - 1) < 1e-12);
});

test("gains are decibels, and the fader's bottom is silence", () => {
  assert.equal(dbToGain(0), 1);
  assert.ok(Math.abs(dbToGain(6) - 1.99526) < 1e-5);
  assert.equal(dbToGain(-48), 0);
  const [first, second] = laneMatrices([
    { gainDb: -6, pan: 0, muted: false, soloed: false }, { gainDb: 0, pan: 0, muted: true, soloed: false },
  ]);
  assert.ok(Math.abs((first?.[0] ?? 0) - 0.501187) < 1e-6);
  assert.deepEqual(second, [0, 0, 0, 0]);
});

test("the original is the file where there is one, else the stems as they came", () => {
  const state = change(setLane(toggleMute(freshState(2), 0), 1, { gainDb: -6 }), { original: true });
  assert.deepEqual(pairMatrices(state, false), [[1, 0, 0, 1], [1, 0, 0, 1]]);
  assert.deepEqual(pairMatrices(state, true), [[0, 0, 0, 0], [0, 0, 0, 0], [1, 0, 0, 1]]);
  assert.deepEqual(pairMatrices(change(state, { original: false }), true)[2], [0, 0, 0, 0]);
});

test("meters have the scale of IEC 60268-18 and fall 20 dB in 1.7 s", () => {
  for (const [db, share] of [[0, 1], [6, 1], [-20, 0.5], [-30, 0.3], [-40, 0.15], [-50, 0.075], [-60, 0.025], [-80, 0]])
    assert.ok(Math.abs(meterShare(/** @type {number} */ (db)) - /** @type {number} */ (share)) < 1e-9, String(db));
  assert.equal(meterDb(-70, 1, 0.01), 0);
  assert.ok(Math.abs(meterDb(0, 0, 1.7) + 20) < 1e-9);
  assert.ok(Math.abs(meterDb(0, 0.5, 0.85) + 6.0206) < 1e-4, "louder than what has fallen");
  assert.equal(meterDb(-65, 0, 5), METER_REST_DB);
});

test("numbers in words", () => {
  assert.deepEqual([-48, -3, 0, 4.5].map(gainText), ["−∞ dB", "−3.0 dB", "0.0 dB", "+4.5 dB"]);
  assert.deepEqual([-0.3, 0, 1].map(panText), ["L 30", "C", "R 100"]);
  assert.deepEqual([-0.3, 0].map(spokenPan), ["30 % left", "Centre"]);
  assert.equal(fileText(" ..AC/DC: “T.N.T.” <live>\n"), "AC DC “T.N.T.” live");
  assert.equal(fileText("///"), "Untitled");
});
