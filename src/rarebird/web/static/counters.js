import { element } from "./element.js";
import { count, counted, span } from "./wording.js";

// What became of every message.
export class Counters {
  constructor(place) {
    this.place = place;
  }

  show({ snapshot }) {
    const { read, kept, repeats, late, future, malformed, filtered, undecided } = snapshot.counters;
    const texts = [
      ...snapshot.health.reasons.map(({ status, text }) => `${status}: ${text}`),
      `${counted(read, "messages")} read`,
      `${count(kept)} kept`,
      counted(repeats, "repeats"),
      `${count(late)} late`,
      `${count(future)} stamped in the future`,
      `${count(malformed)} malformed`,
      `${count(filtered)} filtered out`,
      `${count(undecided)} waiting to be put in order`,
      `${count(snapshot.remembered)} of ${count(snapshot.remembered_cap)} ids remembered`,
      counted(snapshot.categories, snapshot.noun_by),
      `${count(snapshot.folded)} folded into “other”`,
      ...(snapshot.missed_count ? [`${counted(snapshot.missed_count, "gaps")} in what the sources gave`] : []),
      ...(snapshot.store ? [`kept in ${snapshot.store.name}: ${snapshot.store.keeps}`] : []),
      ...(snapshot.time_form ? [`time: ${snapshot.time_form}`] : []),
      ...snapshot.channels.map(told),
      ...snapshot.sources.map(({ name, kind, reconnects }) => `${name}: ${kind}, ${counted(reconnects, "reconnects")}`),
    ];
    if (texts.length !== this.place.children.length)
      this.place.replaceChildren(...texts.map(() => element("span")));
    texts.forEach((text, k) => (this.place.children[k].textContent = text));
  }
}

function told({ name, waiting, oldest_s, detail, sent, repeated, failing_s, set_aside }) {
  const parts = [`${count(sent)} sent`];
  if (repeated) parts.push(`${count(repeated)} perhaps twice`);
  if (waiting) parts.push(`${count(waiting)} waiting${oldest_s === null ? "" : ` for ${span(oldest_s)}`}`);
  if (set_aside) parts.push(`${count(set_aside)} set aside`);
  if (failing_s !== null) parts.push(`failing for ${span(failing_s)}`);
  return `${name}: ${parts.join(", ")}${detail ? ` (${detail})` : ""}`;
}
