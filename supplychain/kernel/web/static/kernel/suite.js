// Small comforts; every page works without them.
"use strict";
document.addEventListener("click", (event) => {
  const toggle = event.target.closest("[data-toggle]");
  if (toggle) {
    event.preventDefault();
    return unfold(toggle, toggle.getAttribute("aria-expanded") !== "true");
  }
  if (event.target.closest("[data-add-line]")) {
    event.preventDefault();
    return addLine(event.target.closest("[data-lines]").querySelector("tbody"));
  }
  const drop = event.target.closest("[data-drop-line]");
  if (drop) return dropLine(drop.closest("tr"));
  const row = event.target.closest("tr[data-href]");
  if (row && !event.target.closest("a, button, input, select, label") && !String(getSelection())) {
    location.assign(row.dataset.href);
  }
});
const unfold = (toggle, open) => {
  document.getElementById(toggle.dataset.toggle).classList.toggle("open", open);
  toggle.setAttribute("aria-expanded", String(open));
};
document.querySelectorAll("[data-toggle]").forEach((toggle) => unfold(toggle, false));
document.addEventListener("keydown", (event) => {
  const toggle = event.key === "Escape" && document.querySelector("[data-toggle][aria-expanded=true]");
  if (!toggle) return;
  unfold(toggle, false);
  toggle.focus();
});
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
});
// Lines of a form: a new one is the last one without its values; the server drops those that stay empty.
const empty = (line) => line.querySelectorAll("input:not([type=hidden]), select, textarea").forEach((field) => {
  if (field.type === "checkbox") field.checked = false; else field.value = "";
  field.removeAttribute("aria-invalid");
});
const addLine = (body) => {
  const line = body.lastElementChild.cloneNode(true);
  const next = Math.max(...[...body.querySelectorAll("[name]")].map((field) => Number(field.name.split(".")[1]))) + 1;
  line.querySelectorAll("[name]").forEach((field) => {
    field.name = field.name.replace(/\.\d+\./, `.${next}.`);
    if (field.id) field.id = `f-${field.name}`;
  });
  line.querySelectorAll(".error").forEach((error) => error.remove());
  empty(line);
  body.append(line);
  line.querySelector("input:not([type=hidden]), select")?.focus();
  dirty = true;
};
const dropLine = (line) => {
  if (line.parentElement.children.length > 1) line.remove(); else empty(line);
  dirty = true;
};
document.querySelectorAll("[data-drop-line]").forEach((button) => { button.hidden = false; });
document.querySelector("[aria-invalid]")?.focus();
let dirty = document.querySelector("[data-dirty]") !== null;
document.addEventListener("input", (event) => {
  if (event.target.closest("[data-guard]")) dirty = true;
});
document.addEventListener("submit", (event) => {
  if (event.target.method !== "post") return;
  dirty = false;
  const button = event.submitter;
  if (button && !button.name) setTimeout(() => { button.disabled = true; }, 0);
});
addEventListener("pageshow", () => document.querySelectorAll("button[type=submit][disabled]").forEach((button) => { button.disabled = false; }));
addEventListener("beforeunload", (event) => { if (dirty) event.preventDefault(); });
// A picture that is larger than its box is moved by dragging and zoomed by wheel or two fingers.
document.querySelectorAll("[data-graph]").forEach((box) => {
  const picture = box.querySelector("svg");
  if (!picture) return;
  const { width, height } = picture.viewBox.baseVal;
  const at = { x: 0, y: 0, scale: 1 }, fingers = new Map();
  const show = () => picture.setAttribute("viewBox", `${at.x} ${at.y} ${width / at.scale} ${height / at.scale}`);
  const zoom = (factor, x, y) => {
    const frame = picture.getBoundingClientRect(), before = at.scale;
    at.scale = Math.min(6, Math.max(1, at.scale * factor));
    at.x += (width / before - width / at.scale) * (x - frame.left) / frame.width;
    at.y += (height / before - height / at.scale) * (y - frame.top) / frame.height;
    if (at.scale === 1) at.x = at.y = 0;
    show();
  };
  box.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && at.scale === 1 && event.deltaY > 0) return;
    event.preventDefault();
    zoom(event.deltaY < 0 ? 1.2 : 1 / 1.2, event.clientX, event.clientY);
  }, { passive: false });
  box.addEventListener("pointerdown", (event) => fingers.set(event.pointerId, event));
  box.addEventListener("pointermove", (event) => {
    const last = fingers.get(event.pointerId);
    if (!last) return;
    if (fingers.size === 2) {
      const other = [...fingers.values()].find((one) => one.pointerId !== event.pointerId);
      const apart = (one) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
      zoom(apart(event) / (apart(last) || 1), (event.clientX + other.clientX) / 2, (event.clientY + other.clientY) / 2);
    } else if (at.scale > 1) {
      const ratio = width / at.scale / picture.getBoundingClientRect().width;
      at.x -= (event.clientX - last.clientX) * ratio;
      at.y -= (event.clientY - last.clientY) * ratio;
      show();
    } else {
      box.scrollLeft -= event.clientX - last.clientX;
      box.scrollTop -= event.clientY - last.clientY;
    }
    fingers.set(event.pointerId, event);
  });
  ["pointerup", "pointercancel", "pointerleave"].forEach((name) =>
    box.addEventListener(name, (event) => fingers.delete(event.pointerId)));
});
