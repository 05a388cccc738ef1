import type { Readable, Writable } from "node:stream";

type Terminal<Stream> = Stream & { readonly isTTY?: boolean; readonly columns?: number };

/** The world of a process, as far as a command may touch it. */
export interface Io {
  readonly stdin: Terminal<Readable>;
  readonly stdout: Terminal<Writable>;
  readonly stderr: Terminal<Writable>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Calls the listener in place of dying at the next Ctrl-C; the answer takes it away again. */
  onInterrupt(listener: () => void): () => void;
}

/** As shells show a program that ended by Ctrl-C. */
export const interruptedCode = 130;

/** Gives the work a signal that Ctrl-C aborts; a second Ctrl-C ends the process. */
export const interruptible = async <Value>(
  io: Io,
  work: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> => {
  const controller = new AbortController();
  const off = io.onInterrupt(() => controller.abort());
  try {
    return await work(controller.signal);
  } finally {
    off();
  }
};

/** For `catch`: undefined where it was Ctrl-C that ended the work. */
export const interrupted =
  (signal: AbortSignal) =>
  (error: unknown): undefined => {
    if (!signal.aborted) throw error;
  };
