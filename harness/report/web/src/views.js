// The pages: all runs and campaigns, one run, one campaign.

import {depths} from "./depths.js";
import {element, section} from "./dom.js";
import {graph} from "./graph.js";
import {coverage, matrix} from "./matrix.js";
import {lifeOf, messagesOf, modelOf} from "./model.js";
import {sentence, timeline} from "./timeline.js";

const known = new Map();

function model(run) {
  if (!known.has(run)) known.set(run, modelOf(run));
  return known.get(run);
}

export function overview(data) {
  const runs = data.runs.map((run, index) => element("tr", {},
    element("td", {}, mark(run.verdict)), element("td", {}, element("a", {href: `#run/${index}`}, run.name)),
    element("td", {class: "number"}, String(run.events.length))));
  const campaigns = data.campaigns.map((campaign, index) => element("tr", {},
    element("td", {}, mark(verdictOf(campaign))),
    element("td", {}, element("a", {href: `#campaign/${index}`}, campaign.scenario)),
    element("td", {}, coverage(campaign))));
  return [
    campaigns.length ? section("Explored", table(["verdict", "scenario", "recovery coverage"], campaigns)) : null,
    runs.length ? section("Runs", table(["verdict", "run", "events"], runs)) : null,
  ];
}

export function runPage(data, index) {
  const run = data.runs[index];
  if (!run) return [element("p", {}, "There is no such run.")];
  const own = model(run), control = run.control == null ? null : model(data.runs[run.control]);
  const panel = element("div", {class: "panel", "aria-live": "polite"}, element("p", {}, "Choose an event or a message."));
  const line = timeline(own, event => panel.replaceChildren(...details(own, event, seq => line.select(seq))));
  const messages = messagesOf(own).slice(0, 200).map(event => element("li", {},
    element("button", {type: "button", class: "link", onclick: () => line.select(event.seq)}, `${event.subject}: ${brief(event.data.body)}`)));
  return [
    element("p", {class: "crumbs"}, element("a", {href: "#"}, "all"), " / ", mark(run.verdict), " ", run.name),
    section("The app", graph(own)),
    section("Timeline", line.node, panel),
    control ? section("First difference from the control run", difference(own, control)) : null,
    messages.length ? section("Messages of the test", element("ul", {class: "messages"}, messages)) : null,
    section("Queues and retries", depths(own, control)),
    section("Claims", claims(own)),
    run.replay ? section("Make it again", replay(run.replay)) : null,
  ];
}

export function campaignPage(data, index) {
  const campaign = data.campaigns[index];
  if (!campaign) return [element("p", {}, "There is no such campaign.")];
  const panel = element("div", {class: "panel", "aria-live": "polite"}, element("p", {}, "Choose a cell."));
  const open = tried => { panel.replaceChildren(); cards(panel, tried, each => tryCard(data, campaign, each)); panel.scrollIntoView({block: "nearest"}); };
  return [
    element("p", {class: "crumbs"}, element("a", {href: "#"}, "all"), " / ", campaign.scenario),
    element("p", {}, `${coverage(campaign)}, in ${campaign.runs} runs`, campaign.control_run == null ? null : element("span", {}, " · ", element("a", {href: `#run/${campaign.control_run}`}, "the run without faults"))),
    campaign.control.status !== "recovered" ? section("Fails before any fault is added", element("p", {}, mark(verdictOf(campaign)), " ", campaign.control.why)) : null,
    section("Recovery coverage", matrix(campaign, open), panel),
    campaign.failures.length ? section("Failures", ...campaign.failures.map(each => failureCard(campaign, each))) : null,
  ];
}

// So many cards at a time: nobody reads thousands, and they would make the page slow.
const CARDS = 50;

function cards(panel, tried, card) {
  panel.append(...tried.slice(0, CARDS).map(card));
  const rest = tried.slice(CARDS);
  if (!rest.length) return;
  const more = element("button", {type: "button", onclick: () => { more.remove(); cards(panel, rest, card); }}, `${Math.min(CARDS, rest.length)} more of ${rest.length}`);
  panel.append(more);
}

