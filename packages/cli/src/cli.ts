import { createYubinClient, type YubinClient } from "@yubin/client";

import { createAsk, type Ask } from "./ask.ts";
import type { Io } from "./io.ts";
import { Misuse } from "./misuse.ts";
import { createOutput, type Output } from "./output/output.ts";

/** What a command works with. */
export interface Cli {
  readonly yubin: YubinClient;
  readonly io: Io;
  readonly out: Output;
  readonly ask: Ask;
}

export interface GlobalOptions {
  readonly url?: string;
  readonly json?: boolean;
}

/** Runs a command's work; what it returns is the exit code, 0 where it returns nothing. */
export type Run = (work: (cli: Cli) => Promise<number | void>) => Promise<void>;

export const createCli = (io: Io, { url, json = false }: GlobalOptions): Cli => ({
  yubin: createYubinClient({ baseUrl: urlFrom(url ?? io.env["YUBIN_URL"]), apiKey: keyFrom(io) }),
  io,
  out: createOutput(io, json),
  ask: createAsk(io),
});

const urlFrom = (text: string | undefined): string => {
  if (text === undefined || text === "")
    throw new Misuse("YUBIN_URL is not set: where does Yubin answer? (or give --url)");
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "")
    throw new Misuse("the URL of Yubin is like https://yubin.example.com, without a user name");
  return text;
};

/** Never from the arguments, which everybody on the machine can see. */
const keyFrom = ({ env }: Io): string => {
  const key = env["YUBIN_API_KEY"];
  if (key === undefined || key === "")
    throw new Misuse("YUBIN_API_KEY is not set: an API key of the workspace, such as yb_live_…");
  if (!/^[\x21-\x7e]+$/.test(key))
    throw new Misuse("YUBIN_API_KEY is no API key: it has blanks or characters beyond ASCII");
  return key;
};
