/** Markdown as safe elements: nothing that runs, nothing that is fetched, links that give nothing away. */

import DOMPurify from "dompurify";
import { Marked } from "marked";

const marked = new Marked({ gfm: true, breaks: false, async: false });

const TAGS = [
  "p", "br", "hr", "strong", "em", "del", "code", "pre", "blockquote", "a",
  "ul", "ol", "li", "h1", "h2", "h3", "h4", "h5", "h6",
  "table", "thead", "tbody", "tr", "th", "td",
];

const ATTRIBUTES = ["href", "title", "start", "align"];

DOMPurify.addHook("afterSanitizeAttributes", (node) => {
  if (node.nodeName !== "A") return;
  const href = node.getAttribute("href") ?? "";
  if (!/^(https?:|mailto:)/i.test(href)) node.removeAttribute("href");
  else {
    node.setAttribute("rel", "noopener noreferrer");
    node.setAttribute("target", "_blank");
  }
});

// An image is never fetched: its description stands in for it.
marked.use({
  renderer: {
    image: ({ text }) => escaped(text),
    html: ({ text }) => escaped(text),
  },
});

/** The elements that `source` describes. */
export function rendered(source: string): DocumentFragment {
  const html = marked.parse(source) as string;
  return DOMPurify.sanitize(html, {
    ALLOWED_TAGS: TAGS,
    ALLOWED_ATTR: ATTRIBUTES,
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    RETURN_DOM_FRAGMENT: true,
  });
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
