import { element, say } from "./element.js";
import { Table } from "./table.js";
import { count, percent, span } from "./wording.js";

const SHOWN = 14;
const ARROWS = { more: "▲ ", less: "▼ " };

export function wordsOf(category, shown) {
  const name = shown.labels.get(category.name) ?? category.name;
  const range = `${percent(category.low_share)} to ${percent(category.high_share)}`;
  const window = span(shown.snapshot.recent_window_s);
  return (
    `${name}: ${count(category.recent_count)} in the last ${window}, ${percent(category.recent_share)}; ` +
    `expected ${percent(category.expected_share)} (${range})`
  );
}

// "more", "less" or nothing, and whether clearly so.
export function departureOf(name, shown) {
  const away = shown.departures.get(name) ?? 0;
  return { way: away > 0 ? "more" : "less", size: Math.abs(away), clear: Math.abs(away) >= shown.clear };
}

export class Mix {
  constructor(card) {
    this.small = card.querySelector("small");
    this.bars = card.querySelector(".bars");
    this.key = card.querySelector(".key");
    this.rows = new Map();
    const head = ["", "Recent", "Share", "Expected", "Range", "In all", "Share of all"];
    this.table = new Table(card, "The mix as a table", head);
  }

  show(shown) {
    const { snapshot } = shown;
    const window = span(snapshot.recent_window_s);
    say(this.small, `share of the last ${window}; the mark is what is expected, the line its 95 % range`);
    say(this.key, note(snapshot));
    const categories = chosen(shown);
    const most = Math.max(0.01, ...categories.map((one) => Math.max(one.recent_share, one.high_share)));
    const rows = categories.map((category) => this.row(category, shown, most));
    const same = rows.length === this.bars.children.length && rows.every((row, k) => row === this.bars.children[k]);
    if (!same) this.bars.replaceChildren(...rows);
    this.rows = new Map(categories.map((category, k) => [category.name, rows[k]]));
    this.table.show(() => snapshot.mix.map((category) => line(category, shown)));
  }

  row(category, shown, most) {
    const row = this.rows.get(category.name) ?? blank();
    const [name, track, share] = row.children;
    const { way, clear } = departureOf(category.name, shown);
    row.className = clear ? `bar clear ${way}` : "bar";
    row.title = wordsOf(category, shown);
    say(name, shown.labels.get(category.name) ?? category.name);
    say(share, `${clear ? ARROWS[way] : ""}${percent(category.recent_share)}`);
    const at = (value) => `${(100 * value) / most}%`;
    const [fill, range, mark] = track.children;
    fill.style.width = at(category.recent_share);
    range.style.left = at(category.low_share);
    range.style.width = at(category.high_share - category.low_share);
    mark.style.left = at(category.expected_share);
    return row;
  }
}

function blank() {
  const parts = ["fill", "range", "mark"].map((className) => element("i", { className }));
  const track = element("div", { className: "track" }, ...parts);
  return element("div", {}, element("bdi"), track, element("span", { className: "n" }));
}

// By expectation, so that bars keep their place; what stands out is always among them.
function chosen(shown) {
  const byExpected = [...shown.snapshot.mix].sort((a, b) => b.expected_share - a.expected_share);
  const out = byExpected.filter((one) => departureOf(one.name, shown).clear).slice(0, SHOWN);
  const rest = byExpected.filter((one) => !out.includes(one)).slice(0, SHOWN - out.length);
  return byExpected.filter((one) => out.includes(one) || rest.includes(one));
}

function note({ mix, watched_share: share, watched_expected: expected, categories, noun_by: nounBy }) {
  if (!mix.length) return "Nothing to compare yet.";
  const more = categories > SHOWN ? `The largest of ${count(categories)} ${nounBy}. ` : "";
  if (share === null) return more;
  const beside = expected === null ? "" : `, ${percent(expected)} expected`;
  return `${more}The watched set holds ${percent(share)}${beside}.`;
}

function line(category, shown) {
  return [
    shown.labels.get(category.name) ?? category.name,
    count(category.recent_count),
    percent(category.recent_share),
    percent(category.expected_share),
    `${percent(category.low_share)} to ${percent(category.high_share)}`,
    count(category.count),
    percent(category.share),
  ];
}
