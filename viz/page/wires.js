// wires: the wires of one picture; what flows through them at a position.

const LABELLED = 10; // the most pulls of one event that are written beside their wires

class Wires {
  constructor(svg, tape, owner, folds) {
    this.tape = tape;
    this.owner = owner;
    this.folds = folds;
    this.all = [];
    this.between = new Map();
    this.layer = draw("g", { class: "pulls", "aria-hidden": "true" });
    this.places = new Map();
    for (const group of svg.querySelectorAll("g.wire")) {
      const [, tail, head] = /from_n(\d+) to_n(\d+)/.exec(group.getAttribute("class")) ?? [];
      if (tail !== undefined) this.all.push(this.wire(group, Number(tail), Number(head)));
    }
    this.trunks(svg);
    svg.append(this.layer);
  }

  /** A wire that runs on a rail shared with others is lit from its very beginning. */
  trunks(svg) {
    const rails = new Map();
    for (const rail of svg.querySelectorAll("path.trunk")) {
      const [, tail] = /from_n(\d+)/.exec(rail.getAttribute("class")) ?? [];
      rails.set(Number(tail), rail.getAttribute("d").split("C"));
    }
    for (const wire of this.all) {
      const start = wire.short.slice(1).split("C")[0];
      const parts = rails.get(wire.tail) ?? [];
      const at = parts.findIndex((part, place) => place > 0 && part.endsWith(` ${start}`));
      if (at > 0) wire.long = [...parts.slice(0, at + 1), ...wire.short.split("C").slice(1)].join("C");
    }
  }

  /** Join a wire to its place in the circuit: which operand of which unit it is. */
  wire(group, tail, head) {
    const key = `${tail}>${head}`;
    const same = this.between.get(key) ?? [];
    this.between.set(key, same);
    const unit = this.tape.units.get(head);
    let port = -1;
    if (unit && !this.folds.has(head) && !this.folds.has(tail)) {
      const ports = unit.operands.flatMap((operand, at) => (operand === tail ? [at] : []));
      port = ports[same.length] ?? -1;
    }
    const stop = unit && unit.visited >= 0 ? this.tape.stops[unit.visited] : null;
    const pull = stop?.pulls.find((one) => one.into === tail && one.port === port && one.from === head);
    const path = group.querySelector("path");
    const short = path.getAttribute("d");
    group.querySelector("title")?.remove();
    if (!group.querySelector(".hit")) group.append(draw("path", { d: short, class: "hit" }));
    const base = [...group.classList].filter((name) => !CHANGING.test(name)).join(" ");
    const wire = { group, path, short, long: short, tail, head, port, base, kind: "", shown: "" };
    if (port >= 0) wire.pull = pull;
    group.wire = wire;
    same.push(wire);
    return wire;
  }

  /** Show what has been pulled, what is being pulled, and what feeds the gate at work. */
  show(position) {
    const stop = position > 0 ? this.tape.stops[position - 1] : null;
    const backward = position > this.tape.forwards;
    for (const wire of this.all) {
      const made = backward && wire.pull && wire.pull.at < position && !wire.pull.blocked;
      const kind = made ? ` is-pulled ${signOf(this.tape.number(wire.pull.size))}` : "";
      this.paint(wire, kind);
    }
    this.layer.replaceChildren();
    if (stop === null) return;
    if (stop.forward) this.feed(stop);
    else this.pull(stop);
  }

  feed(stop) {
    const unit = this.tape.units.get(stop.row);
    for (const [port, operand] of (unit?.operands ?? []).entries()) {
      const wire = this.find(operand, stop.row, port);
      if (wire) this.paint(wire, " is-feeding");
    }
  }

  pull(stop) {
    const taken = [...this.places.values()];
    let written = 0;
    for (const pull of stop.pulls) {
      const wire = this.find(pull.into, pull.from, pull.port);
      if (!wire) continue;
      const sign = pull.blocked ? "zero" : signOf(this.tape.number(pull.size));
      this.paint(wire, ` is-pulling ${sign}`);
      if (written < LABELLED && pull.alone && wire.port >= 0) {
        written += 1;
        const text = pull.blocked ? "no pull" : (MARKS[sign] ?? "") + this.tape.short(pull.size);
        this.layer.append(tag(wire.path, text, sign, taken));
      }
    }
  }

  /** The wire of one operand, or the one that stands for it between folded boxes. */
  find(operand, row, port) {
    const tail = this.owner(operand);
    const head = this.owner(row);
    const some = this.between.get(`${tail}>${head}`);
    return some?.find((wire) => wire.port === port) ?? some?.[0];
  }

  paint(wire, kind) {
    const key = `${wire.base}${kind}${wire.near ? " is-near" : ""}${wire.kept ? " is-kept" : ""}`;
    wire.kind = kind;
    if (key === wire.shown) return;
    wire.shown = key;
    wire.group.setAttribute("class", key);
    const lit = wire.near || wire.kept || / is-(feeding|pulling)/.test(kind);
    wire.path.setAttribute("d", lit ? wire.long : wire.short);
  }

  /** Mark a wire as looked at, or as kept. */
  mark(wire, near, kept) {
    wire.near = near;
    wire.kept = kept;
    this.paint(wire, wire.kind);
  }

  /** Say a wire in a line. */
  said(wire) {
    const from = this.tape.units.get(wire.tail)?.label ?? "a folded box";
    const to = this.tape.units.get(wire.head)?.label ?? "a folded box";
    const unit = this.tape.units.get(wire.head);
    const partial = wire.port >= 0 ? unit.partials[wire.port] : undefined;
    const slope = partial === undefined ? "" : `, local derivative ${this.tape.short(partial)}`;
    return `wire from ${from} to ${to}${slope}`;
  }
}

const TRIED = [0.5, 0.4, 0.6, 0.3, 0.7, 0.22, 0.78, 0.15];

/** Write a pull on its wire where the least is in the way. */
function tag(path, text, sign, taken) {
  const points = curves(path.getAttribute("d"));
  const wide = text.length * 6.8 + 12;
  let best = null;
  for (const part of TRIED) {
    const { x, y } = along(points, part);
    const place = { x: x - wide / 2, y: y - 9, width: wide, height: 18 };
    const crowd = taken.reduce((sum, other) => sum + overlap(place, other), 0);
    if (best === null || crowd < best.crowd - 0.5) best = { place, crowd };
    if (crowd === 0) break;
  }
  const { x, y } = best.place;
  taken.push(best.place);
  return draw(
    "g", { class: `tag ${sign}` },
    draw("rect", { x, y, width: wide, height: 18, rx: 9 }),
    draw("text", { x: x + wide / 2, y: y + 13 }, text),
  );
}

/** The points of path data: a start, then three for each cubic curve. */
function curves(d) {
  const numbers = d.match(/-?[\d.]+/g).map(Number);
  return numbers.flatMap((x, at) => (at % 2 ? [] : [{ x, y: numbers[at + 1] }]));
}

/** The point at a part of the way along curves; asking the path itself would cost a layout. */
function along(points, part) {
  const all = (points.length - 1) / 3;
  const curve = Math.min(Math.floor(part * all), all - 1);
  const t = part * all - curve;
  const weights = [(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t ** 3];
  const four = points.slice(3 * curve, 3 * curve + 4);
  const sum = (axis) => four.reduce((total, point, at) => total + weights[at] * point[axis], 0);
  return { x: sum("x"), y: sum("y") };
}

/** The area that two rectangles share. */
function overlap(a, b) {
  const wide = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const tall = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return wide > 0 && tall > 0 ? wide * tall : 0;
}