function tryCard(data, campaign, tried) {
  const same = each => JSON.stringify(each.plan) === JSON.stringify(tried.plan) || each.name.startsWith(`${tried.point}: ${tried.fault}`);
  const alike = each => tried.invariant && each.invariant === tried.invariant && each.evidence === tried.evidence;
  const failure = campaign.failures.find(same) || campaign.failures.find(alike);
  return element("article", {class: "card"},
    element("h3", {}, mark(tried.status), ` ${tried.point}: ${tried.fault}`),
    tried.path ? element("p", {class: "dim"}, tried.path) : null,
    tried.why ? element("p", {}, tried.why) : null,
    tried.plan ? element("details", {}, element("summary", {}, "plan"), element("pre", {}, JSON.stringify(tried.plan))) : null,
    failure ? failureCard(campaign, failure) : null);
}

function failureCard(campaign, failure) {
  return element("article", {class: "card"},
    element("h3", {}, mark(failure.status), ` ${failure.name}`),
    element("p", {}, `${failure.count === 1 ? "1 try" : `${failure.count} tries`} showed it: `, Object.entries(failure.kinds).map(([kind, count]) => `${kind} (${count})`).join(", ")),
    element("pre", {}, failure.why),
    element("h4", {}, "Smallest plan"), element("pre", {}, JSON.stringify(failure.plan)),
    failure.run == null ? null : element("p", {}, element("a", {href: `#run/${failure.run}`}, "its timeline"), campaign.control_run == null ? null : " beside the control run's"),
    failure.timeline.length ? element("div", {}, element("h4", {}, "The message concerned"), element("pre", {}, failure.timeline.join("\n"))) : null,
    failure.parts.length ? element("div", {}, element("h4", {}, "First difference from the control run"), element("pre", {}, failure.parts.join("\n"))) : null,
    failure.replay ? replay(failure.replay) : null);
}

function details(own, event, select) {
  const parts = [element("h3", {}, sentence(event)), element("pre", {}, JSON.stringify(event.data, null, 1))];
  for (const id of event.messages.slice(0, 3)) {
    const life = lifeOf(own, id);
    parts.push(element("h4", {}, `Life of ${id.slice(0, 8)}`), element("ol", {class: "life"}, life.events.slice(0, 200).map(each =>
      element("li", {}, element("button", {type: "button", class: "link", onclick: () => select(each.seq)}, sentence(each))))));
  }
  return parts;
}

function claims(own) {
  if (!own.claims.length) return element("p", {}, "The run asked for no invariant.");
  return table(["verdict", "invariant", "of"], own.claims.map(event => element("tr", {},
    element("td", {}, mark(event.data.verdict)), element("td", {}, event.data.negated ? `not ${event.subject}` : event.subject),
    element("td", {}, claimed(event.data.params)))));
}

function claimed(params) {
  const said = Object.entries(params).filter(([name, value]) => !["control", "rows_at", "among"].includes(name) && value != null && value !== "");
  return said.map(([name, value]) => `${name}=${brief(value)}`).join(", ");
}

function difference(own, control) {
  const step = event => `${event.kind} ${event.subject} by ${event.actor}`;
  const index = own.events.findIndex((event, place) => !control.events[place] || step(event) !== step(control.events[place]));
  if (index < 0) return element("p", {}, "The runs take the same steps.");
  return element("pre", {}, `here:    ${sentence(own.events[index])}\ncontrol: ${control.events[index] ? sentence(control.events[index]) : "it had ended"}`);
}

function replay(line) {
  const code = element("code", {}, line);
  const copy = element("button", {type: "button", onclick: async () => { await navigator.clipboard.writeText(line); copy.textContent = "copied"; }}, "copy");
  return element("p", {class: "replay"}, code, " ", copy);
}

function table(head, rows) {
  return element("div", {class: "scrolls", tabindex: 0, role: "region", "aria-label": `Table of ${head.join(", ")}`},
    element("table", {}, element("thead", {}, element("tr", {}, head.map(each => element("th", {scope: "col"}, each)))), element("tbody", {}, rows)));
}

function verdictOf(campaign) {
  if (campaign.control.status !== "recovered") return campaign.control.status;
  return campaign.failures.length ? campaign.failures[0].status : "passed";
}

function mark(verdict) {
  return element("span", {class: `mark ${verdict.replace(" ", "-")}`}, verdict);
}

function brief(value) {
  const text = typeof value === "string" ? value : JSON.stringify(value) ?? "";
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
}
