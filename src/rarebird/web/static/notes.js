import { element } from "./element.js";
import { clock, iso } from "./wording.js";

// What the runner itself says, such as the story of a simulated world.
export class Notes {
  constructor(card) {
    this.card = card;
    this.rows = card.querySelector(".rows");
  }

  show({ snapshot: { notes } }) {
    this.card.hidden = notes.length === 0;
    this.rows.replaceChildren(
      ...notes.map((note) =>
        element(
          "div",
          { className: "row" },
          element("span", { text: clock(note.time), className: "dim n", title: iso(note.time) }),
          element("span", { text: note.text, className: "words" }),
        ),
      ),
    );
  }
}
