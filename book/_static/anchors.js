// A link into a page lands on its target and stays there: widgets and pictures above it grow when
// they come into view, so the target is brought back until the reader moves.
(function () {
  const { type } = performance.getEntriesByType("navigation")[0] ?? {};
  let follows = type === "navigate" || type === "prerender"; // else the browser restores the place
  const land = () => {
    const { hash } = location;
    if (!follows || !hash) return;
    const [, widget] = hash.match(/^#(\w+)=/) ?? []; // what a widget was seen to do
    const target = widget ? document.querySelector(`.tw-widget[data-widget=${widget}]`)
      : document.getElementById(decodeURIComponent(hash.slice(1)));
    target?.scrollIntoView({ behavior: "instant" });
  };
  for (const moved of ["wheel", "touchmove", "pointerdown", "keydown"]) {
    addEventListener(moved, () => (follows = false), { passive: true, capture: true });
  }
  addEventListener("click", ({ target }) => {
    if (target.closest?.("a[href*='#']")) follows = true;
  });
  new ResizeObserver(land).observe(document.querySelector("article"));
})();
