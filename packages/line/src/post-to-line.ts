import type { Dispatcher } from "undici";

import { breakOf } from "./break-of.ts";
import type { LineReply, UnknownReason } from "./line-answer.ts";

/** What came back of one request: at least a status, or why there is none. */
export type Arrived =
  | { readonly kind: "not_made" }
  | ({ readonly kind: "reply" } & Omit<LineReply, "hasRetryKey">)
  | { readonly kind: "nothing"; readonly reason: UnknownReason };

export interface PostOptions {
  readonly dispatcher: Dispatcher;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
  /** For the whole call, waiting for a connection included. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  /** Asked before the first byte. */
  readonly mayStart: (() => boolean) | undefined;
}

/**
 * One POST. It is `dispatch` and not `request`, whose stream and signal of each answer cost more than the call itself
 * at 2,000 a second; LINE's answers are a line or two.
 */
export const postToLine = (options: PostOptions): Promise<Arrived> =>
  new Promise((resolve) => {
    const post = new Post(options, resolve);
    if (post.isOver) return;
    const { dispatcher, path, headers, body } = options;
    try {
      dispatcher.dispatch({ path, method: "POST", headers, body }, post);
    } catch (error) {
      post.fail(error);
    }
  });

/** Hears what the connection tells of one call, and ends once: whatever comes later tells nothing. */
class Post implements Dispatcher.DispatchHandler {
  isOver = false;
  #controller: Dispatcher.DispatchController | undefined;
  #status: number | undefined;
  #headers: LineReply["headers"] = {};
  #chunks: Buffer[] = [];
  readonly #resolve: (arrived: Arrived) => void;
  readonly #signal: AbortSignal | undefined;
  readonly #mayStart: (() => boolean) | undefined;
  readonly #timer: NodeJS.Timeout;
  readonly #onAbort = (): void => this.#cut("aborted");

  constructor({ timeoutMs, signal, mayStart }: PostOptions, resolve: (arrived: Arrived) => void) {
    this.#resolve = resolve;
    this.#signal = signal;
    this.#mayStart = mayStart;
    this.#timer = setTimeout(() => this.#cut("timeout"), timeoutMs);
    if (signal?.aborted) this.#cut("aborted");
    else signal?.addEventListener("abort", this.#onAbort, { once: true });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // Its turn came after its time: not a byte of it is written. An abort would take the connection from the next call.
    // Begun again, which undici does not do to a POST: nobody knows what was written.
    if (this.#controller) this.#cut("reset");
    if (!this.isOver && this.#mayStart?.() === false) this.#end({ kind: "not_made" });
    if (this.isOver) throw new CallOverError();
    this.#controller = controller;
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: LineReply["headers"],
  ): void {
    if (status < 200) return;
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    this.#end(this.#replied(Buffer.concat(this.#chunks).toString()));
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: unknown): void {
    this.fail(error);
  }

  fail(error: unknown): void {
    this.#end(this.#replied(undefined) ?? nothing(breakOf(error)));
  }

  #cut(reason: UnknownReason): void {
    this.#end(this.#replied(undefined) ?? nothing(reason));
    this.#controller?.abort(new CallOverError());
  }

  /** Once the status is here it decides, even if the rest never came whole. */
  #replied(body: string | undefined): Arrived | undefined {
    return this.#status === undefined
      ? undefined
      : { kind: "reply", status: this.#status, headers: this.#headers, body };
  }

  #end(arrived: Arrived = nothing("protocol")): void {
    if (this.isOver) return;
    this.isOver = true;
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener("abort", this.#onAbort);
    this.#chunks = [];
    this.#resolve(arrived);
  }
}

const nothing = (reason: UnknownReason): Arrived => ({ kind: "nothing", reason });

/** Nobody waits for it any more. */
class CallOverError extends Error {
  override readonly name = "CallOverError";
}
