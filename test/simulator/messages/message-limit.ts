/** A message as JSON has it. */
export type Message = { readonly type: string; readonly [name: string]: unknown };

/** One of LINE's limits, with a message on either side of it. */
export interface MessageLimit {
  readonly name: string;
  readonly good: Message;
  readonly bad: Message;
  /** Where the bad message is wrong, from the message on. */
  readonly field: string;
  readonly code?: "line_limit" | "message_type" | "url_invalid" | "url_private";
  /** Not known of LINE, and refused by us alone. */
  readonly oursAlone?: true;
}

export const host = "https://example.com";
export const picture = `${host}/a.png`;

/** A URL of so many characters. */
const urlOf = (length: number): string => `${host}/${"a".repeat(length - host.length - 1)}`;

type Build = (value: unknown) => Message;

/** A text counted in UTF-16 units: an apple is two. */
export const units = (field: string, max: number, build: Build): MessageLimit => ({
  name: `${max} UTF-16 units in ${field}`,
  good: build("🍎".repeat(max / 2)),
  bad: build(`${"🍎".repeat(max / 2)}a`),
  field,
});

/** A text counted in what people see: a family is one. */
export const characters = (field: string, max: number, build: Build): MessageLimit => ({
  name: `${max} characters in ${field}`,
  good: build("👨‍👩‍👧".repeat(max)),
  bad: build("👨‍👩‍👧".repeat(max) + "a"),
  field,
});

/** A value that is taken, and one that is not. */
export const either = (
  name: string,
  { field, good, bad, build }: { field: string; good: unknown; bad: unknown; build: Build },
): MessageLimit => ({ name, good: build(good), bad: build(bad), field });

/** A field that must be there, and not be empty. */
export const needed = (field: string, good: unknown, build: Build): MessageLimit[] => [
  either(`no ${field}`, { field, good, bad: undefined, build }),
  either(`an empty ${field}`, { field, good, bad: "", build }),
];

/** A list of so many at most, and of `min` at least. */
export const sizes = (
  field: string,
  { min, max, item }: { min: number; max: number; item: (index: number) => unknown },
  build: Build,
): MessageLimit[] => {
  const list = (length: number) => Array.from({ length }, (_, index) => item(index));
  const most = { field, good: list(max), bad: list(max + 1), build };
  const least = { field, good: list(min), bad: list(min - 1), build };
  return [
    either(`${max} of ${field}`, most),
    ...(min > 0 ? [either(`${min} of ${field} at least`, least)] : []),
  ];
};

/** Only these values, and none that looks like one of them. */
export const values = (field: string, all: readonly string[], build: Build): MessageLimit[] =>
  all.map((good) => either(`${field} ${good}`, { field, good, bad: `${good}x`, build }));

/** Where LINE or a phone loads something from. */
export const mediaUrl = (field: string, build: Build): MessageLimit[] => [
  either(`no ${field}`, { field, good: picture, bad: undefined, build }),
  ...(
    [
      ["2,000 characters", urlOf(2_000), urlOf(2_001)],
      ["a secure scheme", "https://example.com/", "http://example.com/"],
      ["an absolute URL", picture, "/a.png"],
      ["percent-encoding", `${host}/%E6%97%A5`, `${host}/日`],
    ] as const
  ).map(([what, good, bad]) => ({
    ...either(`${what} in ${field}`, { field, good, bad, build }),
    code: "url_invalid" as const,
  })),
  {
    ...either(`a public address in ${field}`, {
      field,
      good: "https://1.1.1.1/a.png",
      bad: "https://10.1.1.1/a.png",
      build,
    }),
    code: "url_private",
    oursAlone: true,
  },
];

/** What a tap opens. */
export const linkUrl = (field: string, build: Build): MessageLimit[] =>
  (
    [
      ["1,000 characters", urlOf(1_000), urlOf(1_001)],
      ["http", "http://example.com/", "ftp://example.com/"],
      ["https", "https://example.com/", "javascript:alert(1)"],
      ["line", "line://nv/profile", "data:text/html,a"],
      ["tel", "tel:+81312345678", "mailto:a@example.com"],
      ["percent-encoding", `${host}/?q=%E6%97%A5`, `${host}/?q=日`],
    ] as const
  ).map(([what, good, bad]) => ({
    ...either(`${what} in ${field}`, { field, good, bad, build }),
    code: "url_invalid" as const,
  }));
