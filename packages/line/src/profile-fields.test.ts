import { describe, expect, it } from "vitest";

import { profileFields } from "./profile-fields.ts";

describe("a LINE profile", () => {
  it("is taken over with what is known of it and nothing else", () => {
    const answer = JSON.parse(
      '{"displayName":"花子","userId":"U1","pictureUrl":"https://profile.line-scdn.net/x","language":"ja","statusMessage":"hi","__proto__":{"admin":true},"constructor":1}',
    ) as unknown;
    expect(profileFields(answer)).toEqual({
      displayName: "花子",
      pictureUrl: "https://profile.line-scdn.net/x",
      language: "ja",
    });
    expect(({} as Record<string, unknown>)["admin"]).toBeUndefined();
  });

  it("has a name of a length that can be kept, whole characters, and no control characters", () => {
    expect(profileFields({ displayName: "あ".repeat(1_000_000) }).displayName).toHaveLength(100);
    expect(profileFields({ displayName: `${"a".repeat(99)}🍎` }).displayName).toBe("a".repeat(99));
    expect(profileFields({ displayName: "a\u001b[31m\r\nb\0" }).displayName).toBe("a[31mb");
    expect(profileFields({ displayName: { $gt: "" } }).displayName).toBe("");
    expect(profileFields(null).displayName).toBe("");
  });

  it.each([
    "http://example.com/a.png",
    "javascript:alert(1)",
    "data:text/html,x",
    "https://user:pass@example.com/",
    `https://example.com/${"a".repeat(2_000)}`,
    "not a url",
    7,
  ])("has no picture at %s", (pictureUrl) => {
    expect(profileFields({ displayName: "a", pictureUrl })).toEqual({ displayName: "a" });
  });

  it("has no language that is none", () => {
    expect(profileFields({ displayName: "a", language: "<script>" })).toEqual({ displayName: "a" });
  });
});
