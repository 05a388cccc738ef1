import { fieldOf } from "./answer-fields.ts";

/** What we keep of a LINE profile. */
export interface LineProfile {
  readonly displayName: string;
  readonly pictureUrl?: string;
  readonly language?: string;
}

/** LINE's own limit is 20; more only arrives by mistake. */
const displayNameCharsMax = 100;
const pictureUrlCharsMax = 2_000;

/** Takes the known fields out of an answer, cut and checked: people choose their names, and not all of them kindly. */
export const profileFields = (answer: unknown): LineProfile => {
  const pictureUrl = safePictureUrl(fieldOf(answer, "pictureUrl"));
  const language = fieldOf(answer, "language");
  return {
    displayName: cleanName(fieldOf(answer, "displayName")),
    ...(pictureUrl === undefined ? {} : { pictureUrl }),
    ...(typeof language === "string" && /^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3}$/.test(language)
      ? { language }
      : {}),
  };
};

const cleanName = (name: unknown): string =>
  typeof name === "string"
    ? name
        .slice(0, displayNameCharsMax)
        .toWellFormed()
        .replace(/\uFFFD$/, "") // the half of a pair that was cut
        .replaceAll(/\p{Cc}/gu, "")
        .normalize("NFC")
        .trim()
    : "";

const safePictureUrl = (text: unknown): string | undefined => {
  if (typeof text !== "string" || text.length > pictureUrlCharsMax) return undefined;
  const url = URL.parse(text);
  if (!url || url.protocol !== "https:" || url.username !== "" || url.password !== "")
    return undefined;
  return url.href;
};
