/** What a request that is worked on later answers. */
export interface Accepted {
  readonly id: string;
}

/** What was asked for, or that it is stored and will be done where it takes Yubin longer than anybody should wait. */
export type Done<Answer> = Answer | Accepted;

/** Whether an answer tells only that the request is stored. */
export const isAccepted = <Answer extends object>(answer: Done<Answer>): answer is Accepted =>
  "id" in answer && typeof answer.id === "string" && answer.id.startsWith("evt_");

export interface Page<Item> {
  readonly data: readonly Item[];
  /** A page may be short, or empty, and still have a next one. */
  readonly nextCursor: string | null;
}

export interface PageOptions {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}
