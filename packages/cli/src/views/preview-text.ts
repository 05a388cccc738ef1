import type { CampaignPreviewView, PreviewView } from "@yubin/types";

import { visibleText } from "../output/visible-text.ts";

/** What a person would get, and whether they would. */
export const previewText = ({
  messages,
  wouldSend,
  problems,
  missing,
  lineCheck,
}: PreviewView): string =>
  [
    ...(wouldSend === null
      ? []
      : [
          `decision  ${wouldSend.decision}${wouldSend.reason === null ? "" : `: ${wouldSend.reason}`}`,
          ...(wouldSend.lineUserId === null ? [] : [`LINE ID   ${wouldSend.lineUserId}`]),
        ]),
    `LINE      ${lineCheck.state}${lineCheck.reason === null ? "" : `: ${lineCheck.reason}`}`,
    ...(missing.length === 0 ? [] : [`missing   ${missing.map(visibleText).join(", ")}`]),
    ...problems.map(
      ({ code, field, message }) =>
        `problem   ${code}${field === null ? "" : ` at ${visibleText(field)}`}: ${visibleText(message)}`,
    ),
    ...(messages === null ? [] : ["messages", JSON.stringify(messages, null, 2)]),
  ].join("\n");

/** The same of a campaign: which of its variants it is. */
export const campaignPreviewText = ({ variant, ...preview }: CampaignPreviewView): string =>
  [...(variant === null ? [] : [`variant   ${visibleText(variant)}`]), previewText(preview)].join(
    "\n",
  );
