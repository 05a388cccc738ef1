import { lineLinkRequest, type PageLocale } from "@yubin/types";

import { makeLineLink, type MakeLineLinkDeps } from "../domain/make-line-link.ts";
import { defineRoute, type ApiRoute } from "./api-route.ts";
import { textsOf } from "./link-page/texts.ts";

export interface PostLineLinksDeps extends MakeLineLinkDeps {
  /** By which people's phones reach us. */
  readonly publicUrl: string;
}

/** Makes a one-time link by which a person proves that a LINE ID is theirs. */
export const postLineLinks = (deps: PostLineLinksDeps): ApiRoute =>
  defineRoute({
    method: "post",
    path: "/v1/profiles/:ref/line-links",
    scope: "track",
    creates: "secret",
    body: lineLinkRequest,
    handle: async ({ caller: { workspaceId }, params, body }) => {
      const ref = params["ref"] ?? "";
      const { link, token, redirectUrl, business } = await makeLineLink(deps, body, {
        workspaceId,
        ref,
      });
      const url = `${deps.publicUrl}/l/${token}`;
      return {
        status: 201,
        body: {
          id: link.id,
          ...(redirectUrl === undefined ? { url, qrUrl: `${url}/qr.svg` } : { redirectUrl }),
          expiresAt: link.expiresAt.toISOString(),
          unlinkNotice: unlinkNotice(business, body.locale),
        },
      };
    },
  });

/** LINE asks that people are told when they link. */
const unlinkNotice = (business: string, locale: PageLocale | undefined): string =>
  textsOf(locale ?? "en").notice(business);
