const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const SPACE = "\u00a0";

export const count = (value) => whole.format(value);

// How many of what, as model/plural.py says it; the noun is given in the plural.
export const counted = (value, nouns) => `${count(value)} ${value === 1 ? singular(nouns) : nouns}`;

function singular(nouns) {
  if (["series", "species", "news"].includes(nouns) || !nouns.endsWith("s") || nouns.endsWith("ss")) return nouns;
  if (nouns.endsWith("ies") && nouns.length > 4) return `${nouns.slice(0, -3)}y`;
  return nouns.slice(0, /(sses|xes|ches|shes)$/.test(nouns) ? -2 : -1);
}

export function figure(value) {
  if (value === null || value === undefined) return "–";
  const size = Math.abs(value);
  return size >= 99.5 ? whole.format(value) : size >= 9.95 ? value.toFixed(1) : value.toFixed(2);
}

export function percent(share) {
  const value = 100 * share;
  return `${value === 0 ? "0" : value.toFixed(value < 0.095 ? 2 : 1)}${SPACE}%`;
}

export function span(seconds) {
  for (const [unit, size] of [["d", 86400], ["h", 3600], ["min", 60]])
    if (seconds >= 2 * size) return `${+(seconds / size).toFixed(1)}${SPACE}${unit}`;
  return `${Math.round(seconds)}${SPACE}s`;
}

// Times are microseconds since 1970, UTC.
export const iso = (time) => new Date(time / 1000).toISOString();
export const clock = (time) => iso(time).slice(11, 19);

export function oneIn(bits) {
  const often = 2 ** bits;
  const digits = 10 ** Math.max(0, Math.floor(Math.log10(often)) - 1);
  return `1 in ${count(Math.round(often / digits) * digits)}`;
}
