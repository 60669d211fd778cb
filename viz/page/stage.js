// stage: the pictures, of which one is shown; pointing at a unit or wire, keeping one, opening.

const PART = 0.6; // how much of a picture, across and down, is to be seen where it can be read

class Stage {
  constructor(data, tape) {
    this.tape = tape;
    this.element = byId("stage");
    this.pictures = data.pictures.map((one) => new Picture(one, tape));
    this.kept = null;
    this.near = null;
    this.changed = () => {};
    for (const picture of this.pictures) this.listen(picture);
    this.position = tape.start;
    this.show(this.finest(data.first));
    new ResizeObserver(() => this.current.zoom.resized()).observe(this.element);
  }

  /** The finest picture, up to a place, that can be read with most of it in sight. */
  finest(most) {
    for (let at = most; at >= 0; at -= 1) {
      this.show(at);
      if (this.current.zoom.widest >= READABLE * PART) return at;
    }
    return most;
  }

  /** Show one of the pictures: all of it, or what is at work where the whole is too small. */
  show(place) {
    this.at = place;
    for (const [at, picture] of this.pictures.entries()) {
      picture.svg.toggleAttribute("hidden", at !== place);
    }
    this.current = this.pictures[place];
    this.keep(null);
    this.current.prepare();
    this.paint(this.position, false);
    if (this.current.zoom.widest < WHOLE) this.approach();
  }

  /** See the box at work, or the one that comes next, as large as it must be to be read. */
  approach() {
    const next = this.tape.stops[this.position];
    const box = this.working() ?? (next && this.current.boxes.get(this.current.owner(next.row)));
    const [first] = this.current.boxes.values();
    this.current.zoom.set(READABLE, ...this.current.middle(box ?? first));
  }

  paint(position, follow) {
    this.position = position;
    for (const box of this.current.boxes.values()) box.show(position);
    this.current.wires.show(position);
    if (follow) this.follow();
  }

  /** Keep the gate at work in sight. */
  follow() {
    const { zoom } = this.current;
    const box = this.working();
    if (!box || !zoom.zoomed) return;
    zoom.follow(this.current.places.get(box));
  }

  /** The box at work. */
  working() {
    const stop = this.tape.stops[this.position - 1];
    if (!stop) return undefined;
    if (stop.row >= 0) return this.current.boxes.get(this.current.owner(stop.row));
    return [...this.current.boxes.values()].find((box) => box.state === "working");
  }

  listen(picture) {
    const found = (event) => picture.thing(event.target);
    picture.svg.addEventListener("pointerover", (event) => {
      if (event.pointerType !== "touch") this.point(found(event));
    });
    picture.svg.addEventListener("pointerleave", () => this.point(null));
    picture.svg.addEventListener("click", (event) => {
      if (!picture.zoom.moved) this.keep(found(event));
    });
    picture.svg.addEventListener("dblclick", (event) => this.open(found(event)));
    picture.svg.addEventListener("focusin", (event) => this.point(found(event)));
    picture.svg.addEventListener("focusout", () => this.point(null));
  }

  /** Look at a unit, a folded box or a wire, without keeping it. */
  point(thing) {
    if (thing === this.near) return;
    const last = this.near;
    this.near = thing;
    for (const one of [last, thing]) this.mark(one);
    this.changed();
  }

  /** Keep something in the inspector, or let it go with null; the same again lets it go. */
  keep(thing) {
    const last = this.kept;
    this.kept = thing === last ? null : thing;
    for (const one of [last, thing]) this.mark(one);
    this.changed();
  }

  mark(thing) {
    if (!thing) return;
    if (thing.path) this.current.wires.mark(thing, thing === this.near, thing === this.kept);
    else thing.mark(thing === this.kept);
  }

  /** Open a folded box: show the picture that has what is in it. */
  open(thing) {
    if (!thing?.fold || thing.fold.opens < 0) return;
    const rows = thing.fold.rows;
    this.came = [...(this.came ?? []), this.at];
    this.show(thing.fold.opens);
    this.current.reveal(rows);
    this.moved?.();
  }

  /** Go back to the picture that a box was opened from. */
  close() {
    if (!this.came?.length) return false;
    this.show(this.came.pop());
    this.moved?.();
    return true;
  }

  /** Go to the next or the last unit or wire with the keyboard. */
  walk(step) {
    const things = this.current.things;
    const at = things.indexOf(this.current.thing(document.activeElement));
    const next = at < 0 ? 0 : Math.min(Math.max(at + step, 0), things.length - 1);
    this.focus(things[next]);
  }

  focus(thing) {
    if (!thing) return;
    const target = thing.group;
    for (const one of this.current.svg.querySelectorAll('[tabindex="0"]')) one.setAttribute("tabindex", "-1");
    target.setAttribute("tabindex", "0");
    target.setAttribute("aria-label", thing.path ? this.current.wires.said(thing) : thing.said(this.position));
    target.focus({ preventScroll: true });
    const place = this.current.places.get(thing) ?? this.current.place(target);
    if (this.current.zoom.zoomed) this.current.zoom.follow(place);
  }

