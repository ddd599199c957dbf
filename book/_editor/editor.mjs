// The editor of the exercise pages, and the filter for what a worker's report may contain.
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import { bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import { drawSelection, EditorView, keymap, lineNumbers } from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";
import DOMPurify from "dompurify";

// Put an editor in the place of a text area, which keeps the text. Tab indents; after Escape it
// goes on to the next control, as CodeMirror has it.
export function edit(area, { label, onChange }) {
  const view = new EditorView({
    state: EditorState.create({
      doc: area.value,
      selection: { anchor: area.selectionStart, head: area.selectionEnd },
      extensions: [
        EditorView.theme({ ".cm-content, .cm-gutter": { minHeight: `${area.clientHeight}px` } }),
        lineNumbers(),
        history(),
        drawSelection(),
        indentOnInput(),
        bracketMatching(),
        indentUnit.of("    "),
        EditorState.tabSize.of(4),
        python(),
        syntaxHighlighting(classHighlighter),
        EditorView.contentAttributes.of({ "aria-label": label }),
        EditorView.updateListener.of((update) => {
          if (!update.docChanged) return;
          area.value = update.state.doc.toString();
          onChange();
        }),
        keymap.of([...defaultKeymap, ...historyKeymap, indentWithTab]),
      ],
    }),
  });
  area.hidden = true;
  area.after(view.dom);
  return {
    focus: () => view.focus(),
    set(text) {
      const { length } = view.state.doc;
      if (view.state.doc.toString() === text) return;
      view.dispatch({ changes: { from: 0, to: length, insert: text } });
    },
  };
}

// A report is text and pictures of boxes: no script, link, form or address of anything else.
export const clean = (html) =>
  DOMPurify.sanitize(html, {
    ALLOWED_TAGS: ["style", "div", "p", "span", "strong", "code", "pre", "b", "i", "u", "br"],
    ALLOWED_ATTR: ["class", "style", "title", "role", "aria-label"],
    FORCE_BODY: true,
  });
