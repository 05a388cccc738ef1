import { createHmac, hkdfSync, timingSafeEqual } from "node:crypto";

import type { SecretKey } from "./config-fields.ts";

/** What a click link stands for: where it leads is stored under `linkId`, and `place` is whose link it is. */
export interface ClickToken {
  /** 20 hexadecimal digits. */
  readonly linkId: string;
  /** Which recipient of which batch; absent of a link that everybody has. */
  readonly place?: ClickPlace;
}

export interface ClickPlace {
  /** 0 to 4,294,967,295. */
  readonly batch: number;
  /** 0 to 65,535. */
  readonly index: number;
}

export interface ClickTokens {
  /** 27 or 35 characters that need no escaping in a URL. */
  sign(token: ClickToken): string;
  /** What one of the keys has signed; undefined for anything else. */
  read(text: string): ClickToken | undefined;
}

const linkBytes = 10;
const placeBytes = 6;
/** Of 2^80 guesses one is right, and each costs a request. */
const signatureBytes = 10;
const texts = /^[A-Za-z0-9_-]{27}$|^[A-Za-z0-9_-]{35}$/;

/** The first key signs, all of them read. Keys that are dropped take the links with them that they signed. */
export const createClickTokens = (keys: readonly SecretKey[]): ClickTokens => {
  const derived = keys.map(({ key }) =>
    Buffer.from(hkdfSync("sha256", key, "", "yubin/click-links", 32)),
  );
  const [newest] = derived;
  if (!newest) throw new Error("click links need a key");
  return {
    sign: (token) => {
      const said = toBytes(token);
      return Buffer.concat([said, signatureOf(newest, said)]).toString("base64url");
    },
    read: (text) => {
      if (!texts.test(text)) return undefined;
      const bytes = Buffer.from(text, "base64url");
      // The last character may hold bits that stand for nothing; one link has one way to be written.
      if (bytes.toString("base64url") !== text) return undefined;
      const said = bytes.subarray(0, -signatureBytes);
      const signature = bytes.subarray(-signatureBytes);
      const isSigned = derived.some((key) => timingSafeEqual(signatureOf(key, said), signature));
      return isSigned ? fromBytes(said) : undefined;
    },
  };
};

const signatureOf = (key: Buffer, said: Buffer): Buffer =>
  createHmac("sha256", key).update(said).digest().subarray(0, signatureBytes);

const toBytes = ({ linkId, place }: ClickToken): Buffer => {
  const link = Buffer.from(linkId, "hex");
  if (link.length !== linkBytes) throw new Error("a click link has 20 hexadecimal digits");
  if (!place) return link;
  const bytes = Buffer.alloc(placeBytes);
  bytes.writeUInt32BE(place.batch, 0);
  bytes.writeUInt16BE(place.index, 4);
  return Buffer.concat([link, bytes]);
};

const fromBytes = (bytes: Buffer): ClickToken => {
  const linkId = bytes.toString("hex", 0, linkBytes);
  if (bytes.length === linkBytes) return { linkId };
  const place = { batch: bytes.readUInt32BE(linkBytes), index: bytes.readUInt16BE(linkBytes + 4) };
  return { linkId, place };
};
