import { Counters } from "./counters.js";
import { Curves } from "./curves.js";
import { Feed } from "./feed.js";
import { Headline } from "./headline.js";
import { Mix } from "./mix.js";
import { Notes } from "./notes.js";
import { Rare } from "./rare.js";
import { say } from "./element.js";
import { Where } from "./where.js";

const at = (id) => document.getElementById(id);
const headline = new Headline();
const curves = new Curves(at("curves"));
const cards = [new Where(at("where")), new Mix(at("mix")), curves, new Rare(at("rare")), new Notes(at("notes")), new Counters(at("counters"))];
const pause = at("pause");
let latest = null;
let paused = false;

function show() {
  if (!latest) return;
  if (paused) return headline.tell("paused", "");
  fade(() => headline.show(latest));
  for (const card of cards) card.show(latest);
}

// Old numbers are grey, also on the canvas, which does not follow the stylesheet by itself.
function fade(change) {
  const before = document.body.className;
  change();
  if (document.body.className !== before) curves.repaint();
}

function opened(shown) {
  curves.open(shown.moments);
  ticked(shown);
}

function ticked(shown) {
  latest = shown;
  curves.add(shown.moment);
  show();
}

pause.addEventListener("click", () => {
  paused = !paused;
  pause.setAttribute("aria-pressed", paused);
  say(pause, paused ? "Go on" : "Pause");
  show();
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => curves.repaint());
new Feed({ opened, ticked, lost: () => fade(() => headline.lost(latest)) });
