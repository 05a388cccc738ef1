import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { Failure } from "@yubin/errors";

import type { SecretKey } from "./config-fields.ts";

/** Keeps credentials at rest: AES-256-GCM, bound to the place they belong to. */
export interface Sealer {
  /** The context, such as `workspaceId/channelId`, is not stored; the same one opens it. */
  seal(text: string, context: string): string;
  /** Opens what any of the keys has sealed for this context; fails otherwise, without saying which of them was wrong. */
  open(sealed: string, context: string): string;
}

const ivBytes = 12;
const tagBytes = 16;

/** The first key seals, all of them open: put a new one in front, seal again, drop the old one. */
export const createSealer = (keys: readonly SecretKey[]): Sealer => {
  const [newest] = keys;
  if (!newest) throw new Error("a sealer needs a key");

  return {
    seal: (text, context) => {
      const iv = randomBytes(ivBytes);
      const cipher = createCipheriv("aes-256-gcm", newest.key, iv, { authTagLength: tagBytes });
      cipher.setAAD(Buffer.from(context));
      const sealed = Buffer.concat([iv, cipher.update(text, "utf8"), cipher.final()]);
      return `${newest.id}.${Buffer.concat([sealed, cipher.getAuthTag()]).toString("base64url")}`;
    },
    open: (sealed, context) => {
      const dot = sealed.indexOf(".");
      const key = keys.find(({ id }) => id === sealed.slice(0, dot));
      const bytes = Buffer.from(sealed.slice(dot + 1), "base64url");
      if (!key || bytes.length < ivBytes + tagBytes) throw cannotOpen();
      try {
        return decrypt(key.key, bytes, context);
      } catch (error) {
        throw cannotOpen(error);
      }
    },
  };
};

const decrypt = (key: Buffer, bytes: Buffer, context: string): string => {
  const iv = bytes.subarray(0, ivBytes);
  const decipher = createDecipheriv("aes-256-gcm", key, iv, { authTagLength: tagBytes });
  decipher.setAAD(Buffer.from(context));
  decipher.setAuthTag(bytes.subarray(-tagBytes));
  const text = bytes.subarray(ivBytes, -tagBytes);
  return Buffer.concat([decipher.update(text), decipher.final()]).toString("utf8");
};

const cannotOpen = (cause?: unknown): Failure =>
  new Failure("internal", "a sealed value does not open with the keys in use", { cause });
