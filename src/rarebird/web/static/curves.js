import { element } from "./element.js";
import { Lane } from "./lane.js";
import { Table } from "./table.js";
import { clock, figure, iso, oneIn } from "./wording.js";

const KEPT = 20_000;
const ROWS = 60;
const BACK = [["15 min", 900], ["1 h", 3600], ["all", Infinity]];
const seconds = (time) => time / 1e6;

// Rate, entropy and surprise on one time axis.
export class Curves {
  constructor(card) {
    this.card = card;
    this.moments = [];
    this.surprises = new Map();
    this.back = 3600;
    this.buttons = BACK.map(([text, back]) => this.button(text, back));
    card.querySelector(".choice").append(...this.buttons);
    this.rate = new Lane(card, "Rate", "a second", { height: 128, band: true, zero: true });
    this.entropy = new Lane(card, "Entropy", "bits", { height: 104 });
    this.surprise = new Lane(card, "Surprise", "bits of single events", { height: 128, dots: true, zero: true, times: true });
    this.table = new Table(card, "The curves as a table", ["Time, UTC", "Rate a second", "95 % interval", "Entropy, bits"]);
  }

  button(text, back) {
    const made = element("button", { text });
    made.type = "button";
    made.setAttribute("aria-pressed", back === this.back);
    made.addEventListener("click", () => {
      this.back = back;
      this.buttons.forEach((one, k) => one.setAttribute("aria-pressed", BACK[k][1] === back));
      if (this.shown) this.draw();
    });
    return made;
  }

  open(moments) {
    this.moments = moments.slice(-KEPT);
    this.surprises = new Map();
  }

  add(moment) {
    if (!moment || moment.time <= (this.moments.at(-1)?.time ?? -Infinity)) return;
    this.moments.push(moment);
    if (this.moments.length > KEPT) this.moments.splice(0, KEPT / 10);
  }

  show(shown) {
    this.shown = shown;
    for (const one of shown.snapshot.surprises) this.surprises.set(`${one.time} ${one.category}`, one);
    while (this.surprises.size > KEPT / 10) this.surprises.delete(this.surprises.keys().next().value);
    this.draw();
  }

  draw() {
    const { snapshot } = this.shown;
    const moments = this.moments;
    this.card.hidden = snapshot.watermark === null && moments.length === 0;
    if (this.card.hidden) return;
    const end = seconds(snapshot.watermark ?? moments.at(-1)?.time ?? 0);
    const first = seconds(moments[0]?.time ?? snapshot.watermark ?? 0);
    const start = Math.min(end - 60, Math.max(first, end - this.back));
    const past = snapshot.past_until === null ? null : seconds(snapshot.past_until);
    const axis = { start, end, past };
    const x = moments.map((one) => seconds(one.time));
    const column = (name) => moments.map((one) => one[name]);
    this.rate.draw(axis, [x, column("high_per_s"), column("low_per_s"), column("rate_per_s")], rateAt(moments), snapshot.usual_per_s);
    this.entropy.draw(axis, [x, column("entropy_bits")], (k) => `${figure(moments[k].entropy_bits)} bits`);
    this.drawSurprises(axis);
    this.tell(snapshot);
    this.table.show(() => rows(moments, start));
  }

  drawSurprises(axis) {
    const { labels, departures, clear } = this.shown;
    const all = [...this.surprises.values()].sort((a, b) => a.time - b.time);
    const stands = (one) => (departures.get(one.category) ?? 0) >= clear;
    const values = [
      all.map((one) => seconds(one.time)),
      all.map((one) => (stands(one) ? null : one.bits)),
      all.map((one) => (stands(one) ? one.bits : null)),
    ];
    const name = (one) => labels.get(one.category) ?? one.category;
    this.surprise.draw(axis, values, (k) => `${name(all[k])}, ${figure(all[k].bits)} bits, ${oneIn(all[k].bits)}`);
  }

  tell(snapshot) {
    const { rate_per_s: now, low_per_s: low, high_per_s: high, window_s: window } = snapshot.rate;
    const usual = snapshot.usual_per_s === null ? "" : `; the dashes are the usual ${figure(snapshot.usual_per_s)}`;
    const interval = now === null ? "fewer than two events" : `${figure(now)}, the band its 95 % interval ${figure(low)} to ${figure(high)}`;
    this.rate.tell(`a second, over ${Math.round(window)} s: ${interval}${usual}`);
    const entropy = snapshot.entropy;
    const corrected = entropy ? `${figure(entropy.bits)}, for small counts corrected ${figure(entropy.corrected_bits)}` : "–";
    this.entropy.tell(`bits, of the last ${Math.round(snapshot.recent_window_s / 60)} min: ${corrected}`);
  }

  repaint() {
    for (const lane of [this.rate, this.entropy, this.surprise]) lane.reset();
    if (this.shown) this.draw();
  }
}

function rateAt(moments) {
  return (k) => {
    const { rate_per_s: rate, low_per_s: low, high_per_s: high } = moments[k];
    return rate === null ? "fewer than two events" : `${figure(rate)} a second (${figure(low)} to ${figure(high)})`;
  };
}

function rows(moments, start) {
  const seen = moments.filter((one) => seconds(one.time) >= start);
  const step = Math.max(1, Math.ceil(seen.length / ROWS));
  return seen
    .reverse()
    .filter((_, k) => k % step === 0)
    .map((one) => [
      `${iso(one.time).slice(0, 10)} ${clock(one.time)}`,
      figure(one.rate_per_s),
      one.low_per_s === null ? "–" : `${figure(one.low_per_s)} to ${figure(one.high_per_s)}`,
      figure(one.entropy_bits),
    ]);
}
