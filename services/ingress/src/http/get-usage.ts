import type { z } from "zod";

import type { Usage } from "../domain/usage.ts";
import { defineRoute, type ApiRoute } from "./api-route.ts";

export interface GetUsageDeps {
  readonly usage: Usage;
  readonly now: () => Date;
}

/** How many people there are, and were at most in each month. */
export const getUsage = ({ usage, now }: GetUsageDeps): ApiRoute =>
  defineRoute<z.ZodUndefined>({
    method: "get",
    path: "/v1/usage",
    scope: "read",
    handle: async ({ caller }) => ({
      status: 200,
      body: await usage.read(caller.workspaceId, now()),
    }),
  });
