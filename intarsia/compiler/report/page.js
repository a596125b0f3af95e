"use strict";
(() => {
  const root = document.documentElement;

  const themes = ["auto", "light", "dark"];
  const button = document.getElementById("theme");
  const show = (theme) => {
    if (theme === "auto") delete root.dataset.theme; else root.dataset.theme = theme;
    button.querySelector("span").textContent = theme;
  };
  const asked = new URLSearchParams(location.search).get("theme");
  let theme = themes.includes(asked) ? asked : "auto";
  show(theme);
  button.addEventListener("click", () => {
    theme = themes[(themes.indexOf(theme) + 1) % themes.length];
    show(theme);
  });

  const detail = document.getElementById("detail");
  const reveal = (event) => {
    const tip = event.target.closest && event.target.closest("[data-tip]");
    detail.hidden = !tip;
    if (tip) detail.textContent = tip.dataset.tip;
  };
  document.addEventListener("mouseover", reveal);
  document.addEventListener("focusin", reveal);
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") detail.hidden = true; });
  for (const picture of document.querySelectorAll("svg")) {
    const tips = [...picture.querySelectorAll(".tip")];
    tips.slice(1).forEach((tip) => tip.setAttribute("tabindex", "-1"));
    picture.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      const at = tips.indexOf(document.activeElement);
      if (!step || at < 0) return;
      event.preventDefault();
      tips[(at + step + tips.length) % tips.length].focus();
    });
  }

  const key = (row, index) => {
    const cell = row.cells[index];
    const number = parseFloat(cell.dataset.sort);
    return Number.isNaN(number) ? cell.textContent : number;
  };
  const compare = (a, b) => typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b));
  for (const heading of document.querySelectorAll("th")) {
    heading.querySelector(".sort").addEventListener("click", () => {
      const body = heading.closest("table").tBodies[0];
      const index = heading.cellIndex;
      const down = heading.getAttribute("aria-sort") === "ascending";
      for (const other of heading.parentNode.cells) other.removeAttribute("aria-sort");
      heading.setAttribute("aria-sort", down ? "descending" : "ascending");
      const rows = [...body.rows].sort((a, b) => compare(key(a, index), key(b, index)) * (down ? -1 : 1));
      body.append(...rows);
    });
  }

  const links = new Map([...document.querySelectorAll("nav a")].map((link) => [link.hash.slice(1), link]));
  const watch = new IntersectionObserver((entries) => {
    for (const entry of entries) if (entry.isIntersecting) {
      links.forEach((link) => link.removeAttribute("aria-current"));
      const link = links.get(entry.target.id);
      if (link) link.setAttribute("aria-current", "true");
    }
  }, { rootMargin: "-20% 0px -70% 0px" });
  for (const section of document.querySelectorAll("section[id]")) watch.observe(section);
})();
