import type { z } from "zod";

import { profileView, type Profiles } from "../domain/profile.ts";
import { defineRoute, type ApiRoute } from "./api-route.ts";
import { findProfile } from "./find-profile.ts";

/** One person by `prof_…`, `user:…`, `email:…` or `line:<provider>:…`. */
export const getProfile = ({ profiles }: { readonly profiles: Profiles }): ApiRoute =>
  defineRoute<z.ZodUndefined>({
    method: "get",
    path: "/v1/profiles/:ref",
    scope: "read",
    handle: async ({ caller, params }) => {
      const profile = await findProfile(profiles, caller.workspaceId, params["ref"]);
      return { status: 200, body: profileView(profile) };
    },
  });
