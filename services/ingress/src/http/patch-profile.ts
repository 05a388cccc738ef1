import { Failure } from "@yubin/errors";
import { checkAttributes, profilePatch } from "@yubin/types";

import { emailProblem } from "../domain/identify.ts";
import { defineRoute, type ApiRoute } from "./api-route.ts";
import { giveCommand, type GiveCommandDeps } from "./give-command.ts";

/** Sets traits of a person; null takes one away. */
export const patchProfile = (deps: GiveCommandDeps): ApiRoute =>
  defineRoute({
    method: "patch",
    path: "/v1/profiles/:ref",
    scope: "track",
    body: profilePatch,
    handle: async (request) => {
      const { traits } = request.body;
      const problem = emailProblem(traits["email"]) ?? checkAttributes(traits, "traits");
      if (problem) throw new Failure(problem.code, problem.message, { field: problem.field });
      return giveCommand(deps, request, ["patch", (profileId) => ({ profileId, traits })]);
    },
  });
