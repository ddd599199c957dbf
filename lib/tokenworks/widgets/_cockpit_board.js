// The dashboard: large numbers with the way they went, what they are made of in a smaller line.

const perSecond = (rate) => countText(threeDigits(rate));
const shareText = (share) => `${fixed(100 * share, share < 0.0995 && share > 0 ? 1 : 0)} %`;
const moneyText = (usd) => `USD ${usd < 100 ? fixed(usd, 2) : countText(threeDigits(usd))}`;
// name: [label, format, what stands below: [words, name, format]…]
const TILES = {
  output_tokens_per_s: ["Throughput, tokens/s", perSecond,
    [["requests/s", "requests_per_s", perSecond]]],
  ttft_p50: ["First token (TTFT), P50", shortSeconds, [["P99", "ttft_p99", shortSeconds]]],
  itl_mean: ["Token gap (ITL), mean", shortSeconds, [["P99", "itl_p99", shortSeconds]]],
  goodput: ["Goodput, answers/s", perSecond, []],
  queue: ["Waiting", countText, [["longest", "oldest_wait", shortSeconds]]],
  utilisation: ["Replicas at work", shareText, [["chips up", "chips", perSecond]]],
  kv_share: ["KV memory in use", shareText, [["found in cache", "hit_share", shareText]]],
  usd_per_million: ["A million tokens out", moneyText, []],
};
const [SPARK_WIDE, SPARK_TALL] = [120, 26];

// The values of a series over its own time, from 0 to its largest; gaps where there was no value.
function sparkPath(series, name) {
  const known = series.filter(({ board }) => board?.[name] != null);
  if (known.length < 2) return "";
  const x = axis([series[0].at, series.at(-1).at], [1, SPARK_WIDE - 1]);
  const top = Math.max(...known.map(({ board }) => board[name]));
  const y = axis([0, top || 1], [SPARK_TALL - 2, 2]);
  let pen = "M";
  return series.map(({ at, board }) => {
    if (board?.[name] == null) {
      pen = "M";
      return "";
    }
    const mark = `${pen}${x(at).toFixed(1)} ${y(board[name]).toFixed(1)}`;
    pen = "L";
    return mark;
  }).join("");
}

function boardTiles() {
  const named = Object.fromEntries(Object.entries(TILES).map(([name, [label, format]]) =>
    [name, [label, format]]));
  const all = counters(named, { css: "tw-tiles" });
  const parts = Object.entries(TILES).map(([name, [, , below]], i) => {
    const line = shape("path", { d: "" });
    const spark = shape("svg", { class: "tw-spark", viewBox: `0 0 ${SPARK_WIDE} ${SPARK_TALL}`,
      preserveAspectRatio: "none", "aria-hidden": "true" });
    spark.append(line);
    const outputs = below.map(([says, of, format]) => {
      const output = h("span", { class: "tw-small", "data-counter": of });
      return { of, format, output, element: h("small", {}, `${says} `, output) };
    });
    all.element.children[i].append(...outputs.map(({ element }) => element), spark);
    return { name, line, outputs };
  });
  function set(board, series) {
    all.set(board);
    for (const { name, line, outputs } of parts) {
      line.setAttribute("d", sparkPath(series, name));
      for (const { of, format, output } of outputs) {
        output.textContent = board[of] == null ? "–" : format(board[of]);
        output.dataset.raw = board[of] ?? "";
      }
    }
  }
  return { element: all.element, set };
}

// One decode step: the floor, which nothing beats, beside what is expected, and what was seen.
function floorLine() {
  const bars = h("div", { class: "tw-floors", role: "group", "aria-label": "One step of answers" });
  const rows = [["floor_itl", "floor", "tw-floor-bar"], ["expected_itl", "expected", "tw-expected-bar"]]
    .map(([name, label, css]) => {
      const filled = h("span", { class: classes("tw-fill", css) });
      const output = h("span", { class: "tw-number", "data-counter": name });
      const element = h("div", { class: "tw-floor-row" }, h("span", {}, label),
        h("span", { class: "tw-bar", "aria-hidden": "true" }, filled), output);
      return { name, filled, output, element };
    });
  const title = h("span", { class: "tw-floor-title" }, "One token for everyone in the batch takes");
  fill(bars, title, rows.map(({ element }) => element));
  function set(board) {
    const top = Math.max(board.expected_itl ?? 0, board.floor_itl ?? 0);
    for (const { name, filled, output } of rows) {
      output.textContent = board[name] == null ? "–" : shortSeconds(board[name]);
      output.dataset.raw = board[name] ?? "";
      filled.style.width = percent(ratio(board[name] ?? 0, top));
    }
  }
  return { element: bars, set };
}
