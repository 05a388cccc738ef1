import { randomBytes } from "node:crypto";
import { Failure } from "@yubin/errors";
import { describe, expect, it } from "vitest";

import { hashApiKey, isApiKey, isSameSecret, newApiKey } from "./api-keys.ts";
import { createSealer } from "./sealer.ts";

const newKey = (id: string) => ({ id, key: randomBytes(32) });
const text = "a channel access token 日本語";

describe("a sealed text", () => {
  it("opens in its place with any of the keys, and looks different each time", () => {
    const [older, newer] = [newKey("2025"), newKey("2026")];
    const sealed = createSealer([older]).seal(text, "ws_1/chan_1");
    expect(sealed).toMatch(/^2025\.[A-Za-z0-9_-]+$/);
    const sealer = createSealer([newer, older]);
    expect(sealer.open(sealed, "ws_1/chan_1")).toBe(text);
    expect(sealer.seal(text, "c")).toMatch(/^2026\./);
    expect(sealer.seal(text, "c")).not.toBe(sealer.seal(text, "c"));
    expect(sealer.open(sealer.seal("", "c"), "c")).toBe("");
  });

  it("opens nowhere else, with no other key and with no changed bit", () => {
    const key = newKey("k");
    const sealer = createSealer([key]);
    const sealed = sealer.seal(text, "ws_1/chan_1");
    const flipped = Buffer.from(sealed.slice(2), "base64url");
    const broken = Array.from(flipped, (byte, at) => {
      const copy = Buffer.from(flipped);
      copy[at] = byte ^ 1;
      return `k.${copy.toString("base64url")}`;
    });
    const wrong = [
      ...broken.map((one) => [one, "ws_1/chan_1"] as const),
      [sealed, "ws_1/chan_2"] as const,
      [sealed.slice(0, -4), "ws_1/chan_1"] as const,
      ...["", ".", "k", "k.", "k.AAAA", "other.AAAA", text].map(
        (one) => [one, "ws_1/chan_1"] as const,
      ),
    ];
    for (const [one, context] of wrong) {
      let thrown: unknown;
      try {
        sealer.open(one, context);
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toBeInstanceOf(Failure);
      const { message, cause } = thrown as Failure;
      const shown = `${message} ${String(cause)}`;
      expect(shown).not.toContain("channel access token");
      expect(shown).not.toContain(key.key.toString("base64"));
    }
    expect(() => createSealer([newKey("k")]).open(sealed, "ws_1/chan_1")).toThrow(Failure);
  });

  it("needs a key", () => {
    expect(() => createSealer([])).toThrow("key");
  });
});

describe("an API key", () => {
  it("is long, new each time and recognised", () => {
    const keys = new Set(Array.from({ length: 1_000 }, newApiKey));
    expect(keys.size).toBe(1_000);
    for (const key of keys) expect(isApiKey(key)).toBe(true);
    expect([...keys][0]?.slice("yb_live_".length)).toHaveLength(32);
  });

  it.each([
    "",
    "yb_live_",
    "yb_test_aaaaaaaaaaaaaaaaaaaaaaaa",
    "yb_live_aaaaaaaaaaaaaaaaaaaaaa\n",
    `yb_live_${"a".repeat(1_000_000)}`,
    "yb_live_aaaaaaaaaaaaaaaaaaaaaa\0",
  ])("is not %j", (text_) => {
    expect(isApiKey(text_)).toBe(false);
  });

  it("is kept as its hash", () => {
    expect(hashApiKey("yb_live_x")).toBe(
      "ab55dd7ac3d59ed6225c34e3c38e69c04ac3db091b234f8106af3a8933996d25",
    );
  });

  it("is compared by what it is", () => {
    expect(isSameSecret("a", "a")).toBe(true);
    expect(isSameSecret("a", "b")).toBe(false);
    expect(isSameSecret("a", "aa")).toBe(false);
  });
});
