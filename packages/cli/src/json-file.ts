import { readFile } from "node:fs/promises";

import { Misuse } from "./misuse.ts";
import { visibleText } from "./output/visible-text.ts";

/** The object that a JSON file holds; what is in it is Yubin's to judge. */
export const readJsonFile = async (path: string): Promise<Record<string, unknown>> => {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new Misuse(`cannot read ${path}: ${error.code}`);
  });
  const value = jsonOf(text, path);
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new Misuse(`${path} holds no JSON object`);
  return { ...value };
};

const jsonOf = (text: string, path: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    // Where it is; the file is on the terminal of whoever wrote it.
    const why = error instanceof Error ? `: ${visibleText(error.message)}` : "";
    throw new Misuse(`${path} is no JSON${why}`);
  }
};
