// Search over the sections of the book: a page's title and a heading weigh more than prose, rare
// words more than common ones, and a section that holds all words of a query more than one word
// said often. No request is made, so it works from a file, too.
(function () {
  const STOP = new Set(("a an and are as at be by can do does for from get how i in is it its many"
    + " much my of on one or per so than that the their there they this to what when where which"
    + " who why will with you your").split(" "));
  const WEIGHT = { title: 5, heading: 4, text: 1 };
  const BM25 = { k: 1.4, b: 0.6 };
  const SYNONYM = 0.4;
  const START = 0.5; // a word of the book that only begins with the word asked for
  // Of equal words: the chapter on a thing goes before its two sentences in the glossary, tables of
  // facts before both, and what ends every chapter after what it teaches.
  const KIND = { term: 0.2, chapters: 1, book: 0.6, facts: 1.05, failures: 0.35, exercises: 0.1 };
  const ENDS = /^(after reading|card|exercises|objectives|prerequisites|quiz|recap|sources)$|^(what to measure|where the model breaks|predict)/i;
  const ENDING = 0.55;
  const DECAY = [1, 0.45, 0.3, 0.2, 0.1];
  const MOST = { pages: 12, sections: 3, excerpt: 220 };

  const stem = (word) => {
    if (word.length > 4 && word.endsWith("ies")) return `${word.slice(0, -3)}y`;
    if (word.length > 3 && /[^su]s$/.test(word)) word = word.slice(0, -1);
    if (word.length > 6 && word.endsWith("ing")) word = word.slice(0, -3);
    return word.length > 4 && word.endsWith("e") ? word.slice(0, -1) : word;
  };
  const plainText = (text) => text.toLowerCase().replace(/[’']s\b/g, "").replace(/[-‑–/]/g, " ");
  const allWords = (text) => plainText(text).match(/[\p{L}\p{N}]+/gu) ?? [];
  const terms = (text) => allWords(text).map(stem);

  // ---- the index: for each word, in which entries and how heavily ----

  function indexed(pages) {
    const entries = [];
    const postings = new Map();
    for (const page of pages) {
      const title = terms(page.title);
      for (const [place, heading, text] of page.entries) {
        const entry = { page, place, heading, text, length: 0 };
        const id = entries.push(entry) - 1;
        const add = (words, weight) => words.forEach((word) => {
          if (!postings.has(word)) postings.set(word, new Map());
          const where = postings.get(word);
          where.set(id, (where.get(id) ?? 0) + weight);
        });
        const body = terms(text);
        entry.length = body.length + 1;
        // The words of a page's title speak for its first section most, and for the others a little.
        add(title, place === "" ? WEIGHT.title : 1);
        if (heading !== page.title) add(terms(heading), WEIGHT.heading);
        add(body, WEIGHT.text);
      }
    }
    const mean = entries.reduce((sum, { length }) => sum + length, 0) / entries.length;
    return { entries, postings, mean };
  }

  // ---- a query: its words, and weaker ones that mean the same ----

  function asked(query, synonyms) {
    const words = allWords(query);
    const kept = words.filter((word) => !STOP.has(word));
    const groups = (kept.length ? kept : words).map((word) => ({ word: stem(word), also: [] }));
    const whole = ` ${words.map(stem).join(" ")} `;
    const more = [];
    for (const [name, meaning] of Object.entries(synonyms)) {
      const names = terms(name);
      if (!whole.includes(` ${names.join(" ")} `)) continue;
      const group = groups.find(({ word }) => names.includes(word));
      (group?.also ?? more).push(...terms(meaning));
    }
    return { groups, more };
  }

  function found({ entries, postings, mean }, query, synonyms) {
    const { groups, more } = asked(query, synonyms);
    const idf = (count) => Math.log(1 + (entries.length - count + 0.5) / (count + 0.5));
    const scores = new Map();
    const weigh = (term, factor, into) => {
      const where = postings.get(term);
      if (!where) return;
      for (const [id, weight] of where) {
        const size = 1 - BM25.b + BM25.b * (entries[id].length / mean);
        const part = idf(where.size) * (weight * (BM25.k + 1)) / (weight + BM25.k * size);
        into.set(id, Math.max(into.get(id) ?? 0, factor * part));
      }
    };
    for (const { word, also } of groups) {
      const best = new Map();
      weigh(word, 1, best);
      if (word.length > 2) {
        for (const other of postings.keys()) {
          if (other !== word && other.startsWith(word)) weigh(other, START, best);
        }
      }
      also.forEach((other) => weigh(other, SYNONYM, best));
      for (const [id, score] of best) {
        const held = scores.get(id) ?? { score: 0, words: 0 };
        scores.set(id, { score: held.score + score, words: held.words + 1 });
      }
    }
    const extra = new Map();
    more.forEach((other) => weigh(other, SYNONYM, extra));
    const phrase = terms(query).join(" ");
    const hits = [...scores].map(([id, { score, words }]) => {
      const { page, place, heading, text } = entries[id];
      let total = (score + (extra.get(id) ?? 0)) * (words / groups.length) ** 2;
      const named = terms(heading.replace(/^\d+ · /, "")).join(" ");
      if (named === phrase) total *= 2;
      if (phrase.includes(" ") && ` ${terms(text).join(" ")} `.includes(` ${phrase} `)) total *= 1.3;
      total *= KIND[page.kind] * (ENDS.test(heading) ? ENDING : 1);
      return { page, place, heading, text, score: total, exact: named === phrase };
    });
    return byPage(hits.sort((one, other) => other.score - one.score));
  }

  // A page stands where its best section stands; further ones add a little.
  function byPage(hits) {
    const pages = new Map();
    for (const hit of hits) {
      const held = pages.get(hit.page) ?? { page: hit.page, score: 0, sections: [] };
      held.score += hit.score * (DECAY[held.sections.length] ?? 0);
      held.sections.push(hit);
      pages.set(hit.page, held);
    }
    return [...pages.values()].sort((one, other) => other.score - one.score);
  }

  // ---- what is shown ----

  const make = (tag, attributes, ...children) => {
    const element = document.createElement(tag);
    Object.entries(attributes).forEach(([name, value]) => element.setAttribute(name, value));
    element.append(...children);
    return element;
  };

  function excerpt(text, words) {
    const at = [...text.matchAll(/[\p{L}\p{N}]+/gu)].filter(([word]) =>
      words.some((one) => stem(word.toLowerCase()).startsWith(one)));
    const from = Math.max(0, (at[0]?.index ?? 0) - 60);
    const start = from ? text.indexOf(" ", from) + 1 : 0;
    const end = Math.min(text.length, start + MOST.excerpt);
    const parts = [start ? "… " : ""];
    let done = start;
    for (const { 0: word, index } of at) {
      if (index < done || index + word.length > end) continue;
      parts.push(text.slice(done, index), make("mark", {}, word));
      done = index + word.length;
    }
    parts.push(text.slice(done, end), end < text.length ? " …" : "");
    return parts;
  }

  function shown({ page, sections }, words) {
    const address = ({ place }) => `${page.page}.html${place && `#${place}`}`;
    const [first] = sections;
    const items = sections.slice(0, MOST.sections).map((section) => make("li", {},
      make("a", { href: address(section) }, section.heading),
      make("p", {}, ...excerpt(section.text, words))));
    return make("li", {}, make("a", { href: `${page.page}.html`, class: "search-page-title" },
      page.title), make("ul", {}, ...(first ? items : [])));
  }

  // What is a term of the glossary itself is told at once.
  function told(pages) {
    const sections = pages.flatMap(({ page, sections: all }) => (page.kind === "term" ? all : []));
    const { page, place, heading, text } = sections.find(({ exact }) => exact) ?? {};
    return page ? [make("p", { class: "search-term" }, make("a", {
      href: `${page.page}.html#${place}`,
    }, heading), ` ${text}`)] : [];
  }

  const search = (query) =>
    found(indexed(window.tokenworksSearch), query, window.tokenworksSynonyms);
  window.tokenworksFind = search;

  const query = new URLSearchParams(location.search).get("q") ?? "";
  const field = document.querySelector(".search-page input");
  const place = document.getElementById("search-results");
  field.value = query;
  if (!query.trim()) return field.focus();
  const pages = search(query).slice(0, MOST.pages);
  const words = asked(query, {}).groups.map(({ word }) => word);
  document.title = `${query} - ${document.title}`;
  const count = pages.length === 1 ? "1 page" : `${pages.length} pages`;
  place.replaceChildren(
    make("p", { role: "status" }, pages.length
      ? `${count} on “${query}”, the closest first.`
      : `Nothing on “${query}”. Try fewer words, or look into the glossary.`),
    ...told(pages),
    make("ol", {}, ...pages.map((page) => shown(page, words))),
  );
})();
