import {
  evalToken,
  Output,
  TokenKind,
  toValue,
  Value,
  type Context,
  type Template,
} from "liquidjs";

/** A printed value is missing; `variable` is its path as the template has it, never a value. */
export class MissingValueError extends Error {
  override readonly name = "MissingValueError";
  readonly variable: string;

  constructor(variable: string) {
    super("a printed value is missing");
    this.variable = variable;
  }
}

/**
 * Makes every output of a parsed template that reads a variable, and has no `default`, fail where that variable or the
 * printed value is missing. What is only compared, assigned or looped over may be missing.
 */
export const guardOutputs = (templates: readonly Template[]): void => {
  for (const template of templates) {
    const printed = printedBy(template);
    if (printed) guard(printed, template instanceof Output);
    const children = template.children?.(false, true);
    // Yields only for partials, and there are none.
    if (children) guardOutputs(children.next().value as Template[]);
  }
};

/** `{{ … }}` and `{% echo … %}`. */
const printedBy = (template: Template): Value | undefined => {
  if (template instanceof Output) return template.value;
  const { value } = template as { readonly value?: unknown };
  const { name } = template as { readonly name?: unknown };
  return name === "echo" && value instanceof Value ? value : undefined;
};

const guard = (value: Value, endsInEscape: boolean): void => {
  const { initial, filters } = value;
  const own = endsInEscape ? filters.slice(0, -1) : filters;
  if (own.some(({ name }) => name === "default")) return;
  const args = own.flatMap((filter) =>
    filter.args.map((arg) => (Array.isArray(arg) ? arg[1] : arg)).filter(isPath),
  );
  const path = [...initial.postfix.filter(isPath), ...args][0];
  if (!path) return;

  value.value = function* guarded(context: Context, lenient?: boolean) {
    let printed: unknown = toValue(yield initial.evaluate(context, lenient ?? false));
    if (isMissing(printed)) throw new MissingValueError(path.getText());
    for (const arg of args)
      if (isMissing(toValue(yield evalToken(arg, context))))
        throw new MissingValueError(arg.getText());
    for (const filter of own) printed = toValue(yield filter.render(printed, context));
    if (!isText(printed)) throw new MissingValueError(path.getText());
    return endsInEscape ? yield filters.at(-1)?.render(printed, context) : printed;
  };
};

interface PathToken {
  getText(): string;
}

const isPath = <T>(token: T): token is T & PathToken =>
  (token as { readonly kind?: TokenKind } | undefined)?.kind === TokenKind.PropertyAccess;

const isMissing = (value: unknown): boolean =>
  value === undefined || value === null || (typeof value === "string" && value.trim() === "");

/** Lists and objects have to be made text by a filter. */
const isText = (value: unknown): boolean =>
  typeof value === "boolean" ||
  Number.isFinite(value) ||
  (typeof value === "string" && value.trim() !== "");
