import type { MessageView, PreviewRequest, SendRequest } from "@yubin/types";
import type { Command } from "commander";

import type { Run } from "../cli.ts";
import { readJsonFile } from "../json-file.ts";
import type { Output } from "../output/output.ts";
import { visibleText } from "../output/visible-text.ts";
import { traitsFrom } from "../pairs.ts";
import { clicksText } from "../views/clicks-text.ts";
import { previewText } from "../views/preview-text.ts";

interface ForOptions {
  readonly to?: string;
  readonly data?: string[];
}

interface SendOptions extends ForOptions {
  readonly key?: string;
  readonly replyIfFree?: true;
}

/** Messages to one person. */
export const addMessageCommands = (program: Command, run: Run): void => {
  const messages = program.command("messages").description("messages to one person");

  messages
    .command("show <messageId>")
    .description("what became of one")
    .action((id: string) =>
      run(async ({ yubin, out }) => {
        const message = await yubin.messages.get(id);
        await out.show(message, () => messageText(message, out));
      }),
    );

  messages
    .command("cancel <messageId>")
    .description("take one back that waits; one that LINE was asked for stays as it is")
    .action((id: string) =>
      run(async ({ yubin, out }) => {
        const message = await yubin.messages.cancel(id);
        await out.show(message, () => messageText(message, out));
      }),
    );

  withFor(
    messages
      .command("preview <file>")
      .description("what a person would get and whether they would; sends nothing"),
  ).action((path: string, options: ForOptions) =>
    run(async ({ yubin, out }) => {
      const request = { ...(await readJsonFile(path)), ...forFrom(options) };
      const preview = await yubin.messages.preview(request as PreviewRequest);
      await out.show(preview, () => previewText(preview));
      return preview.problems.length === 0 ? 0 : 1;
    }),
  );

  withFor(
    messages
      .command("send <file>")
      .description("send one from a JSON file, the body of POST /v1/messages")
      .option("--key <name>", "one message under this name, however often it is asked for")
      .option(
        "--reply-if-free",
        "as LINE's reply, which costs nothing, where it answers what the person has just done",
      ),
  ).action((path: string, { key, replyIfFree, ...options }: SendOptions) =>
    run(async ({ yubin, out }) => {
      const request = {
        ...(await readJsonFile(path)),
        ...forFrom(options),
        ...(replyIfFree ? { replyIfFree } : {}),
      } as SendRequest;
      const named = key === undefined ? {} : { idempotencyKey: key };
      const { id } = await yubin.messages.send(request, named);
      await out.show({ id }, () => `${id} is stored: yubin messages show ${id}`);
    }),
  );
};

const withFor = (command: Command): Command =>
  command
    .option("--to <ref>", "to whom, in place of what the file says")
    .option("--data <pairs...>", "what templates read as data: key=text or key:=json");

const forFrom = ({ to, data = [] }: ForOptions): object => ({
  ...(to === undefined ? {} : { to }),
  ...(data.length === 0 ? {} : { data: traitsFrom(data, []) }),
});

const messageText = (message: MessageView, out: Output): string =>
  [
    message.id,
    `state    ${message.state}${message.reason === null ? "" : `: ${visibleText(message.reason)}`}`,
    `person   ${message.to.profileId ?? "not looked up yet"}`,
    `LINE ID  ${message.to.lineUserId ?? ""}`.trimEnd(),
    `channel  ${message.channelId}`,
    ...(message.campaignId === null ? [] : [`campaign ${visibleText(message.campaignId)}`]),
    ...(message.template === null
      ? []
      : [`template ${message.template.id} version ${message.template.version}`]),
    `queued   ${message.queuedAt}`,
    ...(message.sendAt === null ? [] : [`send at  ${message.sendAt}`]),
    ...(message.waitsUntil === null ? [] : [`waits    until ${message.waitsUntil}`]),
    ...(message.firstAttemptAt === null ? [] : [`tried    ${message.firstAttemptAt}`]),
    ...(message.via === null
      ? []
      : [`via      ${message.via}${message.billed === false ? ", not billed" : ""}`]),
    ...(message.settledAt === null ? [] : [`settled  ${message.settledAt}`]),
    ...(message.lineRequestId === null ? [] : [`request  ${visibleText(message.lineRequestId)}`]),
    ...(message.detail === null ? [] : [`LINE     ${visibleText(message.detail)}`]),
    ...(message.advice === null ? [] : [`advice   ${message.advice}`]),
    ...(message.clicks === null ? [] : ["", clicksText(message.clicks, out)]),
  ].join("\n");
