// A box that scrolls sideways must be reachable by keyboard; one that does not must not be a stop.
// All sizes are read before the first attribute is written: one layout for a page, not one a box.
(function () {
  const boxes = "article pre, .table-wrapper, .tw-table, .formula";
  const named = (box) =>
    (box.tagName === "PRE" ? "Code or output" : box.querySelector("table") ? "Table" : "Formula");
  const mark = (entries) => {
    const read = entries.map(({ target }) => [target, target.scrollWidth > target.clientWidth]);
    for (const [box, scrolls] of read) {
      if (scrolls === box.hasAttribute("tabindex")) continue;
      if (!scrolls) ["tabindex", "role", "aria-label"].forEach((name) => box.removeAttribute(name));
      else Object.entries({ tabindex: "0", role: "group", "aria-label": named(box) })
        .forEach(([name, value]) => box.setAttribute(name, value));
    }
  };
  const watch = new ResizeObserver(mark);
  document.querySelectorAll(boxes).forEach((box) => watch.observe(box));
})();
