import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

const keyBytes = 24;

/** A new API key: 192 random bits behind a prefix that people and secret scanners recognise. */
export const newApiKey = (): string => `yb_live_${randomBytes(keyBytes).toString("base64url")}`;

/** Whether a text can be an API key at all; checked before anything is looked up. */
export const isApiKey = (text: string): boolean => /^yb_live_[A-Za-z0-9_-]{22,128}$/.test(text);

/** What is stored and looked up in place of the key. */
export const hashApiKey = (key: string): string => createHash("sha256").update(key).digest("hex");

/** Compares in a time that tells nothing about where the texts differ. */
export const isSameSecret = (one: string, other: string): boolean =>
  timingSafeEqual(digest(one), digest(other));

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
