// What pages gain from JavaScript. Everything works without it.
"use strict";

// Requests of htmx carry the CSRF token; a plain form carries it as a field.
document.addEventListener("htmx:config:request", (event) => {
  const token = document.querySelector('meta[name="csrf-token"]');
  event.detail.ctx.request.headers["X-CSRFToken"] = token.content;
});

// What a swapped list now holds is said to those who do not see it.
document.addEventListener("htmx:after:swap", () => {
  const said = document.querySelector(".pagination-total, .empty-state-title");
  if (said) document.getElementById("announcer").textContent = said.textContent;
});

// The place switcher shows the place tree of the page it leads to; without a tree it leads there.
const panel = document.getElementById("switcher-panel");
const opener = document.querySelector("[data-switcher-link]");

function closeSwitcher() {
  panel.hidden = true;
  opener.setAttribute("aria-expanded", "false");
}

if (panel && opener) {
  opener.setAttribute("role", "button");
  opener.setAttribute("aria-controls", panel.id);
  closeSwitcher();
  opener.addEventListener("htmx:after:swap", () => {
    if (!panel.firstElementChild) {
      window.location.assign(opener.href);
      return;
    }
    panel.hidden = false;
    opener.setAttribute("aria-expanded", "true");
    panel.querySelector("input, a, button")?.focus();
  });
}

// Escape or a click elsewhere closes what is open.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  document.querySelector("details.account[open]")?.removeAttribute("open");
  if (panel && !panel.hidden) {
    closeSwitcher();
    opener.focus();
  }
  if (window.location.hash === "#menu") window.location.hash = "#main";
});

document.addEventListener("click", (event) => {
  const account = document.querySelector("details.account[open]");
  if (account && !account.contains(event.target)) account.removeAttribute("open");
  if (panel && !panel.hidden && !panel.parentElement.contains(event.target)) closeSwitcher();
});

// Whoever edits a setting no longer inherits it; the server sees it the same way.
document.addEventListener("input", (event) => {
  const setting = event.target.closest(".setting");
  if (!setting || event.target.closest(".setting-boxes")) return;
  setting.querySelector("[data-inherits]").checked = false;
});
