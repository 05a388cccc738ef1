import { createInterface } from "node:readline";

import type { Io } from "./io.ts";
import { Misuse } from "./misuse.ts";
import { visibleText } from "./output/visible-text.ts";

/** Asks the person at the terminal to type a word; false where they type anything else. */
export type Ask = (question: string, word: string) => Promise<boolean>;

export const createAsk =
  ({ stdin, stdout, stderr }: Io): Ask =>
  async (question, word) => {
    if (!stdin.isTTY || !stdout.isTTY)
      throw new Misuse("this asks before it does it, and nobody is at a terminal: give --yes");
    const lines = createInterface({ input: stdin, output: stderr });
    try {
      const typed = await new Promise<string>((resolve) => {
        lines.question(`${visibleText(question)} `, resolve);
        // Ctrl-C and the end of the input are a no.
        lines.on("SIGINT", () => lines.close());
        lines.on("close", () => resolve(""));
      });
      if (typed.trim() === word) return true;
      stderr.write("Nothing was done.\n");
      return false;
    } finally {
      lines.close();
    }
  };
