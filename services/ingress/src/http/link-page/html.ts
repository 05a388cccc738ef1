import { createHash } from "node:crypto";
import type { PageLocale } from "@yubin/types";

import { script } from "./script.ts";
import { style } from "./style.ts";

/** Markup, as opposed to text that came from people. */
export interface Html {
  readonly html: string;
}

/** Builds markup; whatever is put in is escaped unless it is markup itself. */
export const markup = (
  parts: TemplateStringsArray,
  ...values: readonly (string | Html | readonly Html[])[]
): Html => ({
  html: parts.reduce((text, part, at) => text + shown(values[at - 1]) + part),
});

export const nothing: Html = { html: "" };

const shown = (value: string | Html | readonly Html[] | undefined): string => {
  if (value === undefined) return "";
  if (typeof value === "string") return escapeHtml(value);
  return "html" in value ? value.html : value.map((one) => one.html).join("");
};

const named: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

const escapeHtml = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (char) => named[char] ?? "");

/** A name in a sentence, whatever direction it is written in. */
export const name = (text: string): Html => markup`<bdi>${text}</bdi>`;

export interface PageParts {
  readonly locale: PageLocale;
  readonly title: string;
  readonly body: Html;
  /** Asks now and then whether something has happened, with or without JavaScript. */
  readonly polls?: boolean;
}

/** A whole page. It needs nothing from anywhere else. */
export const page = ({ locale, title, body, polls = false }: PageParts): string =>
  markup`<!doctype html>
<html lang="${locale}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="robots" content="noindex, nofollow">
<meta name="color-scheme" content="light dark">
<meta name="format-detection" content="telephone=no, email=no, address=no">
<title>${title}</title>
${styleTag}
${polls ? markup`<noscript><meta http-equiv="refresh" content="5"></noscript>` : nothing}
</head>
<body>
<main>${body}</main>
${polls ? scriptTag : nothing}
</body>
</html>
`.html;

// Not a byte more between the tags than what the policy has the hash of.
const styleTag: Html = { html: `<style>${style}</style>` };
const scriptTag: Html = { html: `<script>${script}</script>` };

const hashOf = (text: string): string =>
  `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/** Only what is written above runs; a form goes to us, and on to LINE. */
export const pagePolicy = (lineAccessOrigin: string): string =>
  [
    "default-src 'none'",
    `style-src ${hashOf(style)}`,
    `script-src ${hashOf(script)}`,
    "connect-src 'self'",
    `form-action 'self' ${lineAccessOrigin}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
