// Shows the data that the page carries; the address after # says which part.

import "uplot/dist/uPlot.min.css";
import "./style.css";
import {element} from "./dom.js";
import {campaignPage, overview, runPage} from "./views.js";

const data = JSON.parse(document.getElementById("data").textContent);
const main = document.querySelector("main");

function show() {
  const [kind, index] = location.hash.slice(1).split("/");
  const pages = {run: () => runPage(data, Number(index)), campaign: () => campaignPage(data, Number(index))};
  const alone = !kind && data.runs.length + data.campaigns.length === 1;
  const page = pages[kind] || (alone ? (data.runs.length ? () => runPage(data, 0) : () => campaignPage(data, 0)) : () => overview(data));
  main.replaceChildren(...page().filter(part => part != null));
  window.scrollTo(0, 0);
}

function theme() {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  document.dispatchEvent(new Event("theme"));
}

document.querySelector("header").append(element("button", {type: "button", onclick: theme}, "light / dark"));
window.addEventListener("hashchange", show);
show();
