import { pageLocales, type PageLocale } from "@yubin/types";

export interface LocaleHints {
  /** `?lang=`: the person says. */
  readonly lang: unknown;
  /** Whoever made the link says. */
  readonly made: PageLocale | null;
  readonly acceptLanguage: string | undefined;
}

/** The language of a page: what the person says, the link, the browser, and else English. */
export const chooseLocale = ({ lang, made, acceptLanguage }: LocaleHints): PageLocale =>
  (typeof lang === "string" ? localeOf(lang) : undefined) ??
  made ??
  wishesOf(acceptLanguage ?? "").find((locale) => locale !== undefined) ??
  "en";

const headerCharsMax = 500;

const wishesOf = (header: string): (PageLocale | undefined)[] =>
  header
    .slice(0, headerCharsMax)
    .split(",")
    .map((part) => {
      const [tag = "", ...params] = part.trim().split(";");
      const q = Number(params.map((one) => /^\s*q=([\d.]+)$/.exec(one)?.[1]).find(Boolean) ?? 1);
      return { tag, q };
    })
    .filter(({ q }) => q > 0)
    .sort((one, other) => other.q - one.q)
    .map(({ tag }) => localeOf(tag));

/** Whoever reads another Chinese is helped more by this one than by English. */
const localeOf = (tag: string): PageLocale | undefined => {
  const language = tag.trim().toLowerCase().split("-")[0];
  return pageLocales.find((locale) => locale.toLowerCase().split("-")[0] === language);
};
