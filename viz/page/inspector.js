// inspector: everything about one unit, wire or folded box, with all digits.

const LISTED = 40; // the most operands, pulls or paths that are listed

class Inspector {
  constructor(data, tape, stage, go) {
    this.tape = tape;
    this.stage = stage;
    this.go = go;
    this.paths = new Map(data.paths ?? []);
    this.element = byId("inspector");
  }

  /** Show what is pointed at, else what is kept, else the gate at work. */
  show(position) {
    const thing = this.stage.near ?? this.stage.kept ?? this.stage.working();
    const parts = !thing ? this.nothing() : thing.path ? this.wire(thing, position)
      : thing.fold ? this.fold(thing, position) : this.unit(thing.unit, position);
    this.element.replaceChildren(...parts);
  }

  nothing() {
    return [
      make("h2", {}, "Any unit, any wire"),
      make("p", { class: "quiet" }, "Point at one, tap it, or go through them with the up and down arrows: here you see its value, its gradient, its local derivatives and its paths, with every digit."),
      make("h3", {}, "What plays"),
      make("p", {}, "First the values flow forwards, gate by gate. Then the gradient of the output flows backwards: each gate multiplies what arrives with its local derivatives, and pulls at its operands."),
    ];
  }

  unit(unit, position) {
    const { tape } = this;
    const now = tape.unitAt(unit, position);
    const parts = [make("h2", {}, unit.label), make("p", { class: "kind" }, this.kind(unit, now))];
    if (unit.role === "constant") return parts;
    const facts = [["value", now.value < 0 ? "not computed yet" : tape.full(now.value)]];
    facts.push(["gradient", now.gradient < 0 ? "nothing yet" : this.signed(now.gradient)]);
    if (unit.pulls.length) {
      const of = unit.pulls[unit.pulls.length - 1].paths;
      const done = now.done ? unit.pulls[now.done - 1].path : 0;
      facts.push(["gathered", `${count(done)} of ${count(of)} ${of === 1 ? "pull" : "pulls"}`]);
    }
    if (unit.seed >= 0) facts.push(["seed", tape.full(unit.seed)]);
    if (unit.kept >= 0 && tape.number(unit.kept) !== 0) facts.push([".grad before", tape.full(unit.kept)]);
    parts.push(listed(facts));
    if (unit.operands.length) parts.push(...this.operands(unit));
    if (unit.pulls.length) parts.push(...this.pulls(unit, position));
    parts.push(...this.paths_(unit));
    return parts;
  }

  kind(unit, now) {
    const made = unit.gate ? `${unit.symbol} made by the gate ${unit.gate}` : unit.role;
    const state = { working: "at work now", partial: "gathering pulls", done: "complete", pending: "waits for pulls", ahead: "not computed yet" };
    if (now.gradient < 0 && now.state === "done") return made;
    return state[now.state] ? `${made}; ${state[now.state]}` : made;
  }

  signed(place) {
    const sign = signOf(this.tape.number(place));
    return make("span", { class: sign }, (MARKS[sign] ?? "") + this.tape.full(place));
  }

  name(row) {
    const unit = this.tape.units.get(row);
    if (!unit) return make("span", {}, "a unit in a folded box");
    if (unit.role === "constant") return make("span", {}, unit.label);
    return link(unit.label, () => {
      const box = this.stage.current.boxes.get(this.stage.current.owner(row));
      if (box) this.stage.focus(box);
    });
  }

  operands(unit) {
    const items = unit.operands.slice(0, LISTED).map((row, port) => {
      const partial = unit.partials[port];
      const constant = this.tape.units.get(row)?.role === "constant";
      const slope = partial === undefined || constant ? "" : `\u2202${unit.label}/\u2202${this.label(row)} = ${this.tape.full(partial)}`;
      return make("li", {}, this.name(row), make("span", { class: "sum" }, slope));
    });
    return [make("h3", {}, "Local derivatives"), rest(make("ul", { class: "list" }, ...items), unit.operands.length)];
  }

