import { element } from "./element.js";

// The numbers behind a chart, filled only while somebody looks.
export class Table {
  constructor(card, summary, head) {
    this.head = head;
    this.body = element("tbody");
    const row = element("tr", {}, ...head.map((text) => header(text, "col")));
    const table = element("table", {}, element("thead", {}, row), this.body);
    const scroll = element("div", { className: "scroll", role: "region" }, table);
    scroll.tabIndex = 0;
    scroll.setAttribute("aria-label", summary);
    this.details = element("details", {}, element("summary", { text: summary }), scroll);
    this.details.addEventListener("toggle", () => this.fill());
    this.rows = () => [];
    card.append(this.details);
  }

  show(rows) {
    this.rows = rows;
    this.fill();
  }

  fill() {
    if (!this.details.open) return;
    this.body.replaceChildren(
      ...this.rows().map(([first, ...rest]) =>
        element("tr", {}, header(first, "row"), ...rest.map((text) => element("td", { text }))),
      ),
    );
  }
}

function header(text, scope) {
  const made = element("th", { text });
  made.scope = scope;
  return made;
}
