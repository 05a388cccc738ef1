import { z } from "zod";

/** What a key may do; `admin` includes the rest. */
export const scopes = ["track", "send", "read", "admin"] as const;
export type Scope = (typeof scopes)[number];

/** Body of `POST /v1/api-keys`. */
export const apiKeyRequest = z.strictObject({
  scopes: z.array(z.enum(scopes)).min(1).max(scopes.length),
  expiresAt: z.iso.datetime({ offset: true }).optional(),
});
export type ApiKeyRequest = z.output<typeof apiKeyRequest>;

/** A key as lists show it: never the key itself, which is answered once, when it is made. */
export interface ApiKeyView {
  readonly id: string;
  readonly prefix: string;
  readonly scopes: readonly Scope[];
  readonly createdAt: string;
  readonly expiresAt: string | null;
}
