import type { z } from "zod";

import { defineRoute, type ApiRoute } from "./api-route.ts";
import { giveCommand, type GiveCommandDeps } from "./give-command.ts";

/** Lifts the standing "do not send". */
export const deleteSuppression = (deps: GiveCommandDeps): ApiRoute =>
  defineRoute<z.ZodUndefined>({
    method: "delete",
    path: "/v1/profiles/:ref/suppression",
    scope: "track",
    handle: async (request) =>
      giveCommand(deps, request, [
        "suppress",
        (profileId) => ({ profileId, suppressed: false, reason: "lifted" }),
      ]),
  });
