// The drawers of a narrow page are checkboxes with labels. With JavaScript they are buttons: Enter
// opens, Escape closes, the focus follows, and what lies behind an open drawer is out of reach.
(function () {
  const drawers = [
    { id: "__navigation", drawer: ".sidebar-drawer", behind: ".mobile-header, .main", name: "Chapters" },
    { id: "__toc", drawer: ".toc-drawer", behind: ".mobile-header, .content", name: "On this page" },
  ];
  for (const { id, drawer, behind, name } of drawers) {
    const toggle = document.getElementById(id);
    const panel = document.querySelector(drawer);
    if (!toggle || !panel || panel.classList.contains("no-toc")) {
      toggle?.remove();
      continue;
    }
    toggle.setAttribute("role", "button");
    toggle.setAttribute("aria-label", name);
    const tell = () => {
      for (const state of ["aria-pressed", "aria-expanded"]) {
        toggle.setAttribute(state, String(toggle.checked)); // a checkbox is a button if pressed
      }
      document.querySelectorAll(behind).forEach((part) => (part.inert = toggle.checked));
    };
    const set = (open) => {
      toggle.checked = open;
      tell();
      const stops = [...panel.querySelectorAll("a, input")];
      const first = open ? stops.find((stop) => stop.checkVisibility()) : toggle;
      first?.focus({ preventScroll: true });
    };
    toggle.addEventListener("change", () => set(toggle.checked));
    toggle.addEventListener("keydown", (event) => {
      if (event.key === "Enter") set(!toggle.checked);
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && toggle.checked) set(false);
    });
    // a place on this page: show it, it lies behind the drawer
    panel.addEventListener("click", ({ target }) => {
      if (!toggle.checked || !target.closest("a[href^='#']")) return;
      toggle.checked = false;
      tell();
    });
    // a window that has become wide shows the drawer beside the text: nothing lies behind it
    window.addEventListener("resize", () => {
      if (toggle.checked && getComputedStyle(toggle).display === "none") {
        toggle.checked = false;
        tell();
      }
    });
    tell();
  }
})();
