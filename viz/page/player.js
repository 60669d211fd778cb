// player: reads the data and joins the parts; the keyboard; light and dark.

const data = JSON.parse(byId("data").textContent);
const tape = new Tape(data);
const stage = new Stage(data, tape);
const inspector = new Inspector(data, tape, stage, (position) => controls.move(position));
const controls = new Controls(tape, go);
let current = -1;

/** Show the pass after this many stops: the one way in which anything moves. */
function go(position) {
  const to = Math.min(Math.max(position, 0), tape.length);
  if (to === current) return;
  current = to;
  stage.paint(to, true);
  controls.show(to);
  inspector.show(to);
}

stage.changed = () => inspector.show(current);
stage.moved = () => {
  byId("closed").toggleAttribute("hidden", !stage.came?.length);
  byId("level").value = String(stage.came?.[0] ?? stage.at);
  inspector.show(current);
};

/** How far a key moves the slider. */
const MOVES = {
  ArrowRight: () => current + 1,
  ArrowLeft: () => current - 1,
  PageDown: () => current + 10,
  PageUp: () => current - 10,
  Home: () => 0,
  End: () => tape.length,
};
const OTHERS = {
  "+": () => stage.current.zoom.by(STEP),
  "=": () => stage.current.zoom.by(STEP),
  "-": () => stage.current.zoom.by(1 / STEP),
  0: () => stage.current.zoom.fit(),
  d: () => themed(!dark()),
  "?": () => byId("help").showModal(),
  "/": () => byId("find").focus(),
};

document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || byId("help").open) return;
  if (target.matches("select, input[type=text]")) return;
  const inside = stage.current.thing(target);
  if (key === " " && target.matches("button")) return;
  if (key === " ") controls.toggle();
  else if (Object.hasOwn(MOVES, key)) controls.move(MOVES[key]());
  else if (Object.hasOwn(OTHERS, key)) OTHERS[key]();
  else if (key === "Escape") {
    if (stage.kept) stage.keep(null);
    else if (!stage.close()) return;
  } else if (target === controls.slider && key === "ArrowUp") controls.move(current + 1);
  else if (target === controls.slider && key === "ArrowDown") controls.move(current - 1);
  else if (inside && key === "ArrowDown") stage.walk(1);
  else if (inside && key === "ArrowUp") stage.walk(-1);
  else if (inside && key === "Enter") {
    if (inside.fold && inside.fold.opens >= 0) stage.open(inside);
    else stage.keep(inside);
  } else return;
  event.preventDefault();
});

byId("closer").addEventListener("click", () => stage.current.zoom.by(STEP));
byId("wider").addEventListener("click", () => stage.current.zoom.by(1 / STEP));
byId("fit").addEventListener("click", () => stage.current.zoom.fit());
byId("closed").addEventListener("click", () => stage.close());
byId("keys").addEventListener("click", () => byId("help").showModal());

// Detail: one choice for each picture, the most folded first.
if (stage.pictures.filter((one) => one.listed).length > 1) {
  const level = byId("level");
  for (const [at, { title, listed }] of stage.pictures.entries()) {
    if (listed) level.append(make("option", { value: String(at) }, title));
  }
  level.addEventListener("change", () => {
    stage.came = [];
    stage.show(Number(level.value));
    stage.moved();
  });
  level.value = String(stage.at);
  level.parentElement.toggleAttribute("hidden", false);
}

// Find: the names that are drawn.
const finder = byId("find");
const named = new Set([...tape.units.values()].filter((unit) => unit.role !== "constant").map((unit) => unit.label));
byId("names").append(...[...named].slice(0, 2000).map((label) => make("option", { value: label })));
finder.addEventListener("change", () => {
  const found = stage.find(finder.value);
  finder.setAttribute("aria-invalid", String(!found && finder.value !== ""));
});
finder.addEventListener("keydown", (event) => {
  if (event.key === "Escape") finder.blur();
});

// Light and dark: what the system says, until the button says otherwise.
const system = matchMedia("(prefers-color-scheme: dark)");
const sheet = document.querySelector("style.dark");
let chosen = null;

function dark() {
  return chosen ?? system.matches;
}

function themed(wanted) {
  chosen = wanted;
  sheet.media = wanted ? "screen" : "not all";
  pressed();
}

function pressed() {
  byId("theme").setAttribute("aria-pressed", String(dark()));
}

byId("theme").addEventListener("click", () => themed(!dark()));
system.addEventListener("change", pressed);
pressed();

go(tape.start);
