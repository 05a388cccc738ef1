import { idFrom, newId, parseProfileRef } from "@yubin/types";
import type { z } from "zod";

import type { Commands } from "../domain/commands.ts";
import type { Profiles } from "../domain/profile.ts";
import { defineRoute, type ApiRoute } from "./api-route.ts";
import { erasedPerson, noSuchPerson } from "./find-profile.ts";

export interface DeleteProfileDeps {
  readonly profiles: Profiles;
  readonly commands: Commands;
}

/**
 * Forgets a person: nothing of them is left within a minute, and what was said of them until now is dropped whenever it
 * arrives. Counts stay.
 */
export const deleteProfile = ({ profiles, commands }: DeleteProfileDeps): ApiRoute =>
  defineRoute<z.ZodUndefined>({
    method: "delete",
    path: "/v1/profiles/:ref",
    scope: "track",
    handle: async ({ caller: { workspaceId }, params }) => {
      const ref = parseProfileRef(params["ref"] ?? "");
      const home = ref && (await profiles.home(workspaceId, ref));
      if (!home) throw noSuchPerson();
      if (home.isErased) throw erasedPerson();
      const key = newId("req");
      const { profileId } = home;
      await commands.give("erase", { profileId }, { workspaceId, idempotencyKey: key });
      return { status: 202, body: { id: idFrom("evt", workspaceId, "erase", key) } };
    },
  });
