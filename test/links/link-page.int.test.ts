import { mkdir } from "node:fs/promises";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

import { chromium, type Browser, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import {
  accountsOf,
  know,
  linkNow,
  makeLink,
  startLinkWorld,
  untilLink,
  type LinkWorld,
} from "./link-world.ts";

/** Chromium drives the page as a phone would; where there is none, CI fails and a developer is told. */
const path = chromiumPath();
if (path === undefined) {
  const why = "there is no Chromium on the PATH; set CHROMIUM_PATH to drive the link page";
  if (process.env["CI"]) throw new Error(why);
  console.log(`skipped: ${why}`);
}

const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
/** Where people look at what came out; kept only when asked for. */
const shots = process.env["SCREENSHOTS"];

const wide = { width: 1_024, height: 800 };
const phone = { width: 390, height: 844 };

describe.skipIf(path === undefined)("the link page in a browser", () => {
  let world: LinkWorld;
  let browser: Browser;
  beforeAll(async () => {
    world = await startLinkWorld();
    browser = await chromium.launch({ executablePath: path ?? "", args: flags });
    if (shots) await mkdir(shots, { recursive: true });
  });
  afterAll(async () => {
    await browser?.close();
    await world?.[Symbol.asyncDispose]();
  });

  const open = async (
    locale: string,
    more: Parameters<Browser["newContext"]>[0] = {},
  ): Promise<Page> => {
    const context = await browser.newContext({
      viewport: phone,
      deviceScaleFactor: 2,
      locale,
      ...more,
    });
    const page = await context.newPage();
    page.on("pageerror", (error) => problems.push(String(error)));
    page.on("console", (line) => {
      // A page that is over is answered with 410, which the browser mentions.
      if (line.type() === "error" && !line.text().includes("status of 4"))
        problems.push(line.text());
    });
    return page;
  };
  const problems: string[] = [];
  const shoot = async (page: Page, name: string): Promise<void> => {
    if (shots) await page.screenshot({ path: join(shots, `${name}.png`), fullPage: true });
  };
  /** Nothing wider than the phone, nothing too small for a thumb, nothing off the screen. */
  const expectTidy = async (page: Page): Promise<void> => {
    const seen: unknown = await page.evaluate(`({
      overflow: document.documentElement.scrollWidth - window.innerWidth,
      small: [...document.querySelectorAll("button, a.button")]
        .map((one) => one.getBoundingClientRect())
        .filter((one) => one.height < 44 || one.width < 44).length,
      h1: document.querySelectorAll("h1").length,
    })`);
    expect(seen).toEqual({ overflow: 0, small: 0, h1: 1 });
  };

  it.each([
    ["en-US", "en", "Connect your LINE account?", "Connect", "Connected"],
    ["ja-JP", "ja", "LINEアカウントを連携しますか？", "連携する", "連携しました"],
    ["zh-TW", "zh-TW", "要連結您的 LINE 帳號嗎？", "連結", "已連結"],
    ["th-TH", "th", "เชื่อมต่อบัญชี LINE ของคุณไหม", "เชื่อมต่อ", "เชื่อมต่อแล้ว"],
  ])("asks in %s, and connects on a tap", async (locale, lang, question, button, done) => {
    const [ann] = [world.friends[["en", "ja", "zh-TW", "th"].indexOf(lang)] ?? ""];
    const userId = `page-${lang}`;
    await know(world, userId, { name: "山田 花子", email: "hanako@example.com" });
    const link = await makeLink(world, `user:${userId}`, { lineUserId: ann });
    const page = await open(locale);
    await page.goto(link.url);
    expect(await page.locator("html").getAttribute("lang")).toBe(lang);
    expect(await page.locator("h1").textContent()).toBe(question);
    const { displayName } = world.simulator.person("acme", ann) ?? {};
    expect(await page.locator("dd").allTextContents()).toEqual([
      "山••• · h•••@e•••.com",
      displayName,
    ]);
    await expectTidy(page);
    await shoot(page, `ask-${lang}`);
    expect((await linkNow(world, link)).state).toBe("created");

    await page.getByRole("button", { name: button, exact: true }).click();
    await page.getByRole("heading", { name: done }).waitFor();
    await expectTidy(page);
    await shoot(page, `done-${lang}`);
    expect(await accountsOf(world, userId)).toEqual([[ann, "link_page"]]);
    await page.reload();
    await page.getByRole("heading", { name: done }).waitFor();
    expect(problems).toEqual([]);
  });

  it("lets people say that it is not them", async () => {
    await know(world, "declines");
    const link = await makeLink(world, "user:declines", { lineUserId: world.friends[4] });
    const page = await open("en-US");
    await page.goto(link.url);
    await page.getByRole("button", { name: "This isn’t me" }).click();
    await page.getByRole("heading", { name: "Nothing was connected" }).waitFor();
    await shoot(page, "declined-en");
    expect((await linkNow(world, link)).state).toBe("declined");
    expect(await accountsOf(world, "declines")).toEqual([]);
    expect(problems).toEqual([]);
  });

  it("goes to LINE's own page and comes to its end, by keyboard alone", async () => {
    const ann = world.friends[5] ?? "";
    await know(world, "via-line", { email: "via@example.com" });
    const link = await makeLink(world, "user:via-line", { lineUserId: ann, via: "account_link" });
    world.simulator.holdPhone(ann);
    const page = await open("en-US");
    await page.goto(link.url);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Accounts linked" }).waitFor();
    expect(new URL(page.url()).origin).toBe(world.simulator.url);
    await untilLink(world, link, "linked");
    expect(await accountsOf(world, "via-line")).toEqual([[ann, "account_link"]]);
    expect(problems).toEqual([]);
  });

  it.each([
    ["en", phone, "Waiting for your message…", "Connected"],
    ["ja", phone, "メッセージを待っています…", "連携しました"],
    ["en", wide, "Waiting for your message…", "Connected"],
  ])("shows a code in %s and sees it arrive from the chat", async (lang, viewport, waits, done) => {
    const n = [phone, wide].indexOf(viewport) * 2 + Number(lang === "ja");
    const ann = world.friends[6 + n] ?? "";
    const userId = `code-${n}`;
    await know(world, userId, { firstName: "Ann" });
    const link = await makeLink(world, `user:${userId}`);
    const page = await open(lang, { viewport });
    await page.goto(link.url);
    await shoot(page, `ask-code-${n}`);
    await page.locator('button[value="confirm"]').click();
    await page.getByText(waits).waitFor();
    await expectTidy(page);
    await shoot(page, `code-${n}`);
    const code = (await page.locator(".code").textContent()) ?? "";
    expect(code).toMatch(/^LINK-[0-9A-Z]{10}$/);
    const { basicId } = world.line;
    expect(await page.locator("a.button").getAttribute("href")).toBe(
      `https://line.me/R/oaMessage/${encodeURIComponent(basicId)}/?${code}`,
    );
    expect(await page.locator(".qr svg").isVisible()).toBe(viewport === wide);
    await page.reload();
    expect(await page.locator(".code").textContent()).toBe(code);

    world.simulator.say(world.line.channelId, ann, ` ${code.toLowerCase()} `);
    await page.getByRole("heading", { name: done }).waitFor();
    expect(await accountsOf(world, userId)).toEqual([[ann, "link_code"]]);
    expect(problems).toEqual([]);
  });

  it("works without JavaScript", async () => {
    const ann = world.friends[10] ?? "";
    await know(world, "no-script");
    const link = await makeLink(world, "user:no-script");
    const page = await open("en", { javaScriptEnabled: false });
    await page.goto(link.url);
    await page.locator('button[value="confirm"]').click();
    const code = (await page.locator(".code").textContent()) ?? "";
    world.simulator.say(world.line.channelId, ann, code);
    await page.getByRole("heading", { name: "Connected" }).waitFor();
    expect(await accountsOf(world, "no-script")).toEqual([[ann, "link_code"]]);
  });

  it("runs nothing that a name brings along", async () => {
    const ann = world.friends[11] ?? "";
    const evil = `<img src=x onerror="document.title='owned'">`;
    world.simulator.setProfile("acme", ann, { displayName: evil });
    await world.store.profiles.updateOne(
      { "lineAccounts.lineUserId": ann },
      { $set: { "lineAccounts.$.displayName": evil } },
    );
    await know(world, "evil", { name: `<script>document.title="owned"</script>` });
    const link = await makeLink(world, "user:evil", { lineUserId: ann });
    const page = await open("en", { colorScheme: "dark" });
    await page.goto(link.url);
    expect(await page.locator("dd").allTextContents()).toEqual(["<•••", evil]);
    expect(await page.title()).toBe("Connect your LINE account? – Café Mori");
    expect(await page.locator("main img, main script").count()).toBe(0);
    await expectTidy(page);
    await shoot(page, "ask-dark-hostile");
    expect(problems).toEqual([]);
  });

  it("says kindly that a link does not work", async () => {
    const page = await open("ja");
    const answer = await page.goto(`${world.url}/l/${"A".repeat(32)}`);
    expect(answer?.status()).toBe(404);
    expect(await page.locator("h1").textContent()).toBe("このリンクは開けません");
    await expectTidy(page);
    await shoot(page, "unknown-ja");
  });
});

function chromiumPath(): string | undefined {
  const given = process.env["CHROMIUM_PATH"];
  if (given) return given;
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return ["chromium", "chromium-browser", "google-chrome"]
    .flatMap((name) => folders.map((folder) => join(folder, name)))
    .find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
