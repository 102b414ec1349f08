import { element, say } from "./element.js";
import { clock } from "./wording.js";

const AXIS = 46;
const SIDE = 12;
const NEAR = 10;

// A colour of the stylesheet as the canvas needs it.
function colour(name) {
  const probe = element("i");
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

// One chart; lanes of a card share their time axis and their cursor.
export class Lane {
  constructor(card, title, unit, shape) {
    this.shape = shape;
    this.small = element("small", { text: unit });
    const heading = element("h3", {}, title, this.small);
    this.place = element("div", { className: "plot" });
    this.place.setAttribute("aria-hidden", "true");
    card.append(element("div", { className: "lane" }, heading, this.place));
    this.tip = element("div", { className: "tip" });
    this.tip.hidden = true;
    new ResizeObserver(() => this.plot?.setSize(this.size())).observe(this.place);
  }

  tell(text) {
    say(this.small, text);
  }

  size() {
    return { width: Math.max(200, this.place.clientWidth), height: this.shape.height };
  }

  draw(axis, values, words, usual = null) {
    Object.assign(this, { axis, words, usual });
    if (!this.plot) this.plot = new uPlot({ ...this.size(), ...this.options() }, values, this.place);
    else this.plot.setData(values, true);
  }

  reset() {
    this.plot?.destroy();
    this.plot = null;
  }

  options() {
    const { band, dots, times } = this.shape;
    const [ink, now] = [colour("dim"), colour("now")];
    const none = { stroke: "transparent", points: { show: false } };
    const line = { stroke: now, width: 1.6, points: { show: false } };
    const dot = (name, size) => ({ paths: () => null, points: { show: true, size, width: 0, fill: colour(name), stroke: colour(name) } });
    const grid = { stroke: colour("line"), width: 1 };
    return {
      legend: { show: false },
      padding: [8, SIDE, times ? 0 : 4, 0],
      tzDate: (stamp) => uPlot.tzDate(new Date(stamp * 1e3), "Etc/UTC"),
      cursor: { drag: { x: false, y: false }, y: false, sync: { key: "time", setSeries: false }, points: { show: !dots } },
      scales: { x: { range: () => [this.axis.start, this.axis.end] }, y: { range: (_, low, high) => this.range(low, high) } },
      axes: [
        { show: !!times, stroke: ink, grid, ticks: grid, size: 40, values: hours },
        { stroke: ink, grid, ticks: { show: false }, size: AXIS, space: 24, gap: 6 },
      ],
      series: band ? [{}, none, none, line] : dots ? [{}, dot("dot", 5), dot("more", 7)] : [{}, line],
      bands: band ? [{ series: [1, 2], fill: colour("band") }] : [],
      hooks: { ready: [(plot) => plot.over.append(this.tip)], setCursor: [(plot) => this.point(plot)], draw: [(plot) => this.mark(plot)] },
    };
  }

  range(low, high) {
    if (low === null || high === null) return [0, 1];
    if (this.shape.zero) return [0, Math.max(high, this.usual ?? 0) * 1.12 || 1];
    const middle = (low + high) / 2;
    const half = Math.max(0.15, (high - low) * 0.6);
    return [Math.max(0, middle - half), middle + half];
  }

  point(plot) {
    const { idx, left } = plot.cursor;
    const time = plot.data[0][idx ?? -1];
    const far = this.shape.dots && Math.abs(plot.valToPos(time ?? 0, "x") - left) > NEAR;
    this.tip.hidden = time === undefined || left < 0 || far;
    if (this.tip.hidden) return;
    say(this.tip, `${clock(time * 1e6)} · ${this.words(idx)}`);
    const width = plot.over.clientWidth;
    const at = plot.valToPos(time, "x");
    this.tip.style.left = `${at > width / 2 ? Math.max(0, at - this.tip.offsetWidth - 10) : at + 10}px`;
  }

  mark(plot) {
    const { ctx, bbox } = plot;
    const line = (x0, y0, x1, y1, dash) => {
      ctx.save();
      ctx.strokeStyle = colour("dim");
      ctx.lineWidth = devicePixelRatio;
      ctx.setLineDash(dash.map((one) => one * devicePixelRatio));
      ctx.beginPath();
      ctx.moveTo(x0, y0);
      ctx.lineTo(x1, y1);
      ctx.stroke();
      ctx.restore();
    };
    if (this.usual !== null) {
      const y = plot.valToPos(this.usual, "y", true);
      line(bbox.left, y, bbox.left + bbox.width, y, [5, 4]);
    }
    const { past, start, end } = this.axis;
    if (past === null || past <= start || past >= end) return;
    const x = plot.valToPos(past, "x", true);
    line(x, bbox.top, x, bbox.top + bbox.height, [2, 3]);
    if (this.shape.band) this.label(ctx, x, bbox.top, "simulated past");
  }

  label(ctx, x, y, text) {
    ctx.save();
    ctx.fillStyle = colour("dim");
    ctx.font = `${12 * devicePixelRatio}px system-ui, sans-serif`;
    ctx.textAlign = "right";
    ctx.fillText(text, x - 5 * devicePixelRatio, y + 10 * devicePixelRatio);
    ctx.restore();
  }
}

// The time of day, with seconds only where ticks are closer than a minute, and the date at midnight.
function hours(_, stamps, _axis, _space, step) {
  return stamps.map((stamp) => {
    const text = new Date(stamp * 1e3).toISOString();
    return step >= 86400 || text.slice(11, 19) === "00:00:00" ? text.slice(5, 10) : text.slice(11, step < 60 ? 19 : 16);
  });
}
