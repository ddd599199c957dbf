// A term opens by click or tap without a script. With one it also opens on hover and focus, and its
// note stands beside the word.
(function () {
  const GAP = 8; // px between word and note
  const WAIT = 250; // ms that a pointer rests on a word before it opens
  const phone = matchMedia("(max-width: 46rem)");
  let waiting = null;

  function place(note, word) {
    note.removeAttribute("style");
    if (phone.matches) return;
    const at = word.getBoundingClientRect();
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
    const show = () => open() || note.showPopover({ source: word });
    const hide = () => open() && !note.matches(":hover") && note.hidePopover();
    const later = (act) => {
      clearTimeout(waiting);
      waiting = setTimeout(act, WAIT);
    };
    note.addEventListener("toggle", ({ newState }) => newState === "open" && place(note, word));
    word.addEventListener("pointerenter", ({ pointerType }) => pointerType === "mouse" && later(show));
    word.addEventListener("pointerleave", ({ pointerType }) => pointerType === "mouse" && later(hide));
    note.addEventListener("pointerleave", () => later(hide));
    word.addEventListener("focus", () => word.matches(":focus-visible") && show());
    word.addEventListener("blur", ({ relatedTarget }) => note.contains(relatedTarget) || hide());
    // Opened by hover or focus, a click keeps it open.
    word.addEventListener("click", (event) => {
      clearTimeout(waiting);
      if (open() && event.detail > 0) event.preventDefault();
    });
  }
})();
