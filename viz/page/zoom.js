// zoom: one picture seen through a window that moves and grows: the SVG's viewBox.

const STEP = 1.35;
const CLOSEST = 4; // pixels of the screen for one of the picture
const READABLE = 0.75; // below it the numbers, 12 pixels in a picture, have less than 9
const WHOLE = 0.7; // a picture that comes so near to it is rather shown whole
const LARGEST = 1.5; // a small picture is not blown up past it

class Zoom {
  constructor(svg, box) {
    this.svg = svg;
    this.whole = box;
    this.view = { ...box };
    this.size = svg.getBoundingClientRect(); // asking anew at each event would cost a layout
    this.pointers = new Map();
    this.moved = false;
    svg.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    svg.addEventListener("pointerdown", (event) => this.down(event));
    svg.addEventListener("pointermove", (event) => this.move(event));
    for (const name of ["pointerup", "pointercancel"]) {
      svg.addEventListener(name, (event) => this.up(event));
    }
    this.apply();
  }

  /** How many pixels of the screen one of the picture has. */
  get scale() {
    return Math.min(this.size.width / this.view.w, this.size.height / this.view.h) || 1;
  }

  get widest() {
    return Math.min(this.size.width / this.whole.w, this.size.height / this.whole.h, LARGEST) || 1;
  }

  get zoomed() {
    return this.scale > this.widest * 1.02;
  }

  /** Show all of the picture, but never blown up. */
  fit() {
    this.set(this.widest, this.whole.x + this.whole.w / 2, this.whole.y + this.whole.h / 2);
  }

  /** See the picture at a scale, around a point of it. */
  set(scale, x, y) {
    const { width, height } = this.size;
    const closest = Math.max(CLOSEST, this.widest);
    const held = Math.min(Math.max(scale, this.widest), closest);
    const w = (width || 1) / held;
    const h = (height || 1) / held;
    this.view = {
      x: within(x - w / 2, w, this.whole.x, this.whole.w),
      y: within(y - h / 2, h, this.whole.y, this.whole.h),
      w, h,
    };
    this.apply();
  }

  /** Grow by a factor around a point of the screen, or around the middle. */
  by(factor, clientX, clientY) {
    const { left, top, width, height } = this.svg.getBoundingClientRect();
    const right = clientX === undefined ? 0.5 : (clientX - left) / width;
    const down = clientY === undefined ? 0.5 : (clientY - top) / height;
    const x = this.view.x + right * this.view.w;
    const y = this.view.y + down * this.view.h;
    const scale = Math.min(Math.max(this.scale * factor, this.widest), Math.max(CLOSEST, this.widest));
    this.set(scale, x + (0.5 - right) * (width / scale), y + (0.5 - down) * (height / scale));
  }

  /** Keep what stands at a point of the picture in sight. */
  follow(box) {
    const { x, y, w, h } = this.view;
    const inside = box.x >= x && box.y >= y && box.x + box.width <= x + w && box.y + box.height <= y + h;
    if (!inside) this.set(this.scale, box.x + box.width / 2, box.y + box.height / 2);
  }

  apply() {
    const { x, y, w, h } = this.view;
    this.svg.setAttribute("viewBox", `${x} ${y} ${w} ${h}`);
    this.svg.classList.toggle("zoomed", this.zoomed);
  }

  /** The window changed its size: keep all of it in sight, or the middle and the scale. */
  resized() {
    const { zoomed, scale } = this;
    this.size = this.svg.getBoundingClientRect();
    if (!zoomed) this.fit();
    else this.set(scale, this.view.x + this.view.w / 2, this.view.y + this.view.h / 2);
  }

  wheel(event) {
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 20 : 1;
    this.by(Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.0016)), event.clientX, event.clientY);
  }

  down(event) {
    if (event.button !== 0) return;
    this.pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (this.pointers.size === 1) this.moved = false;
  }

  move(event) {
    const last = this.pointers.get(event.pointerId);
    if (!last) return;
    const dx = event.clientX - last.x;
    const dy = event.clientY - last.y;
    if (!this.moved && Math.hypot(dx, dy) < 5) return;
    if (!this.moved) {
      this.moved = true;
      this.svg.setPointerCapture(event.pointerId);
      this.svg.classList.add("dragged");
    }
    const [other] = [...this.pointers].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
    if (other) {
      const apart = Math.hypot(last.x - other.x, last.y - other.y);
      const now = Math.hypot(event.clientX - other.x, event.clientY - other.y);
      this.by(now / (apart || 1), (event.clientX + other.x) / 2, (event.clientY + other.y) / 2);
    } else {
      const scale = this.scale;
      this.set(scale, this.view.x + this.view.w / 2 - dx / scale, this.view.y + this.view.h / 2 - dy / scale);
    }
    this.pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  }

  up(event) {
    this.pointers.delete(event.pointerId);
    if (this.pointers.size === 0) this.svg.classList.remove("dragged");
  }
}

/** Where a window of a size begins so that it stays over what there is; in the middle if larger. */
function within(start, size, first, whole) {
  if (size >= whole) return first + (whole - size) / 2;
  return Math.min(Math.max(start, first), first + whole - size);
}
