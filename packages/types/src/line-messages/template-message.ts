import { action } from "./actions.ts";
import {
  all,
  byType,
  fields,
  isObject,
  isThere,
  list,
  mediaUrl,
  oneOf,
  optional,
  pattern,
  text,
  type Check,
} from "./checks.ts";
import { lineLimit } from "./message-problem.ts";

/** Source: LINE, Template messages; labels: Action objects, Specifications of the label. */
const max = { altText: 1_500, title: 40, columns: 10, label: 20, imageCarouselLabel: 12 } as const;
/** `textBeside` holds beside an image or a title. */
const buttonsMax = { text: 160, textBeside: 60, actions: 4 } as const;
const confirmMax = { text: 240, actions: 2 } as const;
const columnMax = { text: 120, textBeside: 60, actions: 3 } as const;

const button = action({ labelMax: max.label, label: "required" });

/** Buttons, or one column of a carousel. */
const panel = (most: typeof buttonsMax | typeof columnMax): Check => {
  const alone = text({ max: most.text, inCharacters: true });
  const beside = text({ max: most.textBeside, inCharacters: true });
  return all(
    fields({
      thumbnailImageUrl: optional(mediaUrl),
      imageBackgroundColor: optional(pattern(/^#[0-9a-f]{6}$/i, "a colour as #RRGGBB")),
      title: optional(text({ max: max.title, inCharacters: true })),
    }),
    (value, field, rules) => {
      if (!isObject(value)) return undefined;
      const hasMore = isThere(value["title"]) || isThere(value["thumbnailImageUrl"]);
      return (hasMore ? beside : alone)(value["text"], `${field}.text`, rules);
    },
    fields({
      defaultAction: optional(action({ labelMax: max.label, label: "optional" })),
      actions: list({ min: 1, max: most.actions }, button),
    }),
  );
};

const image = {
  imageAspectRatio: optional(oneOf("rectangle", "square")),
  imageSize: optional(oneOf("cover", "contain")),
};

const sameNumberOfActions: Check = (value, field) => {
  const columns = isObject(value) ? (value["columns"] as { actions: unknown[] }[]) : [];
  const counts = new Set(columns.map(({ actions }) => actions.length));
  return counts.size > 1
    ? lineLimit(
        `${field}.columns`,
        `all columns must have the same number of actions, given ${[...counts].join(" and ")}`,
      )
    : undefined;
};

const columns = (column: Check): Check =>
  fields({ columns: list({ min: 1, max: max.columns }, column) });

const template = byType({
  buttons: all(fields(image), panel(buttonsMax)),
  confirm: fields({
    text: text({ max: confirmMax.text, inCharacters: true }),
    actions: list({ min: confirmMax.actions, max: confirmMax.actions }, button),
  }),
  carousel: all(fields(image), columns(panel(columnMax)), sameNumberOfActions),
  image_carousel: columns(
    fields({
      imageUrl: mediaUrl,
      action: action({ labelMax: max.imageCarouselLabel, label: "optional" }),
    }),
  ),
});

export const templateMessage: Check = fields({ altText: text({ max: max.altText }), template });
