import { expect, it } from "vitest";
import { webhookSignature } from "./webhook-signature.ts";

it("signs as LINE's published example does", () => {
  const secret = "8c570fa6dd201bb328f1c1eac23a96d8";
  const body = '{"destination":"U8e742f61d673b39c7fff3cecb7536ef0","events":[]}';
  expect(webhookSignature(secret, body)).toBe("GhRKmvmHys4Pi8DxkF4+EayaH0OqtJtaZxgTD9fMDLs=");
});

it("signs the bytes of text beyond ASCII as they are", () => {
  const body = String.raw`{"destination":"U00000000000000000000000000000001","events":[{"type":"message","text":"日本語 \ud83c\udf4e 🍎 \/ \n"}]}`;
  expect(Buffer.byteLength(body)).toBe(124);
  expect(webhookSignature("0123456789abcdef0123456789abcdef", body)).toBe(
    "iBOV3SHFoB5l48XOPIVWtgZ+ASbOQMmz+Wo0pZHLGpw=",
  );
});
