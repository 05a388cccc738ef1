import { createHmac, randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";

import { isSignedBy } from "./is-signed-by.ts";

// Source: LINE, Verify webhook signature (the first), and two computed for non-ASCII and escapes that must stay raw.
const vectors = [
  {
    secret: "8c570fa6dd201bb328f1c1eac23a96d8",
    body: '{"destination":"U8e742f61d673b39c7fff3cecb7536ef0","events":[]}',
    signature: "GhRKmvmHys4Pi8DxkF4+EayaH0OqtJtaZxgTD9fMDLs=",
  },
  {
    secret: "0123456789abcdef0123456789abcdef",
    body: '{"destination":"U00000000000000000000000000000001","events":[]}',
    signature: "YQU0voYIh8lUA1XaYoIEZg9trJlhjyu9qVt6HqVvWf4=",
  },
  {
    secret: "0123456789abcdef0123456789abcdef",
    body: String.raw`{"destination":"U00000000000000000000000000000001","events":[{"type":"message","text":"日本語 \ud83c\udf4e 🍎 \/ \n"}]}`,
    signature: "iBOV3SHFoB5l48XOPIVWtgZ+ASbOQMmz+Wo0pZHLGpw=",
  },
];
const secret = "0123456789abcdef0123456789abcdef";
const body = Buffer.from(vectors[1]?.body ?? "");
const signature = vectors[1]?.signature ?? "";

describe("a webhook's signature", () => {
  it.each(vectors)("is taken when it is LINE's ($signature)", (vector) => {
    expect(isSignedBy(Buffer.from(vector.body), vector.signature, [vector.secret])).toBe(true);
  });

  it("counts for the bytes and not for what they mean", () => {
    const escaped = vectors[2];
    const rewritten = JSON.stringify(JSON.parse(escaped?.body ?? ""));
    expect(isSignedBy(Buffer.from(rewritten), escaped?.signature, [secret])).toBe(false);
    expect(isSignedBy(Buffer.from(` ${body.toString()}`), signature, [secret])).toBe(false);
  });

  it("is taken with either of two secrets while one is replaced, and with no other", () => {
    const other = randomBytes(16).toString("hex");
    expect(isSignedBy(body, signature, [other, secret])).toBe(true);
    expect(isSignedBy(body, signature, [secret, other])).toBe(true);
    expect(isSignedBy(body, signature, [other])).toBe(false);
    expect(isSignedBy(body, signature, [])).toBe(false);
  });

  it.each([
    ["absent", undefined],
    ["empty", ""],
    ["with a newline", `${signature}\n`],
    ["with a newline inside", `${signature.slice(0, 20)}\n${signature.slice(20)}`],
    ["with a space", ` ${signature}`],
    ["with a character outside of the alphabet", `${signature.slice(0, 5)}!${signature.slice(5)}`],
    [
      "in the URL's alphabet",
      signature.replaceAll("+", "-").replaceAll("/", "_").replace("=", "-"),
    ],
    ["without its padding", signature.slice(0, -1)],
    ["with two", `${signature}, ${signature}`],
    ["with other bits in its last character", `${signature.slice(0, 42)}5=`],
    [
      "31 bytes long",
      createHmac("sha256", secret).update(body).digest().subarray(0, 31).toString("base64"),
    ],
    [
      "33 bytes long",
      Buffer.concat([createHmac("sha256", secret).update(body).digest(), Buffer.of(0)]).toString(
        "base64",
      ),
    ],
    ["10,000 bytes long", "A".repeat(10_000)],
    ["in full-width letters", "Ａ".repeat(44)],
  ])("is refused %s, without throwing", (_how, spelled) => {
    expect(isSignedBy(body, spelled, [secret])).toBe(false);
  });

  it("has a last character that a lenient decoder would read the same", () => {
    const lenient = Buffer.from(`${signature.slice(0, 42)}5=`, "base64");
    expect(lenient.equals(Buffer.from(signature, "base64"))).toBe(true);
  });

  it("of an empty body is checked like any other", () => {
    const signed = createHmac("sha256", secret).update("").digest("base64");
    expect(isSignedBy(Buffer.alloc(0), signed, [secret])).toBe(true);
  });

  it("is refused for a secret that is empty text", () => {
    const signed = createHmac("sha256", "").update(body).digest("base64");
    expect(isSignedBy(body, signed, [])).toBe(false);
  });
});
