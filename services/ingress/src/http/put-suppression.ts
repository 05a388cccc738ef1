import { suppressionRequest } from "@yubin/types";

import { defineRoute, type ApiRoute } from "./api-route.ts";
import { giveCommand, type GiveCommandDeps } from "./give-command.ts";

/** A standing "do not send" to this person, whoever asks. */
export const putSuppression = (deps: GiveCommandDeps): ApiRoute =>
  defineRoute({
    method: "put",
    path: "/v1/profiles/:ref/suppression",
    scope: "track",
    body: suppressionRequest,
    handle: async (request) =>
      giveCommand(deps, request, [
        "suppress",
        (profileId) => ({ profileId, suppressed: true, reason: request.body.reason }),
      ]),
  });
