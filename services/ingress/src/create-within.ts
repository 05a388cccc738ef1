import { withDeadline } from "@yubin/kit";
import { storeFailure } from "@yubin/store";

import { isStoreAway, type Breaker } from "./domain/breaker.ts";
import type { MountDeps } from "./http/mount-route.ts";

type Within = MountDeps["within"];

/**
 * Deadlines in front of the store, which fail at once while it is known to be away. Webhooks are what the breaker
 * guards, so only they open it; a route that is late may simply have asked for much, and makes the breaker look.
 */
export const createWithin = (
  breaker: Pick<Breaker, "check" | "failed" | "suspect">,
): { readonly forWebhooks: Within; readonly forRoutes: Within } => {
  const telling =
    (tell: () => void): Within =>
    async ({ ms, code }, work) => {
      breaker.check();
      try {
        return await withDeadline(ms, work, code);
      } catch (error) {
        if (isStoreAway(error) || storeFailure(error)) tell();
        throw error;
      }
    };
  return { forWebhooks: telling(breaker.failed), forRoutes: telling(breaker.suspect) };
};
