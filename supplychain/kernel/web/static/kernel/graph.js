// A picture that is larger than its box is moved by dragging and zoomed; what is unfolded comes without a new page.
"use strict";
const LEAST = 0.2, MOST = 3;
const shown = { scale: 1 };
const box = () => document.querySelector("[data-graph] .graph-box");
const resize = (scale, x, y) => {
  const frame = box(), picture = frame.querySelector("svg"), before = shown.scale;
  const { width, height } = picture.viewBox.baseVal;
  shown.scale = Math.min(MOST, Math.max(LEAST, scale));
  picture.setAttribute("width", width * shown.scale);
  picture.setAttribute("height", height * shown.scale);
  frame.scrollLeft = ((frame.scrollLeft + x) * shown.scale) / before - x;
  frame.scrollTop = ((frame.scrollTop + y) * shown.scale) / before - y;
};
const zoom = (how) => {
  const frame = box(), { width, height } = frame.querySelector("svg").viewBox.baseVal;
  const whole = Math.min(1, frame.clientWidth / width, frame.clientHeight / height);
  const scale = { in: shown.scale * 1.25, out: shown.scale / 1.25, fit: whole }[how];
  resize(scale, frame.clientWidth / 2, frame.clientHeight / 2);
};
const middle = (mark) => {
  const frame = box(), at = mark.getBoundingClientRect(), around = frame.getBoundingClientRect();
  return { x: at.left + at.width / 2 - around.left, y: at.top + at.height / 2 - around.top };
};
// Put a mark where it was, or in the middle of the box.
const settle = (mark, to) => {
  if (!mark) return;
  const frame = box(), at = middle(mark), want = to || { x: frame.clientWidth / 2, y: frame.clientHeight / 2 };
  frame.scrollLeft += at.x - want.x;
  frame.scrollTop += at.y - want.y;
};
const begin = () => {
  const frame = box(), fingers = new Map();
  let moved = 0;
  document.querySelector(".graph-tools").hidden = false;
  frame.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const around = frame.getBoundingClientRect();
    resize(shown.scale * (event.deltaY < 0 ? 1.1 : 1 / 1.1), event.clientX - around.left, event.clientY - around.top);
  }, { passive: false });
  frame.addEventListener("dragstart", (event) => event.preventDefault());
  frame.addEventListener("pointerdown", (event) => {
    if (!fingers.size) moved = 0;
    fingers.set(event.pointerId, event);
  });
  frame.addEventListener("pointermove", (event) => {
    const last = fingers.get(event.pointerId);
    if (!last) return;
    if (fingers.size === 2) {
      const other = [...fingers.values()].find((one) => one.pointerId !== event.pointerId);
      const apart = (one) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
      const around = frame.getBoundingClientRect();
      resize((shown.scale * apart(event)) / (apart(last) || 1), (event.clientX + other.clientX) / 2 - around.left, (event.clientY + other.clientY) / 2 - around.top);
    } else if (event.pointerType === "mouse") {
      frame.scrollLeft -= event.clientX - last.clientX;
      frame.scrollTop -= event.clientY - last.clientY;
    }
    moved += Math.abs(event.clientX - last.clientX) + Math.abs(event.clientY - last.clientY);
    fingers.set(event.pointerId, event);
  });
  ["pointerup", "pointercancel", "pointerleave"].forEach((name) =>
    frame.addEventListener(name, (event) => fingers.delete(event.pointerId)));
  frame.addEventListener("click", (event) => {
    if (moved > 8) event.preventDefault();
    else return;
    event.stopPropagation();
  }, true);
  frame.addEventListener("keydown", (event) => {
    const how = { "+": "in", "=": "in", "-": "out", 0: "fit" }[event.key];
    if (how && !event.ctrlKey && !event.metaKey) zoom(how);
  });
};
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-zoom]");
  if (button) return zoom(button.dataset.zoom);
  const link = event.target.closest("[data-fold]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const address = new URL(link.getAttribute("href"), location), mark = address.hash.slice(1);
  const found = mark && document.getElementById(mark), to = found ? middle(found) : null;
  await htmx.ajax("GET", address.pathname + address.search, { target: "#graph", select: "#graph", swap: "outerHTML" });
  history.replaceState(null, "", address.pathname + address.search);
  const scale = shown.scale;
  shown.scale = 1;
  begin();
  resize(scale, 0, 0);
  settle(document.getElementById(mark) || document.querySelector("[data-start]"), to);
  (document.getElementById(link.id) || document.getElementById(mark))?.focus({ preventScroll: true });
});
if (box()) {
  begin();
  resize(Math.min(1, Math.max(0.7, box().clientWidth / 520)), 0, 0);
  if (!location.hash) settle(document.querySelector("[data-start]"));
}
