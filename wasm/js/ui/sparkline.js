/** The most heartbeats that are drawn. */
const MOST = 40;
/** The drawing's size, in units of its own. */
const WIDTH = 80;
const HEIGHT = 20;
/** A link with less than this, in ms, is drawn as flat as it is. */
const LEAST_SCALE = 50;

/** The last round-trip times as a small line, with a gap and a mark where a heartbeat was missed. */
export class Sparkline {
  /** @type {SVGElement} */
  #svg;
  /** @type {SVGPathElement} */
  #line;
  /** @type {SVGPathElement} */
  #marks;
  /** @type {(number | undefined)[]} Round-trip times in ms; undefined for a miss. */
  #times = [];
  /** @type {unknown} */
  #connection;

  /** @param {SVGElement} svg */
  constructor(svg) {
    this.#svg = svg;
    svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
    [this.#line, this.#marks] = ["line", "marks"].map((name) => {
      const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
      path.setAttribute("class", name);
      return svg.appendChild(path);
    });
    this.#draw();
  }

  /**
   * Begins anew if the connection is another.
   * @param {unknown} connection
   */
  follow(connection) {
    if (connection === this.#connection) return;
    this.#connection = connection;
    this.#times = [];
    this.#draw();
  }

  /** @param {number | undefined} time */
  push(time) {
    this.#times = [...this.#times, time].slice(-MOST);
    this.#draw();
  }

  #draw() {
    const scale = Math.max(LEAST_SCALE, ...this.#times.filter((time) => time !== undefined)) * 1.1;
    /** @param {number} index */
    const x = (index) => ((WIDTH * (MOST - this.#times.length + index + 0.5)) / MOST).toFixed(1);
    let line = "";
    let marks = "";
    let joined = false;
    for (const [index, time] of this.#times.entries()) {
      if (time === undefined) {
        marks += `M${x(index)} ${HEIGHT}v-5`;
      } else {
        const y = (HEIGHT - 1 - ((HEIGHT - 2) * time) / scale).toFixed(1);
        // A single point is drawn as a line without a length, which has round ends.
        line += `${joined ? "L" : "M"}${x(index)} ${y}${joined ? "" : "h0"}`;
      }
      joined = time !== undefined;
    }
    this.#svg.classList.toggle("blank", this.#times.length === 0);
    this.#line.setAttribute("d", line);
    this.#marks.setAttribute("d", marks);
  }
}
