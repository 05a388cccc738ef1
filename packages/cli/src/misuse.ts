/** The command is not one, or cannot be done like this; its message says what to change. */
export class Misuse extends Error {
  override readonly name = "Misuse";
}
