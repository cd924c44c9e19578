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