  pulls(unit, position) {
    const items = unit.pulls.slice(0, LISTED).map((pull) => {
      const done = pull.at < position;
      const event = link(`event ${count(this.tape.stops[pull.at].through)}`, () => this.go(pull.at + 1));
      const sum = make("span", { class: "sum" }, done ? this.product(pull) : "still to come");
      return make("li", {}, "from ", this.name(pull.from), " at ", event, sum);
    });
    return [make("h3", {}, "Pulls into it"), rest(make("ul", { class: "list" }, ...items), unit.pulls.length)];
  }

  product(pull) {
    const { tape } = this;
    if (pull.blocked) return "no pull: the upstream is 0";
    if (pull.upstream < 0) return `last pull ${tape.full(pull.size)}, gathered ${tape.full(pull.after)}`;
    return `${tape.full(pull.upstream)} \u00d7 ${tape.full(pull.partial)} = ${tape.full(pull.size)}`;
  }

  paths_(unit) {
    const found = this.paths.get(unit.row);
    if (!found) return [];
    const items = found.list.map(([text, size]) => make("li", {}, text, make("span", { class: "sum" }, this.signed(size))));
    const parts = [make("h3", {}, `Paths to the output: ${found.count}`), make("ul", { class: "list" }, ...items)];
    if (found.rest >= 0) parts.push(make("p", { class: "quiet" }, "the others add ", this.signed(found.rest)));
    return parts;
  }

  wire(wire, position) {
    const { tape } = this;
    const head = tape.units.get(wire.head);
    const tail = tape.units.get(wire.tail);
    const parts = [make("h2", {}, "A wire"), make("p", { class: "kind" }, "from ", this.name(wire.tail), " to ", this.name(wire.head))];
    if (wire.port < 0) {
      parts[0].textContent = "Wires of a folded box";
      return parts;
    }
    const facts = [];
    if (tail) {
      const value = tape.unitAt(tail, position).value;
      facts.push(["value", value < 0 ? "not computed yet" : tape.full(value)]);
    }
    if (tail && tail.role !== "constant") {
      facts.push([`\u2202${head.label}/\u2202${tail.label}`, tape.full(head.partials[wire.port] ?? -1) || "nothing"]);
      const upstream = tape.unitAt(head, position).gradient;
      const made = wire.pull && wire.pull.at < position;
      facts.push(["upstream", upstream < 0 ? "nothing yet" : tape.full(upstream)]);
      facts.push(["pull", made ? (wire.pull.blocked ? "none: the upstream is 0" : this.signed(wire.pull.size)) : "nothing yet"]);
    }
    parts.push(listed(facts));
    if (wire.pull && wire.pull.at < position) {
      parts.push(make("p", { class: "quiet" }, "pull = upstream \u00d7 local derivative"));
    }
    return parts;
  }

  fold(box, position) {
    const now = this.tape.foldAt(box.fold, position);
    const { members } = box.fold;
    const parts = [make("h2", {}, box.name), make("p", { class: "kind" }, `a folded box of ${count(members)} units`)];
    parts.push(listed([
      ["values", now.value], ["gradients", now.gradient],
      ["computed", `${count(now.computed)} of ${count(members)}`],
      ["visited", `${count(now.visited)} of ${count(members)}`],
    ]));
    if (box.fold.opens >= 0) {
      const button = make("button", { type: "button" }, "Open this box");
      button.addEventListener("click", () => this.stage.open(box));
      parts.push(make("p", {}, button));
    }
    return parts;
  }

  label(row) {
    return this.tape.units.get(row)?.label ?? "?";
  }
}

/** A list of terms and what they are. */
function listed(facts) {
  const parts = facts.flatMap(([term, said]) => [make("dt", {}, term), make("dd", {}, said)]);
  return make("dl", { class: "facts" }, ...parts);
}

/** Say at the end of a list how many more there are. */
function rest(list, all) {
  if (all > LISTED) list.append(make("li", { class: "quiet" }, `\u2026 and ${count(all - LISTED)} more`));
  return list;
}
