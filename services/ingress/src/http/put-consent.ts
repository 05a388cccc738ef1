import { Failure } from "@yubin/errors";
import { checkAttributes, consentRequest } from "@yubin/types";

import { defineRoute, type ApiRoute } from "./api-route.ts";
import { giveCommand, type GiveCommandDeps } from "./give-command.ts";

/** Records a yes or no of a person for one purpose. */
export const putConsent = (deps: GiveCommandDeps): ApiRoute =>
  defineRoute({
    method: "put",
    path: "/v1/profiles/:ref/consents/:purpose",
    scope: "track",
    body: consentRequest,
    handle: async (request) => {
      const purpose = request.params["purpose"] ?? "";
      // A purpose becomes a key as a trait's name does.
      const problem = checkAttributes({ [purpose]: true }, "purpose");
      if (problem) throw new Failure(problem.code, problem.message, { field: "purpose" });
      return giveCommand(deps, request, [
        "consent",
        (profileId) => ({ profileId, purpose, ...request.body }),
      ]);
    },
  });
