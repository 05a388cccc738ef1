import type { Io } from "../io.ts";
import { fitted } from "./display-width.ts";
import { visibleText } from "./visible-text.ts";

/** Where something that takes a while has got to, told on standard error. */
export interface Progress extends Disposable {
  readonly tell: (text: string) => void;
}

const lineEveryMs = 5_000;

/** One line that changes on a terminal; elsewhere a line now and then. */
export const createProgress = ({ stderr }: Io): Progress => {
  let last = "";
  let toldAt = -Infinity;
  return {
    tell: (text) => {
      const line = visibleText(text);
      if (line === last) return;
      if (stderr.isTTY) {
        stderr.write(`\r\u001b[K${fitted(line, (stderr.columns ?? 80) - 1).trimEnd()}`);
      } else {
        if (performance.now() - toldAt < lineEveryMs) return;
        stderr.write(`${line}\n`);
        toldAt = performance.now();
      }
      last = line;
    },
    [Symbol.dispose]: () => {
      if (stderr.isTTY && last !== "") stderr.write("\r\u001b[K");
    },
  };
};
