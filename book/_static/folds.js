// A fold opens by itself. A script adds the switch for all of them, its key, and links into them.
(function () {
  const KEY = "tf-code";
  const folds = [...document.querySelectorAll("details.fold")];
  const place = document.querySelector(".fold-switch");
  if (!place) return;
  const button = place.querySelector("button");

  const kept = {
    get: () => {
      try {
        return localStorage.getItem(KEY) === "open";
      } catch {
        return false; // a browser may keep nothing for a file
      }
    },
    set: (open) => {
      try {
        localStorage.setItem(KEY, open ? "open" : "folded");
      } catch {
        // then it holds for this page alone
      }
    },
  };

  function apply(open) {
    folds.forEach((fold) => (fold.open = open));
    button.setAttribute("aria-pressed", String(open));
  }

  // What the reader looks at stays where it is while code above it comes and goes.
  function toggle() {
    const open = button.getAttribute("aria-pressed") !== "true";
    const middle = innerHeight / 2;
    const marks = [...document.querySelectorAll("article :is(h2, h3, p, summary)")];
    const near = marks.find((each) => each.checkVisibility() && each.getBoundingClientRect().top > middle);
    const before = near?.getBoundingClientRect().top;
    apply(open);
    kept.set(open);
    if (near && scrollY > 0) scrollBy({ top: near.getBoundingClientRect().top - before, behavior: "instant" });
  }

  // A link opens all that its target stands in.
  function reveal() {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    const closed = [];
    for (let at = target.closest("details:not([open])"); at; at = at.parentElement?.closest("details:not([open])")) {
      closed.push(at);
    }
    closed.forEach((fold) => (fold.open = true));
    if (closed.length) target.scrollIntoView();
  }

  const typing = (box) => box.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(box.tagName);
  document.addEventListener("keydown", (event) => {
    const plain = !(event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || event.repeat);
    if (event.key === "c" && plain && !typing(event.target)) toggle();
  });
  button.addEventListener("click", toggle);
  addEventListener("hashchange", reveal);
  if (kept.get()) apply(true);
  place.hidden = false;
  reveal();
})();
