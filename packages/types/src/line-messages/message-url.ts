import { BlockList, isIPv6 } from "node:net";

import type { MessageProblem } from "./message-problem.ts";

/**
 * Checks a URL in a message. We never fetch it, but people's phones and LINE do: it must lead to the public internet,
 * however it is spelt.
 */
export const checkMessageUrl = (
  text: string,
  field: string,
  { schemes, charsMax }: { readonly schemes: readonly string[]; readonly charsMax: number },
): MessageProblem | undefined => {
  const invalid = (message: string): MessageProblem => ({ code: "url_invalid", field, message });
  if (text.length > charsMax)
    return invalid(`a URL here has at most ${charsMax} characters, given ${text.length}`);
  // URL parsers drop these silently, and what LINE's does is not known.
  if (/[\s\p{Cc}\\]/u.test(text)) return invalid("a URL has no spaces, controls or backslashes");
  const url = URL.parse(text);
  if (!url) return invalid("this is not an absolute URL");
  if (!schemes.includes(url.protocol))
    return invalid(`a URL here starts with ${schemes.join(" or ")}`);
  if (url.protocol === "https:" || url.protocol === "http:") {
    if (url.username !== "" || url.password !== "")
      return invalid("a URL must not hold credentials");
    if (isPrivateHost(url.hostname))
      return { code: "url_private", field, message: "the URL leads to a private or local address" };
  }
  // Source: LINE, About the encoding of a URL specified in a request body property.
  return isEncoded(text) ? undefined : invalid("a URL must be percent-encoded (UTF-8)");
};

const isEncoded = (text: string): boolean => /^[\x21-\x7e]*$/.test(text);

/** `URL` has already turned every spelling of an IPv4 address (one number, hex, full-width digits) into dots. */
const isPrivateHost = (hostname: string): boolean => {
  const host = hostname.replace(/^\[|\]$/g, "").replace(/\.+$/, "");
  if (isIPv6(host)) return notPublic.check(host, "ipv6");
  if (/^\d+\.\d+\.\d+\.\d+$/.test(host)) return notPublic.check(host, "ipv4");
  return !host.includes(".") || /\.(localhost|local|internal|home\.arpa|lan)$/.test(host);
};

/** Source: IANA's special-purpose registries. Ranges that carry an IPv4 address inside count as private whole. */
const notPublic = new BlockList();
for (const [network, bits] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
] as const)
  notPublic.addSubnet(network, bits, "ipv4");
for (const [network, bits] of [
  ["::", 96],
  ["::ffff:0:0:0", 96],
  ["64:ff9b::", 96],
  ["64:ff9b:1::", 48],
  ["100::", 64],
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
  ["fc00::", 7],
  ["fe80::", 10],
  ["fec0::", 10],
  ["ff00::", 8],
] as const)
  notPublic.addSubnet(network, bits, "ipv6");
