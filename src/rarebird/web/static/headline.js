import { say } from "./element.js";
import { clock, span } from "./wording.js";

const WORDS = {
  waiting: "waiting", learning: "learning", live: "live", stale: "stale", failing: "source lost",
  unkept: "not kept", finished: "finished", reconnecting: "reconnecting", paused: "paused",
};
const OLD = ["stale", "failing", "unkept", "reconnecting"];

// The first line, the line below it, and the chip that says how the watch is doing.
export class Headline {
  constructor() {
    for (const id of ["name", "chip", "state", "behind", "headline", "detail"]) this[id] = document.getElementById(id);
  }

  show(shown) {
    const { snapshot, sentence } = shown;
    say(this.name, snapshot.name);
    document.title = `rarebird: ${snapshot.name}`;
    say(this.headline, sentence.headline);
    say(this.detail, sentence.detail);
    const behind = snapshot.behind_s;
    this.tell(sentence.state, sentence.state === "live" && behind !== null ? `, ${span(Math.max(0, behind))} behind` : "");
  }

  lost(shown) {
    const watermark = shown?.snapshot.watermark;
    say(this.headline, "This page lost the watch and is reconnecting.");
    say(this.detail, watermark ? `The numbers below are those of ${clock(watermark)} UTC.` : "");
    this.tell("reconnecting", "");
  }

  tell(state, behind) {
    say(this.state, WORDS[state]);
    say(this.behind, behind);
    this.chip.className = `chip ${state}`;
    document.body.classList.toggle("old", OLD.includes(state));
  }
}
