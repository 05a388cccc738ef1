import { hash } from "node:crypto";
import { z } from "zod";

import { idFrom } from "./ids.ts";
import { limits } from "./limits.ts";
import { isLineUserId, isProvider } from "./refs.ts";

/** The languages of the pages that people see. */
export const pageLocales = ["en", "ja", "zh-TW", "th"] as const;
export type PageLocale = (typeof pageLocales)[number];

/**
 * How a one-time link proves: the person confirms on our page, LINE confirms it (account link), or they send a code in
 * the chat.
 */
export const linkVias = ["page", "account_link", "code"] as const;
export type LinkVia = (typeof linkVias)[number];

const provider = z.string().refine(isProvider, "not a provider label");
const lineUserId = z.string().refine(isLineUserId, "not a LINE user ID");
const userId = z.string().min(1).max(limits.externalIdChars);
/** LINE's link tokens are opaque; anything else could not stand in a URL as it is. */
const linkToken = z.string().regex(/^[A-Za-z0-9+/=._~-]{1,512}$/);

/** Body of `POST /v1/profiles/:ref/line-links`. */
export const lineLinkRequest = z.strictObject({
  provider: provider.optional(),
  lineUserId: lineUserId.optional(),
  userId: userId.optional(),
  channelId: z.string().min(1).max(64).optional(),
  via: z.enum(linkVias).optional(),
  /** LINE's, for a business whose own page logs people in. */
  linkToken: linkToken.optional(),
  expiresInSeconds: z.int().min(60).max(86_400).optional(),
  locale: z.enum(pageLocales).optional(),
});
export type LineLinkRequest = z.output<typeof lineLinkRequest>;

/** LINE's tokens are far shorter; what is longer is not asked about. */
const userToken = z.string().regex(/^[\x21-\x7e]{1,8192}$/);

/** Body of `POST /v1/line-links/verify`. */
export const verifyLinkRequest = z.strictObject({
  provider: provider.optional(),
  userId,
  idToken: userToken.optional(),
  accessToken: userToken.optional(),
  nonce: z.string().min(1).max(512).optional(),
});
export type VerifyLinkRequest = z.output<typeof verifyLinkRequest>;

/** Body of `POST /v1/channels/:id/link-tokens`. */
export const linkTokenRequest = z.strictObject({ lineUserId });

export type LineLinkState = "created" | "confirmed" | "linked" | "failed" | "declined" | "expired";

/** Answer of `GET /v1/line-links/:id`. */
export interface LineLinkView {
  readonly id: string;
  readonly state: LineLinkState;
  /** Why it failed. */
  readonly reason: string | null;
  readonly via: LinkVia;
  readonly provider: string;
  readonly channelId: string;
  readonly profileId: string;
  /** Null until it is known who it is. */
  readonly lineUserId: string | null;
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly confirmedAt: string | null;
}

/** What is stored and looked up in place of a link's token, a nonce or a code. */
export const hashLinkSecret = (secret: string): string => hash("sha256", secret);

/** Both services store the command that a link ends in, under this id, so that it is one whoever was faster. */
export const lineLinkEventId = (workspaceId: string, linkId: string): string =>
  idFrom("evt", workspaceId, "link", linkId);

const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const codeChars = 10;

/** The code that follows from a secret: 50 bits, without letters that look like digits. */
export const linkCodeFrom = (secret: string): string => {
  const bytes = hash("sha256", secret, "buffer");
  const chars = Array.from({ length: codeChars }, (_, at) => alphabet[(bytes[at] ?? 0) % 32]);
  return `LINK-${chars.join("")}`;
};

/** The code in a chat message that is nothing else, however people type it; undefined where it is no code. */
export const readLinkCode = (text: string): string | undefined => {
  if (text.length > 64) return undefined;
  const typed = text
    .normalize("NFKC")
    .toUpperCase()
    .replaceAll(/[\s\p{Pd}\u2212\u30fc]/gu, "");
  if (!/^LINK[0-9A-Z]{10}$/.test(typed)) return undefined;
  const code = typed.slice(4).replaceAll("O", "0").replaceAll(/[IL]/g, "1");
  return code.includes("U") ? undefined : `LINK-${code}`;
};
