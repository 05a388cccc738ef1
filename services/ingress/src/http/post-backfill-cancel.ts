import { Failure } from "@yubin/errors";
import type { z } from "zod";

import { backfillView, findBackfill } from "../domain/backfill.ts";
import { defineRoute, type ApiRoute } from "./api-route.ts";
import type { PostBackfillsDeps } from "./post-backfills.ts";

/** Stops a backfill within two seconds. Whom it has found by then stays, and is counted. */
export const postBackfillCancel = ({
  backfills,
  backfill: wake,
  now,
}: Pick<PostBackfillsDeps, "backfills" | "backfill" | "now">): ApiRoute =>
  defineRoute<z.ZodUndefined>({
    method: "post",
    path: "/v1/backfills/:id/cancel",
    scope: "admin",
    creates: "yes",
    handle: async ({ caller: { workspaceId }, params }) => {
      const known = await findBackfill(backfills, workspaceId, params["id"]);
      const cancelled = await backfills.cancel(known, now());
      if (cancelled) wake(workspaceId, known.id);
      const after = cancelled ?? (await findBackfill(backfills, workspaceId, known.id));
      if (after.state !== "cancelled")
        throw new Failure("state_invalid", `a backfill that is ${after.state} takes no cancel`);
      return { status: 200, body: backfillView(after) };
    },
  });
