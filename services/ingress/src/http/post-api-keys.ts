import { Failure } from "@yubin/errors";
import { hashApiKey, newApiKey } from "@yubin/kit";
import { apiKeyRequest, newId, type ApiKeyView } from "@yubin/types";

import type { ApiKey, ApiKeys } from "../domain/api-key.ts";
import { defineRoute, type ApiRoute } from "./api-route.ts";

export interface PostApiKeysDeps {
  readonly apiKeys: ApiKeys;
  readonly now: () => Date;
}

const prefixChars = "yb_live_".length + 4;

/** Makes a key. This answer is the only place where it is ever seen. */
export const postApiKeys = ({ apiKeys, now }: PostApiKeysDeps): ApiRoute =>
  defineRoute({
    method: "post",
    path: "/v1/api-keys",
    scope: "admin",
    creates: "secret",
    body: apiKeyRequest,
    handle: async ({ caller: { workspaceId }, body }) => {
      const createdAt = now();
      const expiresAt = body.expiresAt === undefined ? null : new Date(body.expiresAt);
      if (expiresAt !== null && expiresAt <= createdAt)
        throw new Failure("date_invalid", "expiresAt must be ahead", { field: "expiresAt" });
      const key = newApiKey();
      const apiKey: ApiKey = {
        hash: hashApiKey(key),
        id: newId("key"),
        workspaceId,
        prefix: key.slice(0, prefixChars),
        scopes: [...new Set(body.scopes)],
        createdAt,
        expiresAt,
        revokedAt: null,
      };
      await apiKeys.insert(apiKey);
      return { status: 201, body: { ...apiKeyView(apiKey), key } };
    },
  });

export const apiKeyView = (key: ApiKey): ApiKeyView => ({
  id: key.id,
  prefix: key.prefix,
  scopes: key.scopes,
  createdAt: key.createdAt.toISOString(),
  expiresAt: key.expiresAt?.toISOString() ?? null,
});
