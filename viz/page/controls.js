// controls: the slider, the buttons, the sentence, and what the current event multiplies.

const TABLED = 100; // the most pulls of one event in the table

class Controls {
  constructor(tape, go) {
    this.tape = tape;
    this.go = go;
    this.playing = 0;
    this.position = 0;
    this.slider = byId("slider");
    this.slider.max = String(tape.length);
    const split = tape.length ? (100 * tape.forwards) / tape.length : 0;
    byId("stage").parentElement.style.setProperty("--split", `${split}%`);
    byId("half").toggleAttribute("hidden", tape.forwards === 0);
    this.slider.addEventListener("input", () => {
      this.pause();
      this.go(Number(this.slider.value));
    });
    const moves = { first: () => 0, back: () => this.position - 1, next: () => this.position + 1, last: () => tape.length };
    for (const [id, to] of Object.entries(moves)) {
      byId(id).addEventListener("click", () => this.move(to()));
    }
    byId("play").addEventListener("click", () => this.toggle());
    byId("speed").addEventListener("change", () => {
      if (this.playing) this.wait();
    });
  }

  /** Pause and go somewhere. */
  move(position) {
    this.pause();
    this.go(position);
  }

  toggle() {
    if (this.playing) {
      this.pause();
      return;
    }
    if (this.position === this.tape.length) this.go(0);
    byId("sentence").setAttribute("aria-live", "off"); // nobody can listen as fast as it plays
    this.wait();
    this.label();
  }

  pause() {
    clearTimeout(this.playing);
    this.playing = 0;
    byId("sentence").setAttribute("aria-live", document.activeElement === this.slider ? "off" : "polite");
    this.label();
  }

  wait() {
    clearTimeout(this.playing);
    this.playing = setTimeout(() => {
      this.go(this.position + 1);
      if (this.position < this.tape.length) this.wait();
      else this.pause();
    }, 1000 / Number(byId("speed").value));
  }

  label() {
    const play = byId("play");
    const name = this.playing ? "Pause" : "Play";
    if (play.getAttribute("aria-label") === name) return;
    play.setAttribute("aria-label", name);
    byId("verb").textContent = name;
    byId("sign").setAttribute("d", this.playing ? "M3 2.5h3.5v11H3zM9.5 2.5H13v11H9.5z" : "M4 2.5v11L13 8z");
  }

  show(position) {
    const { tape } = this;
    this.position = position;
    const sentence = tape.sentence(position);
    const where = tape.where(position);
    const half = position === 0 ? "" : position <= tape.forwards ? "forward" : "backward";
    this.slider.value = String(position);
    this.slider.setAttribute("aria-valuetext", `${where}${half && ", "}${half}: ${sentence}`);
    byId("phase").textContent = { forward: "Forward", backward: "Backward", "": "Start" }[half];
    byId("phase").className = half;
    byId("where").textContent = where;
    byId("sentence").textContent = sentence;
    this.table(this.rule(position));
    for (const id of ["first", "back"]) byId(id).setAttribute("aria-disabled", String(position === 0));
    for (const id of ["next", "last"]) byId(id).setAttribute("aria-disabled", String(position === tape.length));
  }

  /** Show a table beside the sentence, or the sentence alone; one that scrolls takes the focus. */
  table(parts) {
    const rule = byId("rule");
    rule.replaceChildren(...parts);
    rule.scrollTop = 0;
    rule.toggleAttribute("tabindex", false);
    if (parts.length) rule.setAttribute("tabindex", "0");
    byId("said").classList.toggle("tabled", parts.length > 0);
  }

  /** The chain rule of the current event as a table: one line for each pull. */
  rule(position) {
    const { tape } = this;
    const stop = position > 0 ? tape.stops[position - 1] : null;
    if (stop === null || stop.forward || stop.row < 0 || stop.pulls.length === 0) return [];
    const name = tape.units.get(stop.row)?.label ?? "";
    const to = (pull) => tape.units.get(pull.into)?.label ?? "a unit in a folded box";
    const cells = (pull) => [
      [make("bdi", { dir: "ltr" }, to(pull)), to(pull)],
      [tape.short(pull.upstream), tape.full(pull.upstream)],
      [`\u00d7 ${tape.short(pull.partial)}`, tape.full(pull.partial)],
      [pull.blocked ? "no pull" : `= ${tape.short(pull.size)}`, tape.full(pull.size)],
      [tape.short(pull.after), tape.full(pull.after), `  (${count(pull.path)} of ${count(pull.paths)})`],
    ];
    // Where it is narrow, the upstream stands once above: it is the same in every line.
    const once = make("caption", { class: "slim" }, `upstream at ${name}: ${tape.short(stop.pulls[0].upstream)}`);
    const heads = ["to", `upstream at ${name}`, "local derivative", "pull", "gathered"];
    const head = make("tr", {}, ...heads.map((text, at) => make("th", { scope: "col", ...classed(at === 1 && "wide") }, text)));
    const signs = (pull) => ["", "wide", "", signOf(tape.number(pull.size)), signOf(tape.number(pull.after))];
    const cell = ([text, full, more], kind) =>
      make("td", { ...(full ? { title: full } : {}), ...classed(kind) }, text, ...(more ? [make("span", { class: "wide" }, more)] : []));
    const rows = stop.pulls.slice(0, TABLED).map((pull) => {
      const kinds = signs(pull);
      return make("tr", {}, ...cells(pull).map((one, at) => cell(one, kinds[at])));
    });
    const more = stop.pulls.length + stop.left - rows.length;
    const table = make("table", {}, once, make("thead", {}, head), make("tbody", {}, ...rows));
    return more > 0 ? [table, make("p", { class: "quiet" }, `\u2026 and ${count(more)} more pulls`)] : [table];
  }
}

/** The attribute of a class, where there is one. */
const classed = (name) => (name ? { class: name } : {});
