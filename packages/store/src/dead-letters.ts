import type { Store } from "./connect.ts";
import { isDuplicateKey } from "./store-failure.ts";
import type { DeadLetterRow } from "./rows/dead-letters.ts";

/** Keeps a dead letter; the same job twice is one letter. */
export const createDeadLetterWriter =
  ({ deadLetters }: Store) =>
  async (letter: DeadLetterRow): Promise<void> => {
    try {
      await deadLetters.insertOne(letter);
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
    }
  };