  /** Find a unit by its label; say whether there is one. */
  find(label) {
    const unit = [...this.tape.units.values()].find((one) => one.label === label);
    const box = unit && this.current.boxes.get(this.current.owner(unit.row));
    if (!box) return false;
    this.keep(null);
    this.keep(box);
    this.current.zoom.set(Math.max(this.current.zoom.scale, 1), ...this.current.middle(box));
    this.focus(box);
    return true;
  }
}

/** One picture: its boxes, its wires and its zoom. */
class Picture {
  constructor(data, tape) {
    this.title = data.title;
    this.listed = data.listed;
    this.svg = byId(data.id);
    this.svg.setAttribute("role", "group");
    this.svg.removeAttribute("aria-labelledby");
    this.svg.setAttribute("aria-label", "Circuit: up and down arrows go through its units and wires");
    this.folds = new Map();
    const owners = new Map();
    for (const [lead, name, rows, opens, { members, values, gradients }] of data.folds) {
      for (const row of rows) owners.set(row, lead);
      this.folds.set(lead, {
        lead, name, rows, opens, members, values, gradients,
        valuesAt: values.map((entry) => entry[0]),
        gradientsAt: gradients.map((entry) => entry[0]),
      });
    }
    this.owner = (row) => owners.get(row) ?? row;
    this.boxes = new Map();
    for (const group of this.svg.querySelectorAll("g.unit[id]")) {
      const row = Number(group.id.slice(group.id.lastIndexOf("_n") + 2));
      const fold = this.folds.get(row);
      const unit = tape.units.get(row);
      if (fold) this.boxes.set(row, new FoldBox(group, fold, tape));
      else if (unit) this.boxes.set(row, new UnitBox(group, unit, tape));
    }
    this.wires = new Wires(this.svg, tape, this.owner, this.folds);
    this.things = [];
    for (const [row, box] of [...this.boxes].sort(([a], [b]) => a - b)) {
      this.things.push(...this.wires.all.filter((wire) => wire.head === row), box);
    }
    for (const thing of this.things) {
      thing.group.setAttribute("tabindex", "-1");
      thing.group.setAttribute("role", "img");
      thing.group.setAttribute("aria-label", thing.path ? this.wires.said(thing) : thing.name);
    }
    this.places = this.wires.places;
  }

  /** Measure, once, when the picture is first seen. */
  prepare() {
    if (this.zoom) {
      this.zoom.resized();
      this.zoom.fit();
      return;
    }
    for (const box of this.boxes.values()) this.places.set(box, box.group.getBBox());
    const all = [...this.places.values()];
    const edge = (of) => all.map(of);
    const left = Math.min(...edge((b) => b.x)) - 18;
    const top = Math.min(...edge((b) => b.y), ...this.wires.all.slice(0, 400).map((w) => w.path.getBBox().y)) - 18;
    const right = Math.max(...edge((b) => b.x + b.width)) + 18;
    const bottom = Math.max(...edge((b) => b.y + b.height)) + 18;
    this.svg.removeAttribute("width");
    this.svg.removeAttribute("height");
    this.zoom = new Zoom(this.svg, { x: left, y: top, w: right - left, h: bottom - top });
    this.zoom.fit();
    this.things.find((thing) => !thing.path)?.group.setAttribute("tabindex", "0");
  }

  place(element) {
    return element.getBBox();
  }

  middle(box) {
    const { x, y, width, height } = this.places.get(box);
    return [x + width / 2, y + height / 2];
  }

  /** See the boxes that these rows are drawn in, as large as they fit. */
  reveal(rows) {
    const some = [...new Set(rows.map((row) => this.boxes.get(this.owner(row))))].filter(Boolean);
    if (some.length === 0 || this.zoom.widest > READABLE) return;
    const places = some.map((box) => this.places.get(box));
    const x = Math.min(...places.map((b) => b.x));
    const y = Math.min(...places.map((b) => b.y));
    const w = Math.max(...places.map((b) => b.x + b.width)) - x;
    const h = Math.max(...places.map((b) => b.y + b.height)) - y;
    const { width, height } = this.zoom.size;
    this.zoom.set(Math.min(width / (w + 60), height / (h + 60), 1.2), x + w / 2, y + h / 2);
  }

  /** What an element of the picture belongs to: a box, a wire, or nothing. */
  thing(element) {
    const wire = element?.closest?.("g.wire")?.wire;
    if (wire) return wire;
    const group = element?.closest?.("g.unit[id]");
    if (!group || !this.svg.contains(group)) return null;
    return this.boxes.get(Number(group.id.slice(group.id.lastIndexOf("_n") + 2))) ?? null;
  }
}
