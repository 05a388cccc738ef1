import { createClickTokens } from "@yubin/kit";
import type { Store } from "@yubin/store";

import type { Config } from "./config.ts";
import type { TrackDeps } from "./domain/track-links.ts";
import { createClickLinks } from "./store/click-links.ts";

/** Links of ours: signed here, and stored where ingress finds where they lead. */
export const createTracking = (
  store: Store,
  { secretKeys, publicUrl }: Pick<Config, "secretKeys" | "publicUrl">,
): TrackDeps => {
  const tokens = createClickTokens(secretKeys);
  const { host: ownHost } = new URL(publicUrl);
  return {
    clickUrl: (linkId, place) =>
      `${publicUrl}/c/${tokens.sign({ linkId, ...(place ? { place } : {}) })}`,
    keepClickLinks: createClickLinks(store),
    isOurs: ({ host }) => host === ownHost || /^(.+\.)?(line\.me|lin\.ee)$/.test(host),
  };
};
