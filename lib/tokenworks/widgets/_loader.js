// On the static site: gives each widget a plain model and draws it when it is about to be seen.
// Classic scripts only, because a page opened from disk may neither import nor fetch.

(function () {
  const { widgets, data } = window.tokenworks;

  function plainModel(held) {
    const listeners = {};
    return {
      get: (name) => held[name],
      set: (name, value) => {
        held[name] = value;
        (listeners[`change:${name}`] ?? []).forEach((listener) => listener());
      },
      on: (event, listener) => (listeners[event] ??= []).push(listener),
      off: () => {},
      save_changes: () => {},
    };
  }

  function draw(element, held) {
    widgets[element.dataset.widget].render({ model: plainModel(held), el: element });
    element.dataset.ready = "";
  }

  function load(element) {
    const { key, src } = element.dataset;
    if (!src) return draw(element, JSON.parse(element.querySelector("script.tw-data").textContent));
    const script = document.createElement("script");
    script.src = src;
    // each widget gets its own copy: two on a page may hold different states
    script.onload = () => draw(element, structuredClone(data[key]));
    document.head.append(script);
  }

  const near = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      load(target);
    }
  }, { rootMargin: "300px" });
  document.querySelectorAll(".tw-widget[data-widget]").forEach((element) => near.observe(element));
})();
