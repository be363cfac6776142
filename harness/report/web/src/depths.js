// Depth of queues and repeated receives over virtual time, beside the control run's.

import uPlot from "uplot";
import {color, element} from "./dom.js";
import {depthsOf} from "./model.js";

const COLORS = ["c1", "c2", "c3", "c4", "c5", "c6"];

export function depths(model, control) {
  const own = depthsOf(model), other = control ? depthsOf(control) : null;
  if (own.times.length < 2) return element("p", {}, "No queue held anything for long.");
  const times = [...new Set([...own.times, ...(other ? other.times : [])])].sort((a, b) => a - b);
  const series = [{label: "time", value: (_, at) => at == null ? "" : `+${at.toFixed(3)} s`}], data = [times];
  const add = (label, from, values, stroke, dash) => {
    series.push({label, stroke: color(stroke), width: 1.5, dash, paths: uPlot.paths.stepped({align: 1}), points: {show: false}});
    data.push(spread(times, from, values));
  };
  let index = 0;
  for (const [name, values] of own.series) {
    const stroke = COLORS[index++ % COLORS.length];
    add(name, own.times, values, stroke);
    if (other?.series.has(name)) add(`${name}, control`, other.times, other.series.get(name), stroke, [4, 4]);
  }
  add("received again", own.times, own.again, "bad");
  const box = element("div", {class: "plot", role: "img", "aria-label": `Depth of ${[...own.series.keys()].join(", ")} over time`});
  const axis = {stroke: color("dim"), grid: {stroke: color("line"), width: 1}, ticks: {stroke: color("line")}};
  const make = () => new uPlot({width: Math.max(280, box.clientWidth || 700), height: 220, series, scales: {x: {time: false}}, axes: [{...axis, values: (_, ticks) => ticks.map(tick => `${tick} s`)}, axis]}, data, box);
  let plot = null;
  new ResizeObserver(() => { if (!plot) plot = make(); else plot.setSize({width: Math.max(280, box.clientWidth), height: 220}); }).observe(box);
  return box;
}

// Values that hold from their time on, at other times.
function spread(times, from, values) {
  let index = -1;
  return times.map(at => {
    while (index + 1 < from.length && from[index + 1] <= at) index += 1;
    return index < 0 ? 0 : values[index];
  });
}
