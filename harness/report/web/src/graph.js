// The app as a graph: what something passed in this run, and how often.

import dagre from "@dagrejs/dagre";
import {element, shape} from "./dom.js";
import {graphOf} from "./model.js";

export function graph(model) {
  const {nodes, edges} = graphOf(model);
  if (!nodes.size) return element("p", {}, "Nothing moved in this run.");
  const layout = new dagre.graphlib.Graph().setGraph({rankdir: "LR", nodesep: 16, ranksep: 56, marginx: 8, marginy: 8}).setDefaultEdgeLabel(() => ({}));
  for (const name of nodes.keys()) layout.setNode(name, {width: Math.max(70, name.length * 7.4 + 20), height: 38});
  for (const edge of edges) layout.setEdge(edge.from, edge.to);
  dagre.layout(layout);
  const {width, height} = layout.graph();
  const told = edges.map(edge => `${edge.from} to ${edge.to}: ${edge.count}${edge.faults ? `, ${edge.faults} hit by faults` : ""}`).join("; ");
  const svg = shape("svg", {viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": `The app. ${told}`});
  svg.append(shape("defs", {}, shape("marker", {id: "tip", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto"}, shape("path", {d: "M0 0 8 4 0 8z", class: "tip"}))));
  for (const edge of edges) {
    const points = layout.edge(edge.from, edge.to).points;
    const middle = points[Math.floor(points.length / 2)];
    svg.append(shape("path", {class: edge.faults ? "edge hit" : "edge", d: "M" + points.map(p => `${p.x} ${p.y}`).join("L"), "marker-end": "url(#tip)"}));
    svg.append(text(middle.x, middle.y - 5, edge.faults ? `${edge.count} ⚡${edge.faults}` : String(edge.count), "count"));
  }
  for (const [name, {kind, role}] of nodes) {
    const {x, y, width: w, height: h} = layout.node(name);
    svg.append(shape("rect", {class: `node at-${role}`, x: x - w / 2, y: y - h / 2, width: w, height: h, rx: role === "runs" ? 4 : 12}));
    svg.append(text(x, y - 2, name, "name"), text(x, y + 12, kind, "kind"));
  }
  return element("div", {class: "graph", tabindex: 0, role: "region", "aria-label": "Graph of the app, scrolls"}, svg);
}

function text(x, y, content, kind) {
  const made = shape("text", {x, y, class: kind, "text-anchor": "middle"});
  made.textContent = content;
  return made;
}
