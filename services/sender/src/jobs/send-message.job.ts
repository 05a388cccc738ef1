import { handlerOf, type JobHandler } from "@yubin/queue";
import { sendMessage as contract } from "@yubin/types";

import { storeSend, type StoreSendDeps } from "../domain/store-send.ts";
import { patient } from "./patient.ts";

export interface SendMessageJobDeps extends StoreSendDeps {
  /** Stores it when it is its turn. */
  readonly takeIn: (store: () => Promise<void>) => Promise<void>;
  readonly isAway: (error: unknown) => boolean;
}

/** Stores a message that a campaign system put on the public queue. */
export const sendMessageJob = (deps: SendMessageJobDeps): JobHandler =>
  handlerOf(contract, (payload) =>
    patient(deps, () => deps.takeIn(() => storeSend(deps, payload))),
  );
