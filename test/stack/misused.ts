/** Ends a command that was called in a way it does not know: a line for people, not a stack. */
export const misused = (message: string): never => {
  console.error(message);
  process.exit(2);
};
