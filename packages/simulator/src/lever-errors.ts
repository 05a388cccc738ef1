/** Somebody pulled a lever on something that does not exist. */
export class NotFoundError extends Error {}

/** Somebody pulled a lever with a value that makes no sense. */
export class InvalidError extends Error {}
