/** What was answered, as it will be answered again. */
export interface StoredAnswer {
  readonly status: number;
  readonly body: unknown;
}

export interface IdempotentRequest {
  readonly workspaceId: string;
  readonly key: string;
  /** Over method, path and body. */
  readonly fingerprint: string;
}

/** What a request under a key finds: its turn, an earlier answer, or somebody at work. */
export type IdempotencyClaim =
  | { readonly kind: "mine"; readonly lock: Date }
  | { readonly kind: "answered"; readonly answer: StoredAnswer }
  | { readonly kind: "running"; readonly until: Date }
  | { readonly kind: "mismatch" };

/** Requests under an Idempotency-Key, each workspace for itself. */
export interface IdempotencyKeys {
  claim(request: IdempotentRequest, now: Date): Promise<IdempotencyClaim>;
  /** Keeps the answer, if the claim still holds. */
  settle(request: IdempotentRequest, lock: Date, answer: StoredAnswer): Promise<void>;
  /** Lets the next try run, if the claim still holds. */
  release(request: IdempotentRequest, lock: Date): Promise<void>;
}
