// The swimlanes: a lane a resource, time to the right. Idle time is drawn short, by its logarithm.

import {color, element, seconds} from "./dom.js";
import {kindOf, lifeOf} from "./model.js";

const LANE = 26, LEFT = 170, TOP = 24, DOT = 4;
const GOOD = new Set(["deleted", "arrived", "answer"]);
const BAD = new Set(["hop-failed", "dead-lettered", "expired", "dropped", "unheard", "purged"]);

export function timeline(model, onSelect) {
  const x = positions(model.events);
  const view = {zoom: 1, offset: 0, selected: null, related: null, filter: ""};
  const height = TOP + model.lanes.length * LANE + 8;
  const canvas = element("canvas", {tabindex: 0, role: "img", "aria-label": `Timeline of ${model.events.length} events in ${model.lanes.length} lanes. Arrow keys move from event to event.`, height});
  canvas.style.height = `${height}px`;
  const told = element("p", {class: "told", "aria-live": "polite"});
  const filter = element("input", {type: "search", placeholder: "filter: a lane, a kind, an id", "aria-label": "Filter events", oninput: () => { view.filter = filter.value.toLowerCase(); draw(); }});
  const button = (label, name, act) => element("button", {type: "button", "aria-label": name, onclick: () => { act(); draw(); }}, label);
  const controls = element("div", {class: "controls"}, filter,
    button("−", "Zoom out", () => zoom(1 / 1.5)), button("+", "Zoom in", () => zoom(1.5)),
    button("⇤", "To the beginning", () => { view.offset = 0; }), button("fit", "Show all", fit));

  const width = () => canvas.clientWidth - LEFT - 50;
  const total = () => x.length ? x[x.length - 1] : 0;
  function fit() { view.zoom = Math.min(4, Math.max(width(), 50) / (total() || 1)); view.offset = 0; }
  function clamp() { view.offset = Math.min(Math.max(0, view.offset), Math.max(0, total() * view.zoom - width() / 2)); }
  function zoom(by, around = width() / 2) {
    const at = (view.offset + around) / view.zoom;
    view.zoom = Math.min(20, Math.max(0.001, view.zoom * by));
    view.offset = at * view.zoom - around;
  }
  const left = index => LEFT + x[index] * view.zoom - view.offset;
  const top = lane => TOP + model.row.get(lane) * LANE + LANE / 2;
  const matches = event => !view.filter || [event.kind, event.subject, event.actor, event.lane, ...event.messages].join(" ").toLowerCase().includes(view.filter);
  const indexOf = new Map(model.events.map((event, index) => [event.seq, index]));

  function draw() {
    clamp();
    const ratio = window.devicePixelRatio || 1, w = canvas.clientWidth;
    canvas.width = w * ratio;
    canvas.height = height * ratio;
    const pen = canvas.getContext("2d");
    pen.scale(ratio, ratio);
    pen.font = "12px system-ui, sans-serif";
    pen.textBaseline = "middle";
    drawThreads(pen);
    drawEvents(pen, w);
    drawLanes(pen, w);
  }

  function drawLanes(pen, w) {
    pen.fillStyle = color("back");
    pen.fillRect(0, 0, LEFT - 8, height);
    for (const lane of model.lanes) {
      const y = top(lane);
      pen.fillStyle = color("line");
      pen.fillRect(LEFT - 8, y, w, 1);
      pen.fillStyle = color("text");
      pen.fillText(short(lane), 8, y, LEFT - 20);
    }
  }

  function drawThreads(pen) {
    for (const each of model.threads) {
      const index = indexOf.get(each.seq), begin = Math.max(LEFT, at(each.begin));
      if (index === undefined || left(index) < LEFT - 4 || begin > canvas.clientWidth) continue;
      const mine = view.related && each.messages.some(id => view.related.has(id));
      pen.strokeStyle = color(mine ? "accent" : "thread");
      pen.globalAlpha = view.related && !mine ? 0.25 : 1;
      pen.lineWidth = mine ? 2 : 1;
      pen.beginPath();
      pen.moveTo(begin, top(each.from));
      pen.lineTo(left(index), top(each.to));
      pen.stroke();
      pen.globalAlpha = 1;
    }
  }

  function drawEvents(pen, w) {
    let labelled = -100;
    model.events.forEach((event, index) => {
      const px = left(index);
      if (px < LEFT - 8 || px > w + 8) return;
      if (px - labelled > 90) {
        pen.fillStyle = color("dim");
        pen.fillText(`+${seconds(event.at)}`, px, 10);
        labelled = px;
      }
      const mine = !view.related || event.messages.some(id => view.related.has(id));
      pen.globalAlpha = (matches(event) ? 1 : 0.08) * (mine ? 1 : 0.3);
      const y = top(event.lane);
      pen.fillStyle = color(event.kind === "fault" || BAD.has(event.kind) ? "bad" : GOOD.has(event.kind) ? "good" : "dot");
      pen.beginPath();
      if (event.kind === "fault") { pen.moveTo(px, y - 8); pen.lineTo(px + 7, y + 5); pen.lineTo(px - 7, y + 5); }
      else pen.arc(px, y, DOT, 0, 7);
      pen.fill();
      if (view.selected === index) { pen.strokeStyle = color("accent"); pen.lineWidth = 2; pen.beginPath(); pen.arc(px, y, DOT + 4, 0, 7); pen.stroke(); }
      pen.globalAlpha = 1;
    });
  }

  function at(time) {
    let low = 0, high = model.events.length - 1;
    while (low < high) { const middle = (low + high) >> 1; if (model.events[middle].at < time) low = middle + 1; else high = middle; }
    return left(low);
  }

  function select(index) {
    if (index < 0 || index >= model.events.length) return;
    view.selected = index;
    const event = model.events[index];
    view.related = event.messages.length ? lifeOf(model, event.messages[0]).ids : null;
    const px = left(index);
    if (px < LEFT || px > canvas.clientWidth - 20) view.offset = x[index] * view.zoom - width() / 2;
    told.textContent = sentence(event);
    onSelect(event);
    draw();
  }

  canvas.addEventListener("click", event => {
    const box = canvas.getBoundingClientRect(), px = event.clientX - box.left, py = event.clientY - box.top;
    let best = -1, nearest = 14;
    model.events.forEach((each, index) => {
      const distance = Math.hypot(left(index) - px, top(each.lane) - py);
      if (distance <= nearest) { nearest = distance; best = index; }
    });
    if (best >= 0) select(best);
    else { view.selected = view.related = null; draw(); }
  });
  canvas.addEventListener("wheel", event => {
    if (!event.ctrlKey && !event.shiftKey && !event.deltaX) return;
    event.preventDefault();
    if (event.ctrlKey) zoom(event.deltaY < 0 ? 1.2 : 1 / 1.2, event.offsetX - LEFT);
    else view.offset += event.deltaX || event.deltaY;
    draw();
  }, {passive: false});
  let dragged = null;
  canvas.addEventListener("pointerdown", event => { dragged = event.clientX; });
  canvas.addEventListener("pointermove", event => {
    if (dragged === null || !event.buttons) { dragged = null; return; }
    view.offset -= event.clientX - dragged;
    dragged = event.clientX;
    draw();
  });
  canvas.addEventListener("keydown", event => {
    const step = {ArrowRight: 1, ArrowLeft: -1}[event.key];
    if (step) select((view.selected ?? (step > 0 ? -1 : model.events.length)) + step);
    else if (event.key === "+" || event.key === "-") { zoom(event.key === "+" ? 1.5 : 1 / 1.5); draw(); }
    else if (event.key === "Escape") { view.selected = view.related = null; draw(); }
    else return;
    event.preventDefault();
  });
  new ResizeObserver(() => { if (!canvas.dataset.fitted) { fit(); canvas.dataset.fitted = "1"; } draw(); }).observe(canvas);
  const redraw = () => draw();
  document.addEventListener("theme", redraw);
  return {node: element("div", {class: "timeline"}, controls, canvas, told), select: seq => select(indexOf.get(seq) ?? -1)};
}

function positions(events) {
  const found = [];
  let x = 8, before = events.length ? events[0].at : 0;
  for (const event of events) {
    x += 5 + 12 * Math.log10(1 + Math.max(0, event.at - before) / 0.002);
    before = event.at;
    found.push(x);
  }
  return found;
}

function short(name) {
  return name.length > 26 ? `${name.slice(0, 25)}…` : name;
}

export function sentence(event) {
  const more = event.kind === "fault" ? ` ${event.data.kind}` : event.data.error ? ` ${event.data.error}` : event.data.outcome ? ` ${event.data.outcome}` : "";
  return `+${event.at.toFixed(3)} s  ${event.kind}  ${event.subject}${more}  by ${event.actor}`;
}
