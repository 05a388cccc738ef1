/** Enough of a name for its owner to know it again, and too little for anybody else to learn it. */
const maskName = (name: string): string => `${firstOf(name.trim())}•••`;

const maskEmail = (email: string): string => {
  const at = email.lastIndexOf("@");
  const domain = email.slice(at + 1);
  const end = domain.lastIndexOf(".");
  return `${maskName(email.slice(0, at))}@${maskName(domain.slice(0, Math.max(end, 0)))}${end < 0 ? "" : domain.slice(end)}`;
};

export interface Named {
  readonly externalId: string | null;
  readonly traits: Readonly<Record<string, unknown>>;
}

/** How a page names a person whom whoever opens it may not be. */
export const maskedLabel = ({ externalId, traits }: Named): string => {
  const { email } = traits;
  const name = ["name", "firstName", "first_name", "lastName"]
    .map((key) => traits[key])
    .find((value): value is string => typeof value === "string" && value.trim() !== "");
  const parts = [
    ...(name === undefined ? [] : [maskName(name)]),
    ...(typeof email === "string" && email.includes("@") ? [maskEmail(email)] : []),
  ];
  return parts.length > 0 ? parts.join(" · ") : maskName(externalId ?? "");
};

const segments = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** A character as people see it, unless it is a tower of marks. */
const firstOf = (text: string): string => {
  const [first] = segments.segment(text.slice(0, 32));
  return first && first.segment.length <= 8 ? first.segment : "";
};
