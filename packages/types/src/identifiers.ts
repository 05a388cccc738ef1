import type { ValueProblem } from "./json-values.ts";
import { limits } from "./limits.ts";

/**
 * Checks an id that names a person in the caller's system. What nobody can see in it, or what many callers send by
 * mistake, would make strangers one person.
 */
export const checkIdentifier = (id: string, field: string): ValueProblem | undefined => {
  if (!id.isWellFormed())
    return { code: "unicode_invalid", field, message: "the id holds a lone surrogate" };
  if (id.length > limits.externalIdChars)
    return {
      code: "identifier_invalid",
      field,
      message: `an id has at most ${limits.externalIdChars} characters, given ${id.length}`,
    };
  if (reserved.has(id.normalize("NFKC").trim().toLowerCase()))
    return {
      code: "identifier_reserved",
      field,
      message: "an id that stands for nobody, which many people would share",
    };
  if (id !== id.trim() || holdsUnseen(id))
    return {
      code: "identifier_invalid",
      field,
      message: "the id holds invisible or control characters, or begins or ends with a space",
    };
  return undefined;
};

/** The one spelling under which an id is kept and compared: composed and decomposed accents are the same id. */
export const canonicalId = (id: string): string => id.normalize("NFC");

/** Whether something is in it that nobody can see, or tell apart from a space. */
export const holdsUnseen = (text: string): boolean => unseen.test(text);

/** Controls, formats, separators other than the plain space, and what fonts draw as nothing. */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|(?! )\p{Zs}/u;

const reserved = new Set([
  "",
  "-",
  "-1",
  "0",
  "00000000-0000-0000-0000-000000000000",
  "[]",
  "[object object]",
  "{}",
  "anon",
  "anonymous",
  "false",
  "guest",
  "n/a",
  "na",
  "nan",
  "nil",
  "none",
  "null",
  "test",
  "true",
  "undefined",
  "unknown",
  "void",
]);

/** Checks an e-mail address in linear time: enough to refuse what is none, without judging what mail servers judge. */
export const checkEmail = (email: string, field: string): ValueProblem | undefined => {
  const at = email.lastIndexOf("@");
  const valid =
    email.length <= 254 &&
    at > 0 &&
    at <= 64 &&
    at < email.length - 1 &&
    email.indexOf("@") === at &&
    !/[\s\p{Cc}\p{Cf}]/u.test(email) &&
    email.isWellFormed() &&
    !email.startsWith(".") &&
    !/\.\.|\.$/.test(email.slice(at + 1)) &&
    email[at + 1] !== ".";
  return valid
    ? undefined
    : { code: "email_invalid", field, message: "not an e-mail address of at most 254 characters" };
};
