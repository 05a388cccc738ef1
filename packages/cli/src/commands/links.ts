import { lineLinkRequest, linkVias, pageLocales, type LineLinkView } from "@yubin/types";
import { Option, type Command } from "commander";
import { renderUnicodeCompact } from "uqr";

import type { Cli, Run } from "../cli.ts";
import { Misuse } from "../misuse.ts";
import { visibleText } from "../output/visible-text.ts";
import { profileText } from "../views/profile-text.ts";

interface LinkOptions {
  readonly lineId?: string;
  readonly userId?: string;
  readonly provider?: string;
  readonly channel?: string;
  readonly via?: string;
  readonly locale?: string;
  readonly qr: boolean;
}

/** Proofs that a LINE ID is somebody's. */
export const addLinkCommands = (program: Command, run: Run): void => {
  const link = program
    .command("link <ref>")
    .description("a one-time link by which a person proves their LINE ID; send it only to them")
    .option("--line-id <userId>", "the LINE ID to prove; without one they send a code in the chat")
    .option("--user-id <id>", "who that is, where <ref> is line:<provider>:U…")
    .option("--provider <label>", "needed where there are several")
    .option("--channel <id>", "needed where the provider has several")
    .addOption(new Option("--via <via>").choices(linkVias))
    .addOption(new Option("--locale <language>", "of the page").choices(pageLocales))
    .option("--no-qr", "without the QR code")
    .action((ref: string, options: LinkOptions) => run((cli) => makeLink(cli, ref, options)));

  link
    .command("show <linkId>")
    .description("how a link stands")
    .action((linkId: string) =>
      run(async ({ yubin, out }) => {
        const view = await yubin.lineLinks.get(linkId);
        await out.show(view, () => linkText(view));
      }),
    );

  program
    .command("unlink <ref> <provider> <lineUserId>")
    .description("take a LINE ID from a person")
    .action((ref: string, provider: string, lineUserId: string) =>
      run(async ({ yubin, out }) => {
        const profile = await yubin.lineLinks.unlink(ref, provider, lineUserId);
        await out.show(profile, () => profileText(profile, out));
      }),
    );
};

const makeLink = async ({ yubin, out }: Cli, ref: string, options: LinkOptions): Promise<void> => {
  const { lineId: lineUserId, userId, provider, channel: channelId, via, locale } = options;
  const given = { lineUserId, userId, provider, channelId, via, locale };
  const known = Object.entries(given).filter(([, value]) => value !== undefined);
  const request = lineLinkRequest.safeParse(Object.fromEntries(known));
  if (!request.success) {
    const [issue] = request.error.issues;
    throw new Misuse(`${issue?.path.join(".")}: ${issue?.message}`);
  }
  const link = await yubin.lineLinks.create(ref, request.data);
  const { url = "" } = link;
  await out.show(link, () =>
    [
      ...(options.qr ? [renderUnicodeCompact(url, { border: 2 })] : []),
      url,
      `For this person alone, once, until ${link.expiresAt}: yubin link show ${link.id}`,
      visibleText(link.unlinkNotice),
    ].join("\n"),
  );
};

const linkText = (view: LineLinkView): string =>
  Object.entries({
    id: view.id,
    state: view.reason === null ? view.state : `${view.state}: ${view.reason}`,
    via: view.via,
    person: view.profileId,
    "LINE ID": view.lineUserId,
    provider: view.provider,
    channel: view.channelId,
    created: view.createdAt,
    expires: view.expiresAt,
    confirmed: view.confirmedAt,
  })
    .filter(([, value]) => value !== null)
    .map(([title, value]) => `${title.padEnd(10)} ${visibleText(value ?? "")}`)
    .join("\n");
