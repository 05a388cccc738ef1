import { expect, it } from "vitest";

import { breakOf } from "./break-of.ts";

const failed = (code: string, syscall?: string): Error =>
  Object.assign(new Error(code), { code, ...(syscall === undefined ? {} : { syscall }) });

it.each([
  ["refused", failed("ECONNREFUSED", "connect"), "unreachable"],
  ["by no address", Object.assign(new AggregateError([]), { code: "ECONNREFUSED" }), "unreachable"],
  ["by no name", failed("ENOTFOUND", "getaddrinfo"), "unreachable"],
  ["without a way", failed("EHOSTUNREACH", "connect"), "unreachable"],
  ["too late to begin", failed("UND_ERR_CONNECT_TIMEOUT"), "unreachable"],
  ["without a way under a call that LINE may have", failed("EHOSTUNREACH", "read"), "reset"],
  ["without a network under such a call", failed("ENETUNREACH", "write"), "reset"],
  ["refused, nobody knows when", failed("ECONNREFUSED"), "reset"],
  ["reset", failed("ECONNRESET", "read"), "reset"],
  ["too late to end", failed("UND_ERR_HEADERS_TIMEOUT"), "timeout"],
  ["in no words that we know", "odd", "reset"],
])("a connection %s", (_how, error, reason) => {
  expect(breakOf(error)).toBe(reason);
});
