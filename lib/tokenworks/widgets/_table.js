// A table of results: the first column names the rows, the others are numbers unless they say not.

const heading = (label, css = "tw-digits") => h("th", { scope: "col", class: css || null }, label);

// `columns` are texts, or headings made by hand; set() takes the rows.
function table(columns, { caption = "", css = "" } = {}) {
  const body = h("tbody");
  const head = columns.map((column, i) =>
    (typeof column === "string" ? heading(column, i > 0 ? "tw-digits" : "") : column));
  const element = h("table", { class: classes("tw-results", css) },
    caption && h("caption", {}, caption), h("thead", {}, h("tr", {}, head)), body);
  return { element, set: (rows) => fill(body, rows) };
}

// A row by its name; a chosen one is marked, for eyes and for readers.
const row = (name, cells, { chosen = false, ...attributes } = {}) => h("tr", {
  class: chosen && "tw-picked", "aria-current": chosen && "true", ...attributes,
}, h("th", { scope: "row" }, name), cells);

const digits = (text, attributes = {}) => h("td", { class: "tw-digits", ...attributes }, text);

// A number under its name, with its raw value; a dash, or `unknown`, where there is none.
const numberCell = (name, value, format, unknown = "–") => digits(
  value == null ? unknown : format(value), { "data-cell": name, "data-raw": value ?? "" });
