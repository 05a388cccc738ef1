import type { LineMessage } from "@yubin/types";

/** Refuses messages that LINE or the templates in them would refuse later; `field` is where they stand in the request. */
export type CheckContent = (messages: readonly LineMessage[], field: string) => void;
