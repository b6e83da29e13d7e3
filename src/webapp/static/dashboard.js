import {join} from "./charts.js";

const d3 = window.d3, at = (id) => document.getElementById(id);

async function get(what) {
  const answer = await fetch(`/api/v1/${what}`), said = await answer.json();
  if (!answer.ok) throw new Error(said.error.message);
  return said;
}

function showModel(model, results) {
  const percent = d3.format(".1%"), rows = [["name", model.name], ["parameters", d3.format(",")(model.parameters)], ["temperature", model.temperature]];
  for (const [split, values] of Object.entries(results.metrics || {})) rows.push([`${split}`, `${percent(values.accuracy)} of ${d3.format(",")(values.faces)} faces named as labelled`]);
  const lines = join(d3.select("#model"), "div.row", rows);
  lines.append("dt").attr("class", "col-5").text((row) => row[0]);
  lines.append("dd").attr("class", "col-7").text((row) => row[1]);
}

function showLadder(rows) {
  const columns = Object.keys(rows[0]), number = d3.format(".1f"), short = (name) => name.replace("Test", "").replace("without leaked", "clean");
  join(d3.select("#ladder thead").append("tr"), "th", columns).attr("scope", "col").text(short);
  const lines = join(d3.select("#ladder tbody"), "tr", rows);
  join(lines, "td", (row) => columns.map((name) => [name, row[name]]))
    .text(([name, value]) => (typeof value !== "number" ? value.replace(/_/g, " ") : name === "seeds" ? value : number(value)));
}

function showConfusion({classes, confusion, emoji}) {
  const cell = 62, left = 84, top = 64, count = classes.length, width = left + cell * count, height = top + cell * count;
  const share = confusion.map((row) => row.map((n) => n / d3.sum(row))), percent = d3.format(".0%");
  const svg = d3.select("#confusion").append("svg").attr("viewBox", `0 0 ${width} ${height}`).attr("role", "grid").attr("aria-label", "Confusion matrix, labels in rows");
  const shade = (value) => d3.interpolateYlGnBu(0.08 + 0.85 * value);
  const says = (row, column) => `Of ${d3.sum(confusion[row])} faces labelled ${classes[row]}, ${confusion[row][column]} (${percent(share[row][column])}) are named ${classes[column]}.`;
  join(svg.append("g"), "text", classes).attr("x", (_, i) => left + (i + 0.5) * cell).attr("y", top - 10).attr("text-anchor", "middle").attr("font-size", 13).text((name) => name);
  join(svg.append("g"), "text", classes).attr("x", (_, i) => left + (i + 0.5) * cell).attr("y", top - 30).attr("text-anchor", "middle").attr("font-size", 20).attr("class", "emoji").attr("aria-hidden", "true").text((name) => emoji[name]);
  classes.forEach((name, row) => {
    const line = svg.append("g").attr("role", "row");
    line.append("text").attr("role", "rowheader").attr("x", left - 8).attr("y", top + (row + 0.5) * cell).attr("dy", ".35em").attr("text-anchor", "end").attr("font-size", 13).text(name);
    classes.forEach((_, column) => {
      const value = share[row][column];
      const one = line.append("g").attr("class", "cell").attr("role", "gridcell").attr("tabindex", row + column ? -1 : 0).attr("aria-label", says(row, column)).attr("data-at", `${row},${column}`);
      one.append("rect").attr("x", left + column * cell + 1).attr("y", top + row * cell + 1).attr("width", cell - 2).attr("height", cell - 2).attr("rx", 4).attr("fill", shade(value));
      one.append("text").attr("x", left + (column + 0.5) * cell).attr("y", top + (row + 0.5) * cell).attr("dy", ".35em").attr("text-anchor", "middle").attr("font-size", 14).style("fill", value > 0.45 ? "#fff" : "#111").text(percent(value));
      const tell = () => (at("told").textContent = says(row, column));
      one.on("mouseover", tell).on("focus", tell).on("keydown", () => move(row, column, count));
    });
  });
}

function move(row, column, count) {
  const step = {ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1]}[d3.event.key];
  if (!step) return;
  d3.event.preventDefault();
  const limit = (value) => Math.min(count - 1, Math.max(0, value));
  const next = document.querySelector(`[data-at="${limit(row + step[0])},${limit(column + step[1])}"]`);
  document.querySelectorAll(".cell").forEach((one) => one.setAttribute("tabindex", one === next ? 0 : -1));
  next.focus();
}

try {
  const [model, results] = await Promise.all([get("model"), get("results")]);
  showModel(model, results);
  at("content").hidden = false;
  if (results.missing) at("state").textContent = `Nothing is recorded here: ${results.missing}`;
  else {
    showLadder(results.ladder);
    showConfusion(results);
    at("state").hidden = true;
  }
} catch (error) {
  at("state").className = "alert alert-warning";
  at("state").textContent = error.message;
}
