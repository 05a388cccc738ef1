import { hash32 } from "./random.ts";

const families = [
  "佐藤",
  "鈴木",
  "高橋",
  "田中",
  "伊藤",
  "渡辺",
  "山本",
  "中村",
  "小林",
  "加藤",
  "吉田",
  "山田",
];
const given = [
  "さくら",
  "陽菜",
  "結衣",
  "蓮",
  "湊",
  "健太",
  "美咲",
  "大輔",
  "翔",
  "葵",
  "直樹",
  "恵子",
];
const firsts = [
  "Aiko",
  "Ben",
  "Chloe",
  "Daniel",
  "Emma",
  "Hiro",
  "Jun",
  "Kate",
  "Liam",
  "Mei",
  "Noah",
  "Zoë",
];
const lasts = ["Brown", "Chen", "Garcia", "Ito", "Jones", "Kim", "Lee", "O'Neil", "Sato", "Smith"];
const emoji = ["", "", "", "🍎", "🌸", "👨‍👩‍👧", "☕️", "🐶", "✨", "🇯🇵"];

/** The display name of person n, always the same for a seed: Japanese or English, some with emoji. */
export function personName(
  seed: string | number,
  index: number,
): { displayName: string; language: "ja" | "en" } {
  const pick = <T>(list: readonly T[], salt: string): T =>
    list[hash32(seed, salt, index) % list.length] as T;
  const language = pick(["ja", "ja", "ja", "en"] as const, "language");
  const base =
    language === "ja"
      ? `${pick(families, "family")} ${pick(given, "given")}`
      : `${pick(firsts, "first")} ${pick(lasts, "last")}`;
  return { displayName: base + pick(emoji, "emoji"), language };
}
