import { element } from "./element.js";
import { departureOf } from "./mix.js";
import { Table } from "./table.js";
import { clock, figure, iso, oneIn } from "./wording.js";

const SHOWN = 8;

// The most surprising of the latest events.
export class Rare {
  constructor(card) {
    this.rows = card.querySelector(".rows");
    this.table = new Table(card, "The latest surprises as a table", ["", "Bits", "Chance", "Time, UTC"]);
  }

  show(shown) {
    const surprises = shown.snapshot.surprises;
    const most = [...surprises].sort((a, b) => b.bits - a.bits || b.time - a.time).slice(0, SHOWN);
    const empty = element("p", { className: "dim", text: "None so far." });
    this.rows.replaceChildren(...(most.length ? most.map((one) => row(one, shown)) : [empty]));
    const name = (one) => shown.labels.get(one.category) ?? one.category;
    this.table.show(() => surprises.map((one) => [name(one), figure(one.bits), oneIn(one.bits), iso(one.time).slice(0, 19)]));
  }
}

function row(one, shown) {
  const { way, clear } = departureOf(one.category, shown);
  return element(
    "div",
    { className: clear && way === "more" ? "row clear" : "row" },
    element("b", { text: `${one.bits.toFixed(1)} bits`, className: "n" }),
    element("bdi", { text: shown.labels.get(one.category) ?? one.category, className: "cell", title: one.category }),
    element("span", { text: oneIn(one.bits), className: "dim n" }),
    element("span", { text: clock(one.time), className: "dim n", title: iso(one.time) }),
  );
}
