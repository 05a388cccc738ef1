import { z } from "zod";

/**
 * A LINE message object, checked as far as every type shares it; `checkLineMessages` knows the rest.
 * Unknown fields pass: LINE adds some without notice, and LINE's own answer decides about them.
 */
export const lineMessage = z.looseObject({ type: z.string() });
export type LineMessage = z.output<typeof lineMessage>;

export const lineMessages = z.array(lineMessage).min(1).max(5);
