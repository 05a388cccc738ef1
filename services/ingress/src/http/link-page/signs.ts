import { markup, type Html } from "./html.ts";

const drawn = (path: Html, kind = ""): Html =>
  markup`<svg
    class="sign${kind}"
    viewBox="0 0 56 56"
    fill="none"
    stroke="currentColor"
    stroke-width="3.5"
    stroke-linecap="round"
    stroke-linejoin="round"
    aria-hidden="true"
  >
    ${path}
  </svg>`;

/** Two links of a chain, of the same kind on purpose: no logo of anybody. */
export const linkSign = drawn(
  markup`<circle cx="28" cy="28" r="26" fill="currentColor" stroke="none" opacity=".12" />
    <path d="M24.5 31.5a6.5 6.5 0 0 0 9.2 0l5-5a6.5 6.5 0 0 0-9.2-9.2l-2 2" />
    <path d="M31.5 24.5a6.5 6.5 0 0 0-9.2 0l-5 5a6.5 6.5 0 0 0 9.2 9.2l2-2" />`,
);

export const okSign = drawn(
  markup`<circle cx="28" cy="28" r="26" fill="currentColor" stroke="none" opacity=".12" />
    <path d="m18 28.5 7 7 13-14" />`,
);

export const waitSign = drawn(
  markup`<circle cx="28" cy="28" r="26" fill="currentColor" stroke="none" opacity=".12" />
    <circle cx="28" cy="28" r="11" /><path d="M28 21.5V28l4 3" />`,
);

export const warnSign = drawn(
  markup`<circle cx="28" cy="28" r="26" fill="currentColor" stroke="none" opacity=".14" />
    <path d="M28 18v12.5" /><path d="M28 38h.01" />`,
  " warn",
);
