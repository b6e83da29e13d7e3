import {COLOURS, EMOJI, colourOf, frame, read, showBars, showTop} from "./charts.js";

const d3 = window.d3, MINUTE = 60000;
const at = (id) => document.getElementById(id);
const [state, stage, video, overlay, result, speed] = ["state", "stage", "video", "overlay", "result", "speed"].map(at);
const REASONS = {
  NotAllowedError: "The camera was refused. Allow it for this page in your browser, then start again.",
  NotFoundError: "There is no camera here. Connect one, or upload a picture instead.",
  NotReadableError: "The camera is in use by another program. Close that one, then start again.",
};
const UNTOLD = {text: "", when: 0};
let stream = null, known = [], past = [], rounds = [], told = UNTOLD;

function say(text, kind = "secondary") {
  if (state.textContent !== text) state.textContent = text;
  state.className = `alert alert-${kind}`;
}

async function start() {
  if (!navigator.mediaDevices)
    return say("Browsers give the camera only to pages of this machine or to https: open the address with 127.0.0.1.", "warning");
  say("Waiting for the camera …");
  at("switch").disabled = true; // a second click would open a second camera
  try {
    stream = await navigator.mediaDevices.getUserMedia({video: {width: {ideal: 640}, height: {ideal: 480}, facingMode: "user"}, audio: false});
    stream.getVideoTracks()[0].addEventListener("ended", () => stop("The camera went away."));
    video.srcObject = stream;
    await video.play();
  } catch (error) {
    return stop(REASONS[error.name] || `The camera cannot be used: ${error.message}`, "warning");
  } finally {
    at("switch").disabled = false;
  }
  if (!stream) return; // it went away meanwhile
  stage.hidden = false;
  [known, past, rounds, told] = [[], [], [], UNTOLD];
  at("switch").textContent = "Stop the camera";
  say("Looking …");
  loop(stream);
}

function stop(why = "The camera is off.", kind) {
  if (stream) stream.getTracks().forEach((track) => track.stop()); // its light goes out
  stream = video.srcObject = null;
  stage.hidden = result.hidden = true;
  speed.textContent = "";
  at("switch").textContent = "Start the camera";
  say(why, kind);
}

const pause = (time) => new Promise((resolve) => setTimeout(resolve, time));
const shown = () => new Promise((resolve) => document.addEventListener("visibilitychange", resolve, {once: true}));

async function loop(mine) {
  // One picture at a time, at a steady pace from start to start.
  let next = performance.now();
  while (stream === mine) {
    if (document.hidden) { await shown(); continue; }
    const begun = performance.now();
    next = Math.max(begun, next + 1000 / Number(at("pace").value));
    try {
      const picture = await still();
      const answer = await read(picture);
      if (stream !== mine) return;
      take(answer, performance.now(), performance.now() - begun);
    } catch (error) {
      if (stream !== mine) return;
      say(error.message, "warning");
      told = UNTOLD;
      next = Math.max(next, performance.now() + 1000 * (error.again || 1));
    }
    await pause(Math.max(0, next - performance.now()));
  }
}

const canvas = document.createElement("canvas");
function still() {
  [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
  canvas.getContext("2d").drawImage(video, 0, 0);
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("The camera gives no picture."))), "image/jpeg", 0.85));
}

function take(answer, now, latency) {
  known = answer.faces.map((face) => settle(face, now));
  draw(answer);
  rounds = [...rounds.filter((one) => now - one < 3000), now];
  const pace = rounds.length > 1 ? 1000 * (rounds.length - 1) / (now - rounds[0]) : 0;
  speed.textContent = `${pace.toFixed(1)} pictures a second, ${Math.round(latency)} ms each, of which ${Math.round(answer.milliseconds)} ms reading`;
  result.hidden = !known.length;
  past = past.filter((one) => now - one.now < MINUTE);
  if (!known.length) return announce("No face in sight.", now);
  const face = known[0];
  past.push({now, scores: face.scores});
  showTop(at("top"), face.top);
  showBars(at("chart"), face.scores, 90);
  drawTimeline(now);
  announce(`${known.length === 1 ? "One face" : `${known.length} faces, the largest`}: ${face.top[0].name}.`, now);
}

function announce(text, now) {
  // Screen readers hear a change, not every picture.
  if (text === told.text || now - told.when < 1500) return;
  told = {text, when: now};
  say(text, known.length ? "success" : "info");
}

function settle(face, now) {
  // The same face as before is the one whose middle is nearest; its scores move over a second.
  const middle = (box) => [box.left + box.width / 2, box.top + box.height / 2], [x, y] = middle(face.box);
  const far = (old) => Math.hypot(middle(old.box)[0] - x, middle(old.box)[1] - y);
  const old = at("smooth").checked && known.filter((one) => far(one) < face.box.width / 2).sort((a, b) => far(a) - far(b))[0];
  if (!old) return {...face, now};
  const share = 1 - Math.exp((old.now - now) / 1000);
  const scores = Object.fromEntries(Object.entries(face.scores).map(([name, score]) => [name, old.scores[name] + share * (score - old.scores[name])]));
  const top = Object.entries(scores).sort((a, b) => b[1] - a[1]).slice(0, 3).map(([name, score]) => ({name, emoji: EMOJI[name], score}));
  return {box: steady(old.box, face.box), scores, top, now};
}

function steady(before, after) {
  // A box follows a still face slowly, so that it does not tremble, and one that moves at once.
  const sides = ["left", "top", "width", "height"];
  const moved = Math.max(...sides.map((side) => Math.abs(after[side] - before[side]))) / after.width;
  const share = Math.min(1, 0.3 + (moved / 0.1) ** 2);
  return {...after, ...Object.fromEntries(sides.map((side) => [side, before[side] + share * (after[side] - before[side])]))};
}

function draw(answer) {
  [overlay.width, overlay.height] = [answer.width, answer.height];
  const pen = overlay.getContext("2d"), size = Math.max(14, answer.width / 28);
  for (const {box, top: [first]} of known) // as in a mirror
    frame(pen, box, answer.width - box.left - box.width, size, colourOf(first.name), first.name, first.emoji, 3);
}

function drawTimeline(now) {
  const width = 400, height = 130, bottom = 20, left = 34, right = 16;
  const x = d3.scaleLinear([now - MINUTE, now], [left, width - right]), y = d3.scaleLinear([0, 1], [height - bottom, 6]);
  let svg = d3.select("#timeline").select("svg");
  if (svg.empty()) {
    svg = d3.select("#timeline").append("svg").attr("viewBox", `0 0 ${width} ${height}`).attr("role", "img");
    svg.attr("aria-label", "Lines of the scores over the last minute");
    svg.append("g").attr("class", "axis").attr("transform", `translate(${left},0)`).call(d3.axisLeft(y).ticks(3, ".0%").tickSize(3));
    const seconds = d3.scaleLinear([-60, 0], [left, width - right]);
    svg.append("g").attr("class", "axis").attr("transform", `translate(0,${height - bottom})`).call(d3.axisBottom(seconds).ticks(6).tickFormat((s) => (s ? `${s} s` : "now")).tickSize(3));
  }
  const names = Object.keys(known[0].scores);
  svg.selectAll("path.score").data(names).join("path").attr("class", "score").attr("fill", "none").attr("stroke-width", 2)
    .attr("stroke", (name) => COLOURS[name])
    .attr("d", (name) => d3.line().x((one) => x(one.now)).y((one) => y(one.scores[name]))(past));
}

at("switch").addEventListener("click", () => (stream ? stop() : start()));
addEventListener("pagehide", () => stream && stop());
