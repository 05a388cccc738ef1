import { randomBytes } from "node:crypto";

/** LINE asks for 10 to 255 characters that nobody can guess: 192 bits. */
const nonceBytes = 24;

export const newNonce = (): string => randomBytes(nonceBytes).toString("base64url");

/** LINE's page that ends account linking; the host is our setting's and nobody else's. */
export const dialogUrl = (lineAccessUrl: string, linkToken: string, nonce: string): string => {
  const url = new URL("/dialog/bot/accountLink", lineAccessUrl);
  url.search = new URLSearchParams({ linkToken, nonce }).toString();
  return url.href;
};
