import {EMOJI, inkOn} from "./charts.js";

const d3 = window.d3, at = (id) => document.getElementById(id), percent = d3.format(".1%"), whole = d3.format(",");

async function get(what) {
  const answer = await fetch(`/api/v1/${what}`), said = await answer.json();
  if (!answer.ok) throw new Error(said.error.message);
  return said;
}

function showModel({name, parameters, temperature}, metrics) {
  const measured = Object.entries(metrics).map(([split, {faces, accuracy, balanced_accuracy}]) =>
    [split, `${percent(accuracy)} of ${whole(faces)} faces are classified as labelled; balanced accuracy ${percent(balanced_accuracy)}`]);
  const rows = [["name", name], ["parameters", parameters && whole(parameters)], ["temperature", temperature], ...measured];
  const lines = d3.select("#model").selectAll("div").data(rows.filter((row) => row[1] !== undefined)).join("div").attr("class", "row");
  lines.append("dt").attr("class", "col-4").text((row) => row[0]);
  lines.append("dd").attr("class", "col-8").text((row) => row[1]);
}

function showLeaderboard(rows, own) {
  const columns = Object.keys(rows[0]), number = d3.format(".1f"), table = d3.select("#leaderboard table");
  const short = (name) => name.replace("Test", "").replace("without leaked", "clean");
  const say = (value, name) => (value === null ? "–" : typeof value !== "number" ? value.replace(/_/g, " ") : name === "seeds" ? value : number(value));
  table.select("thead").append("tr").selectAll("th").data(columns).join("th").attr("scope", "col").text(short);
  table.select("tbody").selectAll("tr").data(rows).join("tr").attr("class", (row) => (row.experiment === own ? "table-active" : null))
    .selectAll("td").data((row) => columns.map((name) => say(row[name], name))).join("td").text((text) => text);
  at("leaderboard").hidden = false;
}

function showConfusion({classes, confusion, split}) {
  const table = d3.select("#confusion"), short = d3.format(".0%");
  at("confusion-title").textContent = `Confusion matrix on ${split}`;
  const heads = table.select("thead").append("tr").selectAll("th").data(["", ...classes]).join("th").attr("scope", "col");
  heads.append("span").attr("class", "emoji").attr("aria-hidden", "true").text((name) => EMOJI[name]);
  heads.append("span").attr("class", "name").text((name) => name || "label ↓\nprediction →");
  const cells = confusion.map((counts, row) => {
    const total = d3.sum(counts);
    return counts.map((count, column) => {
      const share = count / (total || 1);
      return {row, column, share, says: `Of ${whole(total)} faces labelled ${classes[row]}, ${whole(count)} (${short(share)}) are classified as ${classes[column]}.`};
    });
  });
  const lines = table.select("tbody").selectAll("tr").data(cells).join("tr");
  lines.append("th").attr("scope", "row").text((_, row) => classes[row]);
  const move = (event, {row, column}) => {
    const [down, right] = {ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1]}[event.key] || [];
    if (down === undefined) return;
    event.preventDefault();
    const line = lines.nodes()[row + down] || event.target.parentNode, next = line.cells[column + 1 + right];
    if (!next || next.tagName !== "TD") return;
    event.target.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  };
  const shade = (share) => d3.interpolateYlGnBu(0.08 + 0.85 * share);
  const tell = (_, {says}) => (at("told").textContent = says);
  lines.selectAll("td").data((row) => row).join("td").attr("class", "cell").attr("aria-label", ({says}) => says)
    .attr("tabindex", ({row, column}) => (row + column ? -1 : 0)).text(({share}) => short(share))
    .style("background", ({share}) => shade(share)).style("color", ({share}) => inkOn(shade(share)))
    .on("mouseover", tell).on("focus", tell).on("keydown", move);
  at("matrix").hidden = false;
}

try {
  const [model, results] = await Promise.all([get("model"), get("results")]);
  showModel(model, results.metrics);
  if (results.leaderboard.length) showLeaderboard(results.leaderboard, model.experiment);
  if (results.confusion) showConfusion(results);
  at("content").hidden = false;
  at("state").hidden = Boolean(results.confusion);
  at("state").textContent = "This model came without measurements.";
} catch (error) {
  at("state").className = "alert alert-warning";
  at("state").textContent = error.message;
}
