// The coverage matrix: places of faults against kinds; a cell opens what was tried there.

import {element} from "./dom.js";

const WORST = ["broken", "unknown", "dead-lettered", "recovered", "not reached"];
const SIGNS = {broken: "✗", unknown: "?", "dead-lettered": "†", recovered: "✓", "not reached": "·"};
const BESIDE = new Set(["interleaving", "kept"]);

export function matrix(campaign, open) {
  const tries = campaign.tries.filter(each => !BESIDE.has(each.kind));
  const kinds = [...new Set(tries.map(each => each.kind))].sort();
  const cells = new Map();
  for (const each of tries) {
    const key = `${each.place}\n${each.kind}`;
    if (!cells.has(key)) cells.set(key, []);
    cells.get(key).push(each);
  }
  const head = element("tr", {}, element("th", {scope: "col"}, "place"), kinds.map(kind => element("th", {scope: "col", class: "kind"}, element("span", {}, kind))));
  const rows = [...new Set(tries.map(each => each.place))].sort().map(place => element("tr", {},
    element("th", {scope: "row"}, place),
    kinds.map(kind => element("td", {}, cell(cells.get(`${place}\n${kind}`), place, kind, open)))));
  const legend = WORST.map(status => element("span", {class: `cell ${status.replace(" ", "-")}`}, `${SIGNS[status]} ${status}`));
  return element("div", {class: "scrolls", tabindex: 0, role: "region", "aria-label": "Recovery coverage, scrolls"},
    element("p", {class: "legend"}, legend), element("table", {class: "matrix"}, element("thead", {}, head), element("tbody", {}, rows)));
}

function cell(tried, place, kind, open) {
  if (!tried) return null;
  const worst = WORST.find(status => tried.some(each => each.status === status));
  const times = tried.reduce((sum, each) => sum + (each.times || 1), 0);
  return element("button", {type: "button", class: `cell ${worst.replace(" ", "-")}`, "aria-label": `${kind} at ${place}: ${worst}, ${times} tried`, onclick: () => open(tried)}, `${SIGNS[worst]} ${times}`);
}

export function coverage(campaign) {
  const tries = campaign.tries.filter(each => !BESIDE.has(each.kind) && each.status !== "not reached");
  const times = wanted => tries.filter(wanted).reduce((sum, each) => sum + (each.times || 1), 0);
  const tried = times(() => true), recovered = times(each => each.status === "recovered");
  return tried ? `${recovered} of ${tried} fault points recovered` : "nothing tried";
}
