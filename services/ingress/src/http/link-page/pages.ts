import type { PageLocale } from "@yubin/types";

import { markup, name, nothing, page, type Html } from "./html.ts";
import { linkSign, okSign, waitSign, warnSign } from "./signs.ts";
import { textsOf, type LinkTexts, type Said } from "./texts.ts";

/** What a page shows of the link it is about. */
export interface LinkShown {
  readonly locale: PageLocale;
  /** The name of the LINE account of the business. */
  readonly business: string;
}

export interface AskShown extends LinkShown {
  /** Who is to be linked, masked. */
  readonly person: string;
  /** As LINE shows the other side; null where it is not known. */
  readonly lineName: string | null;
  readonly anyLineAccount: boolean;
  /** LINE said no to whoever tried before. */
  readonly wasRefused: boolean;
}

/** Asks whether it is them. */
export const askPage = (shown: AskShown): string => {
  const texts = textsOf(shown.locale);
  const { business, person, lineName, anyLineAccount, wasRefused } = shown;
  const line = anyLineAccount ? markup`${texts.anyLineAccount}` : name(lineName ?? "LINE");
  return page({
    locale: shown.locale,
    title: `${texts.askTitle} – ${business}`,
    body: markup`${linkSign}
      <h1>${texts.askTitle}</h1>
      <p class="lead">${withName(texts.askLead, business)}</p>
      <dl>
        <div>
          <dt>${withName(texts.account, business)}</dt>
          <dd>${name(person)}</dd>
        </div>
        <div>
          <dt>${texts.lineAccount}</dt>
          <dd>${line}</dd>
        </div>
      </dl>
      ${wasRefused ? markup`<p class="alert" role="alert">${texts.otherAccount}</p>` : nothing}
      <p class="ask">${texts.onlyIfYours}</p>
      <form method="post">
        <button name="action" value="confirm">${texts.confirm}</button>
        <button class="plain" name="action" value="decline">${texts.decline}</button>
      </form>
      ${notice(texts, business)}`,
  });
};

export interface CodeShown extends LinkShown {
  readonly code: string;
  /** Opens the chat with the code written already. */
  readonly chatUrl: string;
  readonly qrSvg: Html;
}

/** Shows the code to be sent, and waits for it. */
export const codePage = ({ locale, business, code, chatUrl, qrSvg }: CodeShown): string => {
  const texts = textsOf(locale);
  return page({
    locale,
    title: `${texts.codeTitle} – ${business}`,
    polls: true,
    body: markup`${linkSign}
      <h1>${texts.codeTitle}</h1>
      <p class="lead">${withName(texts.codeLead, business)}</p>
      <p class="code" translate="no">${code}</p>
      <p class="small">${texts.codeLife}</p>
      <a class="button" href="${chatUrl}" rel="noreferrer">${texts.openLine}</a>
      <div class="qr">
        ${qrSvg}
        <p class="small">${texts.qrHint}</p>
      </div>
      <p class="wait" role="status">${texts.waiting}</p>
      ${notice(texts, business)}`,
  });
};

export type SaidKind = {
  [Key in keyof LinkTexts]: LinkTexts[Key] extends Said ? Key : never;
}[keyof LinkTexts];

/** A page that only says something; `business` is empty where nobody may know whose link it was. */
export const saidPage = (kind: SaidKind, { locale, business }: LinkShown): string => {
  const texts = textsOf(locale);
  const said = texts[kind];
  const isPending = kind === "pending";
  return page({
    locale,
    title: said.title,
    polls: isPending,
    body: markup`${signs[kind] ?? warnSign}
      <h1>${said.title}</h1>
      <p class="lead">${withName(said.text, business)}</p>
      ${isPending ? markup`<p class="wait" role="status">${texts.pending.title}</p>` : nothing}
      ${kind === "connected" ? notice(texts, business) : nothing}`,
  });
};

const signs: Partial<Record<SaidKind, Html>> = {
  connected: okSign,
  pending: waitSign,
  review: waitSign,
  declined: okSign,
};

const notice = (texts: LinkTexts, business: string): Html =>
  markup`<p class="small notice">${withName(texts.notice, business)}</p>`;

/** Stands where the name goes, so that the sentence and the name are escaped each by itself. */
const place = "\u0000";

const withName = (sentence: (business: string) => string, business: string): Html => {
  const [before = "", ...after] = sentence(place).split(place);
  return markup`${before}${after.map((part) => markup`${name(business)}${part}`)}`;
};
