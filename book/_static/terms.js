// A term opens by click or tap without a script. With one it also opens on hover and focus, and its
// note stands beside the word. Several words may have one note: it stands beside the last used.
(function () {
  const GAP = 8; // px between word and note
  const WAIT = 250; // ms that a pointer rests on a word before it opens
  const phone = matchMedia("(max-width: 46rem)");
  const owners = new Map(); // of each note, the word that was used last
  let waiting = null;
  let dismissed = false;

  function place(note) {
    note.removeAttribute("style");
    if (phone.matches) return;
    const at = owners.get(note).getBoundingClientRect();
    const widest = document.documentElement.clientWidth - note.offsetWidth - GAP;
    const above = at.bottom + GAP + note.offsetHeight > innerHeight && at.top > note.offsetHeight;
    Object.assign(note.style, {
      position: "absolute", right: "auto", left: `${scrollX + Math.max(GAP, Math.min(at.left, widest))}px`,
      top: `${scrollY + (above ? at.top - GAP - note.offsetHeight : at.bottom + GAP)}px`,
    });
  }

  for (const word of document.querySelectorAll(".term")) {
    const note = document.getElementById(word.getAttribute("popovertarget"));
    const open = () => note.matches(":popover-open");
    const show = () => {
      if (open() && owners.get(note) !== word) note.hidePopover();
      owners.set(note, word);
      if (!open()) note.showPopover({ source: word });
    };
    const hide = () => open() && !note.matches(":hover") && note.hidePopover();
    const later = (act) => {
      clearTimeout(waiting);
      waiting = setTimeout(act, WAIT);
    };
    if (!owners.has(note)) {
      // In the frame that shows it first: after "toggle", which may come later, it would jump.
      note.addEventListener("beforetoggle", ({ newState }) => {
        if (newState === "open") requestAnimationFrame(() => place(note));
      });
      note.addEventListener("pointerleave", () => later(hide));
      // Sphinx takes Escape for its search, unless a button has the focus.
      note.addEventListener("keydown", ({ key }) => {
        if (key !== "Escape") return;
        dismissed = true; // the word gets the focus back, and is not to open the note again
        note.hidePopover();
        dismissed = false;
      });
      note.addEventListener("focusout", ({ relatedTarget: to }) => {
        if (to && !note.contains(to) && to !== owners.get(note)) hide();
      });
    }
    owners.set(note, word);
    word.addEventListener("pointerenter", ({ pointerType }) => pointerType === "mouse" && later(show));
    word.addEventListener("pointerleave", ({ pointerType }) => pointerType === "mouse" && later(hide));
    word.addEventListener("focus", () => !dismissed && word.matches(":focus-visible") && show());
    word.addEventListener("blur", ({ relatedTarget }) => note.contains(relatedTarget) || hide());
    // Opened by hover or focus, a click keeps it open.
    word.addEventListener("click", (event) => {
      clearTimeout(waiting);
      const moves = owners.get(note) !== word;
      owners.set(note, word);
      if (open() && event.detail > 0) event.preventDefault();
      if (open() && moves) place(note);
    });
  }
})();
