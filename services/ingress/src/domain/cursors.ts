import { createHmac, timingSafeEqual } from "node:crypto";
import { Failure } from "@yubin/errors";

/** Where a list goes on, in a form that only we can write and that fits one list of one workspace alone. */
export interface Cursors {
  write(list: string, position: string): string;
  read(list: string, cursor: string): string;
}

const macBytes = 12;

/** The first key writes, all of them read. */
export const createCursors = (keys: readonly { readonly key: Buffer }[]): Cursors => {
  const [newest] = keys;
  if (!newest) throw new Error("cursors need a key");
  return {
    write: (list, position) =>
      Buffer.concat([macOf(newest.key, list, position), Buffer.from(position)]).toString(
        "base64url",
      ),
    read: (list, cursor) => {
      const bytes = Buffer.from(cursor, "base64url");
      const mac = bytes.subarray(0, macBytes);
      const position = bytes.subarray(macBytes).toString("utf8");
      const ours = (key: Buffer): boolean =>
        mac.length === macBytes && timingSafeEqual(mac, macOf(key, list, position));
      if (!keys.some(({ key }) => ours(key)))
        throw new Failure("cursor_invalid", "not a cursor of this list", { field: "cursor" });
      return position;
    },
  };
};

const macOf = (key: Buffer, list: string, position: string): Buffer =>
  createHmac("sha256", key).update(`cursor/1\n${list}\n${position}`).digest().subarray(0, macBytes);
