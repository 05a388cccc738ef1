import type { LineMessage } from "../line-messages/line-message.ts";
import { linksIn } from "./replace-links.ts";

/** Addresses that are no links to be tracked: they open inside LINE and would no longer, or lead here already. */
export type IsOurs = (url: URL) => boolean;

/** Those of a Yubin at this address. */
export const oursAt = (publicUrl: string): IsOurs => {
  const { host: ownHost } = new URL(publicUrl);
  return ({ host }) => host === ownHost || /^(.+\.)?(line\.me|lin\.ee)$/.test(host);
};

/** The addresses of the links on which clicks can be counted: all that are written out, and none that a template fills in. */
export const trackableLinks = (messages: readonly LineMessage[], isOurs: IsOurs): string[] =>
  [...linksIn(messages)].filter((text) => {
    const url = /\{[{%]/.test(text) ? null : URL.parse(text);
    return url !== null && !isOurs(url);
  });
