import { Failure } from "@yubin/errors";
import type { z } from "zod";

import type { ApiKeys } from "../domain/api-key.ts";
import { defineRoute, type ApiRoute } from "./api-route.ts";

export interface DeleteApiKeyDeps {
  readonly apiKeys: ApiKeys;
  /** Makes this replica forget the key at once; others do within seconds. */
  readonly forgetKey: (hash: string) => void;
  readonly now: () => Date;
}

export const deleteApiKey = ({ apiKeys, forgetKey, now }: DeleteApiKeyDeps): ApiRoute =>
  defineRoute<z.ZodUndefined>({
    method: "delete",
    path: "/v1/api-keys/:id",
    scope: "admin",
    handle: async ({ caller, params }) => {
      const key = await apiKeys.revoke(caller.workspaceId, params["id"] ?? "", now());
      if (!key) throw new Failure("not_found", "no such key");
      forgetKey(key.hash);
      return { status: 204 };
    },
  });
