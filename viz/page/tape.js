// tape: the recorded pass, and what every unit and folded box shows at any position.
//
// A position is how many stops are done.  Nothing is carried along from one position to the
// next: each number is looked up in a short sorted track, so that any jump costs the same.

class Tape {
  constructor(data) {
    this.forwards = data.forwards;
    this.start = data.start;
    this.events = data.events;
    this.halfway = data.halfway;
    this.numbers = data.numbers;
    this.top = data.top;
    this.stops = data.stops.map((stop, at) => this.stop(stop, at));
    this.length = this.stops.length;
    this.units = new Map(data.units.map(([row, facts]) => [row, this.unit(row, facts)]));
    for (const stop of this.stops) {
      for (const pull of stop.pulls) {
        const unit = this.units.get(pull.into);
        if (unit) {
          unit.at.push(stop.at);
          unit.pulls.push(pull);
        }
      }
    }
  }

  stop([row, sentence, upstream, pulls, left, through], at) {
    return {
      at, row, sentence, upstream, left, through,
      forward: at < this.forwards,
      pulls: pulls.map(([into, from, port, partial, size, after, path, paths, blocked]) => ({
        at, into, from, port, partial, size, after, path, paths, upstream,
        blocked: blocked === 1, alone: row >= 0,
      })),
    };
  }

  unit(row, facts) {
    const [label, role, gate, symbol, value, operands, partials] = facts;
    const [computed, visited, seed, kept, final] = facts.slice(7);
    return {
      row, label, role, gate, symbol, value, operands, partials, computed, visited, seed, kept,
      final, at: [], pulls: [],
    };
  }

  /** All digits of a number, "" for none. */
  full(place) {
    return place < 0 ? "" : this.numbers[2 * place];
  }

  /** A number as pictures show it. */
  short(place) {
    return place < 0 ? DASH : this.numbers[2 * place + 1] || this.full(place);
  }

  /** A number as a number. */
  number(place) {
    const full = this.full(place);
    return full === "inf" ? Infinity : full === "-inf" ? -Infinity : Number(full);
  }

  /** How large a gradient is in this pass, from 4 for the largest decade down to 1; 0 for none. */
  strength(...places) {
    const sizes = places.filter((place) => place >= 0).map((place) => Math.abs(this.number(place)));
    const largest = Math.max(0, ...sizes);
    if (!Number.isFinite(largest) || largest === 0) return 0;
    const decade = Number(largest.toExponential(3).split("e")[1]);
    return 4 - Math.min(Math.max(this.top - decade, 0), 3);
  }

  /** What a unit shows: places of its value and gradient, and how far it has come. */
  unitAt(unit, position) {
    const forward = position < this.forwards;
    const shown = { value: unit.value, gradient: -1, done: 0, state: forward ? "done" : "pending" };
    if (unit.role === "constant") shown.state = "";
    else if (forward && unit.computed >= position) {
      shown.value = -1;
      shown.state = "ahead";
    } else if (position > this.forwards) {
      shown.done = before(unit.at, position);
      if (unit.visited >= 0 && unit.visited < position) {
        shown.gradient = unit.final;
        shown.state = "done";
      } else if (shown.done > 0) {
        shown.gradient = unit.pulls[shown.done - 1].after;
        shown.state = "partial";
      } else if (unit.seed >= 0) {
        shown.gradient = unit.seed;
        shown.state = "partial";
      }
    }
    if (position > 0 && this.stops[position - 1].row === unit.row) shown.state = "working";
    return shown;
  }

  /** What a folded box shows: its ranges, and how many of its members are done. */
  foldAt(fold, position) {
    const forward = position <= this.forwards;
    const values = latest(fold.values, fold.valuesAt, position);
    const gradients = forward ? null : latest(fold.gradients, fold.gradientsAt, position);
    const last = forward ? values : gradients;
    const touched = last !== null && position > 0 && last[0] === position - 1;
    const computed = values === null ? 0 : values[1];
    const visited = gradients === null ? 0 : gradients[1];
    const done = forward ? computed : visited;
    const state = done === fold.members ? "done" : done > 0 ? "partial" : forward ? "ahead" : "pending";
    return {
      value: this.range(values),
      gradient: this.range(gradients),
      sign: gradients === null ? "unvisited" : this.signs(gradients),
      strength: gradients === null ? 0 : this.strength(gradients[2], gradients[3]),
      computed,
      visited,
      state: touched ? "working" : state,
    };
  }

  range(entry) {
    if (entry === null || entry[2] < 0) return DASH;
    const low = this.short(entry[2]);
    const high = this.short(entry[3]);
    return low === high ? low : `${low} \u2026 ${high}`;
  }

  signs(entry) {
    if (entry[2] < 0) return "unvisited";
    const low = signOf(this.number(entry[2]));
    const high = signOf(this.number(entry[3]));
    if (low === "broken" || high === "broken") return "broken";
    if (low === high) return low;
    return low === "minus" && high === "plus" ? "mixed" : low === "zero" ? high : low;
  }

  /** Say where a position is. */
  where(position) {
    const all = count(this.events);
    if (position === 0) return `before event 1 of ${all}`;
    const through = this.stops[position - 1].through;
    const from = position > 1 ? this.stops[position - 2].through + 1 : 1;
    const some = from === through ? `event ${count(through)}` : `events ${count(from)} to ${count(through)}`;
    return `${some} of ${all}`;
  }

  /** What is said at a position. */
  sentence(position) {
    if (position > 0) return this.stops[position - 1].sentence;
    if (this.forwards === 0) return "The value stands; no gate has to be computed.";
    return "The leaves have their values; no gate has been computed yet.";
  }
}

/** The last entry of a track that holds at a position, or null. */
function latest(track, stops, position) {
  const place = before(stops, position);
  return place === 0 ? null : track[place - 1];
}
