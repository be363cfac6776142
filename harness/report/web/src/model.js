// A run's history as lanes, threads between them, and the lives of its messages.

const FIELDS = ["seq", "at", "kind", "cause", "actor", "subject", "messages", "data"];
const BESIDE = new Set(["settled", "expectation", "state", "planned"]);

export function modelOf(run) {
  const events = run.events.map(row => Object.fromEntries(FIELDS.map((name, index) => [name, row[index]])));
  const begun = beginning(events);
  const shown = events.filter(event => event.seq >= begun);
  const lanes = new Map();
  for (const event of shown) {
    event.lane = laneOf(event, events);
    if (!lanes.has(event.lane)) lanes.set(event.lane, lanes.size);
  }
  const threads = threadsOf(shown, events, lanes);
  return {
    run,
    events: shown,
    all: events,
    lanes: [...lanes.keys()],
    row: lanes,
    threads,
    places: run.header.places || {},
    claims: events.filter(event => event.kind === "expectation"),
    faults: shown.filter(event => event.kind === "fault"),
  };
}

// Deploying is of no interest: a run's story begins with the last call before something is accepted or runs.
function beginning(events) {
  const first = events.find(event => ["accepted", "invocation", "fault"].includes(event.kind));
  return first ? (first.cause ?? first.seq) : 0;
}

function laneOf(event, all) {
  if (event.kind === "hop" || event.kind === "hop-failed") return event.data.source || event.subject;
  if (event.kind === "arrived") return event.data.target || event.subject;
  if (event.kind === "filtered") return event.data.source || event.subject;
  if (event.kind === "call" || event.kind === "answer") return ownerOf(event);
  if (event.kind === "fault" && event.cause != null) return laneOf(all[event.cause], all);
  if (BESIDE.has(event.kind)) return "test";
  return event.subject;
}

function ownerOf(event) {
  return event.actor.replace(/^mapping:/, "");
}

function threadsOf(shown, all, lanes) {
  const found = [];
  for (const event of shown) {
    if (event.kind === "arrived" && event.cause != null) found.push(thread(all[event.cause], event, event.data.source, event.data.target));
    else if (event.kind === "accepted" && event.cause != null) found.push(thread(all[event.cause], event, all[event.cause].lane, event.subject));
    else if (event.kind === "dead-lettered") found.push(thread(event, event, event.subject, event.data.to));
    else if (event.kind === "call" && event.data.does === "writes" && event.data.resource) {
      if (!lanes.has(event.data.resource)) lanes.set(event.data.resource, lanes.size);
      found.push(thread(event, event, event.lane, event.data.resource));
    }
  }
  return found.filter(each => lanes.has(each.from) && lanes.has(each.to) && each.from !== each.to);
}

function thread(begin, end, from, to) {
  return {begin: begin.at, at: end.at, seq: end.seq, from, to, messages: end.messages, kind: end.kind};
}

// Every event that concerns a message, the copies that were made of it and those it was made of.
export function lifeOf(model, id) {
  const related = new Set([id]);
  for (let grew = true; grew;) {
    grew = false;
    for (const event of model.events) {
      const others = [...(event.data.parents || []), ...(event.data.ids || [])];
      if (!others.length || !["arrived", "dead-lettered", "moved"].includes(event.kind)) continue;
      const all = [...event.messages, ...others];
      if (all.some(each => related.has(each)) && all.some(each => !related.has(each))) {
        all.forEach(each => related.add(each));
        grew = true;
      }
    }
  }
  return {ids: related, events: model.events.filter(event => event.messages.some(each => related.has(each)))};
}

export function messagesOf(model) {
  return model.events.filter(event => event.kind === "accepted" && event.actor === "test");
}

const LEAVES = new Set(["deleted", "dead-lettered", "moved", "expired", "purged", "dropped"]);

// Depth of each queue and the number of repeated receives, after each event that changes them.
export function depthsOf(model) {
  const series = new Map(), depth = new Map(), times = [], again = [];
  let repeats = 0;
  for (const event of model.events) {
    const before = [...depth.values()].join() + repeats;
    if (event.kind === "accepted" && holds(model, event.subject)) add(depth, event.subject, event.messages.length);
    if (event.kind === "arrived" && holds(model, event.data.target)) add(depth, event.data.target, event.messages.length);
    if (LEAVES.has(event.kind) && holds(model, event.subject)) add(depth, event.subject, -event.messages.length);
    if (["dead-lettered", "moved"].includes(event.kind) && holds(model, event.data.to)) add(depth, event.data.to, event.messages.length);
    if (event.kind === "received") repeats += Object.values(event.data.counts || {}).filter(count => count > 1).length;
    if ([...depth.values()].join() + repeats === before) continue;
    times.push(event.at);
    again.push(repeats);
    for (const name of depth.keys()) if (!series.has(name)) series.set(name, Array(times.length - 1).fill(0));
    for (const [name, values] of series) values.push(depth.get(name) || 0);
  }
  return {times, series, again};
}

function holds(model, name) {
  return model.places[name]?.role === "holds";
}

function add(depth, name, change) {
  depth.set(name, Math.max(0, (depth.get(name) || 0) + change));
}

// The parts of the app that something passed, and the ways between them.
export function graphOf(model) {
  const nodes = new Map(), edges = new Map();
  const node = name => { if (!nodes.has(name)) nodes.set(name, {kind: kindOf(model, name), role: roleOf(model, name)}); };
  for (const each of model.threads) {
    node(each.from);
    node(each.to);
    const key = `${each.from}\n${each.to}`;
    const edge = edges.get(key) || {from: each.from, to: each.to, count: 0, faults: 0};
    edge.count += 1;
    edges.set(key, edge);
  }
  for (const fault of model.faults) {
    const hit = fault.cause == null ? null : model.all[fault.cause];
    const edge = hit && (edges.get(`${hit.data.source}\n${hit.data.target}`) || edges.get(`${hit.lane}\n${hit.data.resource}`));
    if (edge) edge.faults += 1;
  }
  return {nodes, edges: [...edges.values()]};
}

export function kindOf(model, name) {
  const place = model.places[name];
  if (!place) return name === "test" ? "test" : "other";
  if (place.dead_letters) return "dead letters";
  return place.word || {"holds": "queue", "fans-out": "topic", "runs": "function", "leaves": "outside"}[place.role] || "store";
}

// For its looks: the role of a place for messages.
export function roleOf(model, name) {
  const place = model.places[name];
  return !place ? "other" : place.dead_letters ? "dead-letters" : place.role || "store";
}
