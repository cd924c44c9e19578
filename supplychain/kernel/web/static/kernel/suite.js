// Small comforts; every page works without them.
"use strict";
document.addEventListener("click", (event) => {
  const toggle = event.target.closest("[data-toggle]");
  if (toggle) {
    const open = document.getElementById(toggle.dataset.toggle).classList.toggle("open");
    toggle.setAttribute("aria-expanded", String(open));
    return;
  }
  const row = event.target.closest("tr[data-href]");
  if (row && !event.target.closest("a, button, input, select, label") && !String(getSelection())) {
    location.assign(row.dataset.href);
  }
});
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
});
let dirty = false;
document.addEventListener("input", (event) => {
  if (event.target.closest("[data-guard]")) dirty = true;
});
document.addEventListener("submit", (event) => {
  dirty = false;
  const button = event.submitter;
  if (button && !button.name) setTimeout(() => { button.disabled = true; }, 0);
});
addEventListener("pageshow", () => document.querySelectorAll("button[type=submit][disabled]").forEach((button) => { button.disabled = false; }));
addEventListener("beforeunload", (event) => { if (dirty) event.preventDefault(); });
