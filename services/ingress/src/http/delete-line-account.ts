import { Failure } from "@yubin/errors";
import { parseProfileRef } from "@yubin/types";
import type { z } from "zod";

import type { LineLinks } from "../domain/line-link.ts";
import { checkLinkEnd } from "../domain/link-end.ts";
import { profileView } from "../domain/profile.ts";
import { defineRoute, type ApiRoute } from "./api-route.ts";
import { erasedPerson, findProfile, noSuchPerson } from "./find-profile.ts";
import type { GiveCommandDeps } from "./give-command.ts";

export interface DeleteLineAccountDeps extends GiveCommandDeps {
  readonly lineLinks: LineLinks;
}

/** Takes a LINE ID from a person: LINE demands that people can unlink at any time. */
export const deleteLineAccount = (deps: DeleteLineAccountDeps): ApiRoute =>
  defineRoute<z.ZodUndefined>({
    method: "delete",
    path: "/v1/profiles/:ref/line-accounts/:provider/:lineUserId",
    scope: "track",
    handle: async ({ caller: { workspaceId }, params }) => {
      const { profiles, commands, lineLinks } = deps;
      const { provider = "", lineUserId = "" } = params;
      const ref = parseProfileRef(params["ref"] ?? "");
      const home = ref && (await profiles.home(workspaceId, ref));
      if (!home) throw noSuchPerson();
      if (home.isErased) throw erasedPerson();
      const profile = await findProfile(profiles, workspaceId, params["ref"]);
      const isTheirs = profile.lineAccounts.some(
        (one) => one.provider === provider && one.lineUserId === lineUserId,
      );
      if (!isTheirs) throw new Failure("not_found", "the person has no such LINE account");

      // Or a link that is still under way would bring it back.
      await lineLinks.withdraw(workspaceId, { provider, lineUserId });
      const end = await commands.give(
        "unlink",
        { profileId: home.profileId, provider, lineUserId },
        { workspaceId, idempotencyKey: undefined },
      );
      if (end) checkLinkEnd(end);
      // By the id, since the reference may be the very name that is gone now.
      const now = await findProfile(profiles, workspaceId, profile.id);
      return { status: end ? 200 : 202, body: profileView(now) };
    },
  });
