import { createClickTokens } from "@yubin/kit";
import type { Store } from "@yubin/store";
import { oursAt } from "@yubin/types";

import type { Config } from "./config.ts";
import type { TrackDeps } from "./domain/track-links.ts";
import { createClickLinks } from "./store/click-links.ts";

/** Links of ours: signed here, and stored where ingress finds where they lead. */
export const createTracking = (
  store: Store,
  { secretKeys, publicUrl }: Pick<Config, "secretKeys" | "publicUrl">,
): TrackDeps => {
  const tokens = createClickTokens(secretKeys);
  return {
    clickUrl: (linkId, place) =>
      `${publicUrl}/c/${tokens.sign({ linkId, ...(place ? { place } : {}) })}`,
    keepClickLinks: createClickLinks(store),
    isOurs: oursAt(publicUrl),
  };
};
