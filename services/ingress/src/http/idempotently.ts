import { createHash } from "node:crypto";
import { Failure } from "@yubin/errors";
import type { Sealer } from "@yubin/kit";

import type { Caller } from "../domain/api-key.ts";
import type { IdempotencyKeys, IdempotentRequest, StoredAnswer } from "../domain/idempotency.ts";
import type { ApiAnswer } from "./api-route.ts";

export interface IdempotentCall {
  readonly caller: Caller;
  /** The header as it came. */
  readonly given: string | string[] | undefined;
  readonly request: { readonly method: string; readonly path: string; readonly bytes: Buffer };
  /** The answer holds a secret, so it is kept sealed. */
  readonly secret: boolean;
}

export type Idempotently = (
  call: IdempotentCall,
  run: (idempotencyKey: string | undefined) => Promise<ApiAnswer>,
) => Promise<ApiAnswer>;

export interface IdempotentlyDeps {
  readonly keys: IdempotencyKeys;
  readonly sealer: Sealer;
  readonly now: () => Date;
}

const keyPattern = /^[\x21-\x7e]{1,255}$/;

/**
 * Runs a request once under its Idempotency-Key. What fails leaves no trace, so that it may be tried again; what a
 * crash has left half done is taken over by the next try, and the ids it makes follow from the key.
 */
export const createIdempotently =
  ({ keys, sealer, now }: IdempotentlyDeps): Idempotently =>
  async (call, run) => {
    if (call.given === undefined) return run(undefined);
    const request = requestOf(call);
    const claim = await keys.claim(request, now());
    switch (claim.kind) {
      case "answered":
        return opened(claim.answer, sealer, request);
      case "mismatch":
        throw new Failure("idempotency_mismatch", "this key was used with another request");
      case "running":
        throw new Failure("in_progress", "the first request with this key still runs", {
          retryAfterMs: 1_000,
        });
      case "mine":
        break;
    }
    const answer = await run(request.key).catch(async (error: unknown) => {
      // The claim runs out by itself; the reason why the request failed is what counts.
      await keys.release(request, claim.lock).catch(() => undefined);
      throw error;
    });
    const stored = call.secret ? sealed(answer, sealer, request) : plain(answer);
    // The work is done and can be repeated: not remembering the answer is no reason to deny it.
    await keys.settle(request, claim.lock, stored).catch(() => undefined);
    return answer;
  };

/** The header's value, where there is one. */
export const checkIdempotencyKey = (given: string | string[] | undefined): string | undefined => {
  if (given === undefined || (typeof given === "string" && keyPattern.test(given))) return given;
  throw new Failure("idempotency_key_invalid", "1 to 255 visible ASCII characters");
};

const requestOf = ({ caller, given, request }: IdempotentCall): IdempotentRequest => {
  const key = checkIdempotencyKey(given) ?? "";
  const fingerprint = createHash("sha256")
    .update(`${request.method} ${request.path}\n`)
    .update(request.bytes)
    .digest("hex");
  return { workspaceId: caller.workspaceId, key, fingerprint };
};

const contextOf = ({ workspaceId, fingerprint }: IdempotentRequest): string =>
  `${workspaceId}/answers/${fingerprint}`;

const plain = ({ status, body }: ApiAnswer): StoredAnswer => ({ status, body: body ?? null });

const sealed = ({ status, body }: ApiAnswer, sealer: Sealer, request: IdempotentRequest) => ({
  status,
  body: { sealed: sealer.seal(JSON.stringify(body), contextOf(request)) },
});

const opened = (answer: StoredAnswer, sealer: Sealer, request: IdempotentRequest): ApiAnswer => {
  const { status, body } = answer;
  const text =
    typeof body === "object" && body !== null && "sealed" in body ? body.sealed : undefined;
  return typeof text === "string"
    ? { status, body: JSON.parse(sealer.open(text, contextOf(request))) as unknown }
    : { status, body };
};
