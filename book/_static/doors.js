// Doors open by themselves. A script puts the note beside its number and follows it to the code.
(function () {
  const GAP = 12; // px between text and note
  const LEAST = 240; // px: a narrower margin holds no note
  const phone = matchMedia("(max-width: 46rem)");
  let last = null; // the door that was used last: several may open one note

  const doorOf = (note) =>
    last && last.getAttribute("popovertarget") === note.id
      ? last
      : document.querySelector(`.door[popovertarget="${note.id}"]`);

  function place(note) {
    note.removeAttribute("style");
    const door = doorOf(note);
    if (phone.matches || !door) return;
    const at = door.getBoundingClientRect();
    const column = door.closest("article").getBoundingClientRect();
    const room = document.documentElement.clientWidth - column.right - 2 * GAP;
    Object.assign(note.style, { position: "absolute", right: "auto", bottom: "auto" });
    if (room >= LEAST) {
      note.style.width = `${Math.min(room, 384)}px`;
      note.style.left = `${scrollX + column.right + GAP}px`;
      note.style.boxSizing = "border-box";
      const lowest = innerHeight - note.offsetHeight - GAP;
      note.style.top = `${scrollY + Math.max(GAP, Math.min(at.top - 14, lowest))}px`;
    } else {
      const left = Math.min(at.left, document.documentElement.clientWidth - note.offsetWidth - GAP);
      const below = at.bottom + 8 + note.offsetHeight <= innerHeight || at.top < note.offsetHeight;
      note.style.left = `${scrollX + Math.max(GAP, left)}px`;
      note.style.top = `${scrollY + (below ? at.bottom + 8 : at.top - 8 - note.offsetHeight)}px`;
    }
  }

  // On a phone the note is a sheet: the number stays in sight above it.
  function uncovered(note) {
    place(note);
    const door = doorOf(note);
    if (!phone.matches || !door) return;
    const hidden = door.getBoundingClientRect().bottom + GAP - note.getBoundingClientRect().top;
    if (hidden > 0) scrollBy(0, hidden);
  }

  document.addEventListener(
    "click",
    (event) => {
      const door = event.target.closest?.(".door");
      if (door) last = door;
    },
    true,
  );
  const follow = () => {
    const open = document.querySelector(".door-note:popover-open");
    if (open) place(open);
  };
  const grown = new ResizeObserver(follow); // a note whose fold was opened, or that has a result
  for (const note of document.querySelectorAll(".door-note")) {
    grown.observe(note);
    // In the frame that shows it first: after "toggle", which may come a frame later, it would jump.
    note.addEventListener("beforetoggle", (event) => {
      if (event.newState === "open") requestAnimationFrame(() => uncovered(note));
    });
    // Sphinx takes Escape for its search, unless a button has the focus.
    note.addEventListener("keydown", ({ key }) => key === "Escape" && note.hidePopover());
    note.addEventListener("focusout", ({ relatedTarget: to }) => {
      if (to && !note.contains(to) && !to.matches(".door") && note.matches(":popover-open")) {
        note.hidePopover();
      }
    });
  }
  addEventListener("resize", follow);
  // A widget above that draws itself moves the number.
  new ResizeObserver(follow).observe(document.querySelector("article"));
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.(".door-code");
    if (!link) return;
    const cell = document.getElementById(link.hash.slice(1));
    link.closest(".door-note").hidePopover();
    const fold = cell?.closest("details");
    if (fold) fold.open = true;
  });
})();
