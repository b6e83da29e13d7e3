import {COLOURS, colourOf, frame, inkOn, read, showBars, showTop} from "./charts.js";

const at = (id) => document.getElementById(id);
const [form, file, state, stage, picture, boxes, result] = ["form", "file", "state", "stage", "picture", "boxes", "result"].map(at);
let seen = null, chosen = 0, name = "picture", turn = 0;

function say(text, kind = "secondary") {
  state.className = `alert alert-${kind}`;
  state.textContent = text;
}

async function take(blob, called) {
  const mine = ++turn;
  name = called.replace(/\.[^.]*$/, "") || "picture";
  say("Reading …");
  result.hidden = true;
  boxes.replaceChildren();
  try {
    const answer = await read(blob);
    if (mine !== turn) return; // another picture came meanwhile
    URL.revokeObjectURL(picture.src);
    picture.src = URL.createObjectURL(blob);
    await picture.decode().catch(() => {});
    if (mine !== turn) return;
    seen = answer;
    stage.hidden = at("save-picture").hidden = picture.naturalWidth === 0; // the server reads more formats
    show();
  } catch (error) {
    if (mine !== turn) return;
    stage.hidden = true;
    say(error.message, "warning");
  }
}

function show() {
  const faces = seen.faces;
  boxes.replaceChildren();
  if (!faces.length) return say("No face found. A face seen from the front, in good light, works best.", "info");
  faces.forEach((face, number) => boxes.append(button(face, number)));
  choose(0);
}

function button(face, number) {
  const button = document.createElement("button"), {box, top} = face, label = document.createElement("span"), emoji = document.createElement("b");
  button.type = "button";
  button.className = "box";
  button.classList.toggle("high", box.top < 0.12 * seen.height);
  button.classList.toggle("right", box.left + box.width / 2 > seen.width / 2);
  Object.assign(button.style, {
    left: `${100 * box.left / seen.width}%`, top: `${100 * box.top / seen.height}%`,
    width: `${100 * box.width / seen.width}%`, height: `${100 * box.height / seen.height}%`,
  });
  button.style.setProperty("--of", COLOURS[top[0].name]);
  button.style.setProperty("--ink", inkOn(colourOf(top[0].name)));
  emoji.className = "emoji";
  emoji.textContent = top[0].emoji;
  label.append(emoji, ` ${top[0].name}`);
  button.append(label);
  button.setAttribute("aria-label", `Face ${number + 1}: ${top[0].name}, ${Math.round(100 * top[0].score)} %`);
  button.addEventListener("click", () => choose(number));
  return button;
}

function choose(number) {
  chosen = number;
  const face = seen.faces[number], several = seen.faces.length > 1;
  [...boxes.children].forEach((button, i) => button.setAttribute("aria-pressed", i === number));
  result.hidden = false;
  showTop(at("top"), face.top);
  showBars(at("chart"), face.scores);
  const first = `${face.top[0].name}, ${Math.round(100 * face.top[0].score)} %`;
  say(several ? `${seen.faces.length} faces found; face ${number + 1}: ${first}. Choose another by its box.` : `One face found: ${first}.`, "success");
}

function save(blob, ending) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `${name}${ending}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

at("save-scores").addEventListener("click", () =>
  save(new Blob([JSON.stringify(seen, null, 1)], {type: "application/json"}), "-scores.json"));

at("save-picture").addEventListener("click", () => {
  const canvas = document.createElement("canvas"), pen = canvas.getContext("2d");
  const shrunk = Math.min(1, 4000 / Math.max(seen.width, seen.height)); // phones draw no larger ones
  [canvas.width, canvas.height] = [seen.width * shrunk, seen.height * shrunk];
  pen.scale(shrunk, shrunk);
  pen.drawImage(picture, 0, 0, seen.width, seen.height);
  const size = Math.max(14, seen.width / 40);
  for (const {box, top: [first]} of seen.faces)
    frame(pen, box, box.left, size, colourOf(first.name), `${first.name} ${Math.round(100 * first.score)} %`, first.emoji, Math.max(2, seen.width / 240));
  canvas.toBlob((blob) => (blob ? save(blob, "-read.png") : say("Your browser could not draw the picture.", "warning")), "image/png");
});

file.addEventListener("change", () => {
  const one = file.files[0];
  if (one) take(one, one.name);
  file.value = ""; // so that the same one can be chosen again
});
form.addEventListener("submit", (event) => event.preventDefault());
for (const button of document.querySelectorAll(".sample"))
  button.addEventListener("click", async () => {
    const mine = ++turn, answer = await fetch(button.dataset.url).catch(() => null);
    if (mine !== turn) return;
    if (answer?.ok) take(await answer.blob(), "rendered.png");
    else say("The server does not answer. Is it still running?", "warning");
  });
document.addEventListener("paste", (event) => {
  const pasted = [...event.clipboardData.files].find((one) => one.type.startsWith("image/"));
  if (pasted) take(pasted, pasted.name || "pasted.png");
});
for (const event of ["dragover", "dragleave", "drop"])
  document.addEventListener(event, (happened) => {
    happened.preventDefault();
    form.classList.toggle("over", event === "dragover");
    const dropped = event === "drop" && happened.dataTransfer.files[0];
    if (dropped) take(dropped, dropped.name);
  });
