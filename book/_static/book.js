// A box that scrolls sideways must be reachable by keyboard; one that does not must not be a stop.
const boxes = "article pre, .table-wrapper, .tw-table, .formula";
const names = { PRE: "Code or output", TABLE: "Table" };
const mark = (box) => {
  const scrolls = box.scrollWidth > box.clientWidth + 1;
  const label = names[box.tagName] || (box.querySelector("table") ? "Table" : "Formula");
  for (const [key, value] of [["tabindex", "0"], ["role", "group"], ["aria-label", label]]) {
    if (scrolls) box.setAttribute(key, value);
    else box.removeAttribute(key);
  }
};
const watch = new ResizeObserver((entries) => entries.forEach((entry) => mark(entry.target)));
document.querySelectorAll(boxes).forEach((box) => watch.observe(box));
