import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** Of no channel, so that an unknown one costs as much time as a known one. */
const nobodysSecret = randomBytes(16).toString("hex");

/**
 * Whether these exact bytes were signed with one of the channel's secrets (two are valid while one is replaced).
 *
 * Source: LINE, Verify webhook signature: base64 of HMAC-SHA256, the secret as text. The text of the signature is
 * compared, not what a lenient decoder makes of it, and every secret is tried whatever the others say.
 */
export const isSignedBy = (
  bytes: Buffer,
  signature: string | undefined,
  secrets: readonly string[],
): boolean => {
  const wellFormed = signature !== undefined && /^[A-Za-z0-9+/]{43}=$/.test(signature);
  const given = Buffer.from(wellFormed ? signature : "A".repeat(44), "latin1");
  let signed = false;
  for (const secret of secrets.length > 0 ? secrets : [nobodysSecret]) {
    const expected = createHmac("sha256", secret).update(bytes).digest("base64");
    if (timingSafeEqual(Buffer.from(expected, "latin1"), given)) signed = true;
  }
  return signed && wellFormed && secrets.length > 0;
};
