// boxes: the boxes of one picture, and what is written in them.

const CHANGING = /^(plus|minus|zero|mixed|broken|unvisited|s\d|working|done|partial|pending)$/;
const LETTER = 7.4; // pixels of one letter of the numbers

/** What the boxes of units and of folded groups have in common: their place in the picture. */
class Box {
  constructor(group, tape) {
    this.group = group;
    this.tape = tape;
    this.shown = "";
    this.state = "";
    this.value = group.querySelector("text.num:not(.grad)");
    this.gradient = group.querySelector("text.grad");
    this.base = [...group.classList].filter((name) => !CHANGING.test(name)).join(" ");
    // The inspector says what a title would, and for this position; marks come with the numbers.
    for (const old of group.querySelectorAll("title, .chip, .mark, .note, .frame")) old.remove();
    if (this.gradient) {
      this.chip = draw("rect", { height: 16, rx: 4, y: this.gradient.getAttribute("y") - 12.2 });
      this.gradient.before(this.chip);
    }
  }

  /** Write what the box shows; touch the document only where something changed. */
  show(position) {
    const now = this.now(position);
    const key = `${now.value} ${now.gradient} ${now.state}`;
    if (key === this.shown) return;
    this.shown = key;
    this.state = now.state;
    if (this.value && this.value.textContent !== now.value) this.value.textContent = now.value;
    if (this.gradient) this.pulled(now.gradient, now.sign, now.strength);
    const kept = this.kept ? " is-kept" : "";
    this.group.setAttribute("class", `${this.base} ${now.sign} ${now.state}${kept}`);
  }

  /** Write the gradient on a ground of its sign and strength. */
  pulled(gradient, sign, strength) {
    const text = (MARKS[sign] ?? "") + gradient;
    const wide = text.length * LETTER + 8;
    const kind = strength && MARKS[sign] ? `chip ${sign} s${strength}` : "chip none";
    this.gradient.textContent = text;
    this.gradient.setAttribute("class", `num end grad ${sign}`);
    this.chip.setAttribute("class", kind);
    this.chip.setAttribute("width", wide);
    this.chip.setAttribute("x", this.gradient.getAttribute("x") - wide + 4);
  }

  /** Mark the box as kept, or let it go. */
  mark(kept) {
    this.kept = kept;
    this.group.classList.toggle("is-kept", kept);
  }
}

class UnitBox extends Box {
  constructor(group, unit, tape) {
    super(group, tape);
    this.unit = unit;
  }

  get name() {
    return this.unit.label;
  }

  now(position) {
    const { tape, unit } = this;
    const { value, gradient, state } = tape.unitAt(unit, position);
    return {
      value: unit.role === "constant" ? this.value?.textContent : tape.short(value),
      gradient: tape.short(gradient),
      sign: gradient < 0 ? "unvisited" : signOf(tape.number(gradient)),
      strength: tape.strength(gradient),
      state,
    };
  }

  /** Say it in a line, for a screen reader. */
  said(position) {
    if (this.unit.role === "constant") return `constant ${this.unit.label}`;
    const now = this.tape.unitAt(this.unit, position);
    const value = now.value < 0 ? "not computed yet" : `value ${this.tape.short(now.value)}`;
    const gradient = now.gradient < 0 ? "no gradient yet" : `gradient ${this.tape.short(now.gradient)}`;
    return `${this.name}, ${this.unit.gate || this.unit.role}, ${value}, ${gradient}`;
  }
}

class FoldBox extends Box {
  constructor(group, fold, tape) {
    super(group, tape);
    this.fold = fold;
  }

  get name() {
    return this.fold.name;
  }

  now(position) {
    return this.tape.foldAt(this.fold, position);
  }

  said(position) {
    const now = this.now(position);
    const opens = this.fold.opens < 0 ? "" : ", Enter opens it";
    return `${this.name}, ${count(this.fold.members)} units folded, value ${now.value}, gradient ${now.gradient}${opens}`;
  }
}
