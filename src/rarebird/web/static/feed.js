const AGAIN_MS = 2000;

// The live feed. It comes back by itself; after each coming back the whole picture is sent anew.
export class Feed {
  constructor({ opened, ticked, lost }) {
    Object.assign(this, { opened, ticked, lost });
    this.connect();
  }

  connect() {
    this.source = new EventSource("/feed");
    this.source.addEventListener("snapshot", (event) => this.take(event, this.opened));
    this.source.addEventListener("tick", (event) => this.take(event, this.ticked));
    this.source.addEventListener("error", () => this.fail());
  }

  take(event, told) {
    const shown = JSON.parse(event.data);
    // By category, which may be called __proto__.
    for (const name of ["labels", "departures"]) shown[name] = new Map(Object.entries(shown[name]));
    told(shown);
    if (shown.snapshot.finished) this.source.close();
  }

  // The browser tries again after a broken connection, but gives up after an answer that is no feed.
  fail() {
    this.lost();
    if (this.source.readyState !== EventSource.CLOSED) return;
    setTimeout(() => this.connect(), AGAIN_MS);
  }
}
