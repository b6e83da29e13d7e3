// What the pages draw of a face: its likeliest classes, and a bar for each class of the model.
const d3 = window.d3, root = document.documentElement, percent = d3.format(".0%");
const classes = JSON.parse(document.body.dataset.classes);
export const EMOJI = Object.fromEntries(classes.map(({name, emoji}) => [name, emoji]));
export const COLOURS = Object.fromEntries(classes.map(({name}, i) => [name, `var(--class-${i})`]));
export const colourOf = (name) => getComputedStyle(root).getPropertyValue(COLOURS[name].slice(4, -1));

const calm = matchMedia("(prefers-reduced-motion: reduce)"), dark = matchMedia("(prefers-color-scheme: dark)");
function setColours() {
  // The model's own, but not too pale for a white page and not too dim for a dark one.
  classes.forEach(({colour}, i) => {
    const shade = d3.lab(colour);
    shade.l = dark.matches ? Math.max(shade.l, 60) : Math.min(shade.l, 75);
    root.style.setProperty(`--class-${i}`, shade.formatHex());
  });
}
dark.addEventListener("change", setColours);
setColours();

export function showTop(list, top) {
  const lines = d3.select(list).selectAll("li").data(top).join((fresh) => {
    const line = fresh.append("li");
    for (const kind of ["emoji", "name", "score text-body-secondary"]) line.append("span").attr("class", kind);
    return line;
  });
  lines.select(".emoji").attr("aria-hidden", "true").text((one) => one.emoji);
  lines.select(".name").text((one) => one.name);
  lines.select(".score").text((one) => percent(one.score));
}

export function showBars(place, scores, speed = 400) {
  const names = Object.keys(scores), row = 30, right = 44, width = 400;
  let svg = d3.select(place).select("svg");
  if (svg.empty()) {
    svg = d3.select(place).append("svg").attr("viewBox", `0 0 ${width} ${row * names.length}`).attr("role", "img");
    const line = svg.selectAll("g").data(names).join("g").attr("transform", (_, i) => `translate(0,${i * row})`);
    const text = line.append("text").attr("y", row / 2).attr("dy", ".35em").attr("text-anchor", "end").text((name) => name);
    const left = 10 + d3.max(text.nodes(), (one) => one.getComputedTextLength());
    text.attr("x", left - 8);
    svg.attr("data-left", left);
    line.append("rect").attr("x", left).attr("y", 4).attr("height", row - 8).attr("rx", 4).attr("width", 0).attr("fill", (name) => COLOURS[name]);
    line.append("text").attr("class", "value").attr("y", row / 2).attr("dy", ".35em").attr("x", left + 6);
  }
  const left = Number(svg.attr("data-left")), x = d3.scaleLinear([0, 1], [left, width - right]);
  const said = names.map((name) => `${name} ${percent(scores[name])}`).join(", ");
  svg.attr("aria-label", `EmoScores: ${said}`);
  const change = svg.transition().duration(calm.matches ? 0 : speed);
  change.selectAll("rect").attr("width", (name) => x(scores[name]) - left);
  change.selectAll(".value").attr("x", (name) => x(scores[name]) + 6);
  svg.selectAll(".value").text((name) => percent(scores[name]));
}

// Black on light colours, white on dark ones: whichever has more contrast.
export const inkOn = (colour) => (d3.lab(colour).l > 49.4 ? "#000" : "#fff");

export function frame(pen, box, left, size, colour, text, emoji, line) {
  // Draw a face's box on a canvas, and name it; the emoji has a font of its own.
  const font = (family) => (pen.font = `600 ${size}px ${family}`), indent = size * (emoji ? 1.5 : 0.25);
  pen.strokeStyle = pen.fillStyle = colour;
  pen.lineWidth = line;
  pen.strokeRect(left, box.top, box.width, box.height);
  font("sans-serif");
  const width = pen.measureText(text).width + indent + size / 2, room = pen.canvas.width / pen.getTransform().a;
  const top = box.top > 1.5 * size ? box.top - 1.4 * size : box.top + box.height;
  left = Math.max(0, Math.min(left, room - width));
  pen.fillRect(left, top, width, 1.4 * size);
  pen.fillStyle = inkOn(colour);
  pen.fillText(text, left + indent, top + 1.05 * size);
  font('"Apple Color Emoji", "Segoe UI Emoji", "Noto Color Emoji", sans-serif');
  pen.fillText(emoji, left + size / 5, top + 1.05 * size);
}

export async function read(picture) {
  // Send a picture; give its faces, or throw an error whose message can be shown.
  let answer;
  const most = Number(document.body.dataset.most);
  if (picture.size > most) throw new Error(`The picture is larger than ${most / 2 ** 20} MB.`);
  try {
    answer = await fetch("/api/v1/predict", {method: "POST", body: picture, headers: {"Content-Type": "application/octet-stream"}});
  } catch {
    throw new Error("The server does not answer. Is it still running?");
  }
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) {
    const error = new Error(said.error ? said.error.message : `The server answered ${answer.status}.`);
    error.again = Number(answer.headers.get("Retry-After")) || 0;
    throw error;
  }
  return said;
}
