import { picture, type Message } from "./message-limit.ts";

export const box = { type: "box", layout: "vertical", contents: [] as object[] };
export const flex = (contents: unknown, fields: object = {}): Message => ({
  type: "flex",
  altText: "alternative",
  contents,
  ...fields,
});
export const bubble = (fields: object): Message => flex({ type: "bubble", ...fields });
export const carousel = (contents: unknown): Message => flex({ type: "carousel", contents });
export const inBox = (component: unknown, fields: object = {}): Message =>
  bubble({ body: { ...box, contents: [component], ...fields } });
export const baseline = (component: unknown): Message => inBox(component, { layout: "baseline" });
export const at = "contents.body.contents[0]";
export const tap = { type: "uri", label: "a", uri: "https://example.com/" };
export const image = { type: "image", url: picture };
export const icon = { type: "icon", url: picture };
export const text = { type: "text", text: "a" };
export const button = { type: "button", action: tap };
export const video = { type: "video", url: picture, previewUrl: picture, altContent: image };
export const hero = (fields: object): Message => bubble({ hero: { ...video, ...fields } });
