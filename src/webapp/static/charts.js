// What both pages draw of a face: the likeliest three, and a bar for each expression.
const d3 = window.d3;
export const COLOURS = Object.fromEntries(
  ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"].map((name) => [name, `var(--${name})`]));
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const percent = d3.format(".0%");

export function join(parent, tag, data) {
  // One element for each value: what the d3 that comes with mpld3 calls by three names.
  const old = parent.selectAll(tag.includes(".") ? `.${tag.split(".")[1]}` : tag).data(data);
  old.exit().remove();
  const [name, kind] = tag.split(".");
  const fresh = old.enter().append(name);
  if (kind) fresh.attr("class", kind);
  return fresh.merge(old);
}

export const scale = (domain, range) => d3.scaleLinear().domain(domain).range(range);

export function showTop(list, top) {
  join(d3.select(list), "li", top).each(function (one) {
    const line = d3.select(this);
    if (line.select("span").empty())
      for (const kind of ["emoji", "name", "score text-body-secondary"]) line.append("span").attr("class", kind);
    line.select(".emoji").attr("aria-hidden", "true").text(one.emoji);
    line.select(".name").text(one.name);
    line.select(".score").text(percent(one.score));
  });
}

export function showBars(place, scores, speed = 400) {
  const names = Object.keys(scores), row = 30, left = 74, right = 44, width = 400;
  const x = scale([0, 1], [left, width - right]);
  let svg = d3.select(place).select("svg");
  if (svg.empty()) {
    svg = d3.select(place).append("svg").attr("viewBox", `0 0 ${width} ${row * names.length}`).attr("role", "img");
    const line = join(svg, "g", names).attr("transform", (_, i) => `translate(0,${i * row})`);
    line.append("text").attr("x", left - 8).attr("y", row / 2).attr("dy", ".35em").attr("text-anchor", "end").text((name) => name);
    line.append("rect").attr("x", left).attr("y", 4).attr("height", row - 8).attr("rx", 4).attr("width", 0).attr("fill", (name) => COLOURS[name]);
    line.append("text").attr("class", "value").attr("y", row / 2).attr("dy", ".35em").attr("x", left + 6);
  }
  const said = names.map((name) => `${name} ${percent(scores[name])}`).join(", ");
  svg.attr("aria-label", `EmoScores: ${said}`);
  const change = svg.transition().duration(calm.matches ? 0 : speed);
  change.selectAll("rect").attr("width", (name) => x(scores[name]) - left);
  change.selectAll(".value").attr("x", (name) => x(scores[name]) + 6);
  svg.selectAll(".value").text((name) => percent(scores[name]));
}

// Black on light colours, white on dark ones: whichever has more contrast.
export const inkOn = (colour) => (d3.lab(colour).l > 49.4 ? "#000" : "#fff");

export function label(pen, text, emoji, {left, top}, size, colour) {
  // Name a face on a canvas; the emoji has a font of its own.
  const width = size * 1.5, font = (family) => (pen.font = `600 ${size}px ${family}`);
  font("sans-serif");
  pen.fillStyle = colour;
  pen.fillRect(left, top, pen.measureText(text).width + width + size / 2, 1.4 * size);
  pen.fillStyle = inkOn(colour);
  pen.fillText(text, left + width, top + 1.05 * size);
  font('"Apple Color Emoji", "Segoe UI Emoji", "Noto Color Emoji", sans-serif');
  pen.fillText(emoji, left + size / 5, top + 1.05 * size);
}

export const frame = (pen, box, left, size, colour, text, emoji, line) => {
  pen.strokeStyle = colour;
  pen.lineWidth = line;
  pen.strokeRect(left, box.top, box.width, box.height);
  const top = box.top > 1.5 * size ? box.top - 1.4 * size : box.top + box.height;
  label(pen, text, emoji, {left, top}, size, colour);
};

export const colourOf = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

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
