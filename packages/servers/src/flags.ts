/** Writes settings as a program's arguments: `{ port: 1 }` becomes `--port 1`. */
export const flags = (settings: Readonly<Record<string, string | number>>): string[] =>
  Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
