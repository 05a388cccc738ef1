import { Failure } from "@yubin/errors";
import { handlerOf, type JobEnd, type JobHandler } from "@yubin/queue";
import { forgetPerson as contract } from "@yubin/types";

import { forgetPerson, type ForgetDeps } from "../domain/forget-person.ts";
import { patient } from "./patient.ts";

export interface ForgetPersonJobDeps extends ForgetDeps {
  readonly isAway: (error: unknown) => boolean;
}

/** Removes what messages and campaigns hold of somebody who was erased. */
export const forgetPersonJob = (deps: ForgetPersonJobDeps): JobHandler =>
  handlerOf(contract, (payload, { signal }) =>
    patient(deps, async (): Promise<JobEnd> => {
      const forgotten = await forgetPerson(deps, payload, signal);
      if (forgotten.kind === "obsolete") return "obsolete";
      if (forgotten.kind === "again")
        throw new Failure("in_progress", "something of them may still be on its way", {
          retryAfterMs: forgotten.afterMs,
        });
      return undefined;
    }),
  );
