// dom: making elements.  Text is only ever set as text: nothing here can turn it into markup.

const SVG = "http://www.w3.org/2000/svg";
const MINUS = "\u2212";
const DASH = "\u2013";

const byId = (id) => document.getElementById(id);

/** Make an element with attributes and children; strings among the children become text. */
function make(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

/** Make an SVG element. */
function draw(name, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, name), attributes, children);
}

function filled(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

/** Make a button that looks like a link. */
function link(text, action) {
  const button = make("button", { type: "button", class: "link" }, text);
  button.addEventListener("click", action);
  return button;
}

/** Write a count with commas. */
const count = (n) => n.toLocaleString("en");

/** Name the sign of a number, as the pictures do. */
function signOf(x) {
  if (!Number.isFinite(x)) return "broken";
  return x > 0 ? "plus" : x < 0 ? "minus" : "zero";
}

const MARKS = { plus: "\u25B2 ", minus: "\u25BC " };

/** How many of a sorted list are less than a bound. */
function before(sorted, bound) {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}
