import { Failure } from "@yubin/errors";
import { parseProfileRef } from "@yubin/types";
import type { z } from "zod";

import { profileView, type Profiles } from "../domain/profile.ts";
import { defineRoute, type ApiRoute } from "./api-route.ts";

/** One person by `prof_…`, `user:…`, `email:…` or `line:<provider>:…`. */
export const getProfile = ({ profiles }: { readonly profiles: Profiles }): ApiRoute =>
  defineRoute<z.ZodUndefined>({
    method: "get",
    path: "/v1/profiles/:ref",
    scope: "read",
    handle: async ({ caller, params }) => {
      const ref = parseProfileRef(params["ref"] ?? "");
      const profile = ref ? await profiles.find(caller.workspaceId, ref) : undefined;
      if (!profile) throw new Failure("not_found", "no such person");
      return { status: 200, body: profileView(profile) };
    },
  });
