import { element } from "./element.js";
import { departureOf, wordsOf } from "./mix.js";
import { Table } from "./table.js";
import { count, figure, percent } from "./wording.js";

// Column and row of each state, so that neighbours stay neighbours.
const PLACES = {
  AK: [1, 1], ME: [11, 1], VT: [10, 2], NH: [11, 2],
  WA: [1, 3], ID: [2, 3], MT: [3, 3], ND: [4, 3], MN: [5, 3], IL: [6, 3], WI: [7, 3], MI: [8, 3], NY: [9, 3], RI: [10, 3], MA: [11, 3],
  OR: [1, 4], NV: [2, 4], WY: [3, 4], SD: [4, 4], IA: [5, 4], IN: [6, 4], OH: [7, 4], PA: [8, 4], NJ: [9, 4], CT: [10, 4],
  CA: [1, 5], UT: [2, 5], CO: [3, 5], NE: [4, 5], MO: [5, 5], KY: [6, 5], WV: [7, 5], VA: [8, 5], MD: [9, 5], DE: [10, 5],
  AZ: [2, 6], NM: [3, 6], KS: [4, 6], AR: [5, 6], TN: [6, 6], NC: [7, 6], SC: [8, 6], DC: [9, 6],
  OK: [4, 7], LA: [5, 7], MS: [6, 7], AL: [7, 7], GA: [8, 7],
  HI: [1, 8], TX: [4, 8], FL: [9, 8], PR: [11, 8],
};
const FAINT = 2.5;
const KEY = [["none", "not seen"], ["", "as expected"], ["some more", "a little more"], ["clear more", "clearly more"], ["some less", "a little less"], ["clear less", "clearly less"]];

// The tile map of the US states: each in the colour of its departure.
export class Where {
  constructor(card) {
    this.card = card;
    this.map = card.querySelector(".tiles");
    this.tiles = new Map(Object.entries(PLACES).map(([code, place]) => [code, tile(code, place)]));
    this.map.append(...this.tiles.values());
    const key = ([className, text]) =>
      element("span", {}, element("i", { className: `tile ${className}` }), text);
    card.querySelector(".key").append(...KEY.map(key));
    this.table = new Table(card, "The map as a table", ["", "Recent", "Share", "Expected", "Standard deviations"]);
  }

  show(shown) {
    const { snapshot } = shown;
    this.card.hidden = shown.labels.size === 0;
    if (this.card.hidden) return;
    const found = new Map(snapshot.mix.map((category) => [category.name, category]));
    for (const [code, one] of this.tiles) paint(one, code, found.get(code), shown);
    this.map.setAttribute("aria-label", told(shown));
    const states = () => snapshot.mix.filter((category) => Object.hasOwn(PLACES, category.name));
    this.table.show(() => states().map((category) => line(category, shown)));
  }
}

function tile(code, [column, row]) {
  const made = element("span", { text: code, className: "tile none" });
  made.style.gridColumn = column;
  made.style.gridRow = row;
  return made;
}

function paint(one, code, category, shown) {
  const { way, size, clear } = departureOf(code, shown);
  const much = clear ? "clear" : size >= FAINT ? "some" : "";
  one.className = category ? `tile ${much && way} ${much}` : "tile none";
  one.title = category ? wordsOf(category, shown) : `${code}: not seen`;
}

function told(shown) {
  const clear = [...shown.departures.keys()].filter((name) => Object.hasOwn(PLACES, name) && departureOf(name, shown).clear);
  const names = clear.map((name) => `${shown.labels.get(name) ?? name}: ${departureOf(name, shown).way} than expected`);
  return `Map of the US states. ${names.join("; ") || "No state stands out."}`;
}

function line(category, shown) {
  const size = shown.departures.get(category.name);
  return [
    shown.labels.get(category.name) ?? category.name,
    count(category.recent_count),
    percent(category.recent_share),
    percent(category.expected_share),
    size === undefined ? "within range" : `${size > 0 ? "+" : ""}${figure(size)}`,
  ];
}
