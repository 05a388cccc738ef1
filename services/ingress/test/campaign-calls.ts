import type { CampaignView } from "@yubin/types";

import { callApi, jsonOf, type TestIngress } from "./setup.ts";

/** What tests of campaigns ask of an ingress, about one channel; both are there once the tests begin. */
export const campaignCalls = (
  of: () => { readonly ingress: TestIngress; readonly channelId: string },
) => {
  const post = (over: object = {}, headers: Record<string, string> = {}): Promise<Response> => {
    const { ingress, channelId } = of();
    const body = {
      name: "Spring",
      channelId,
      content: { messages: [{ type: "text", text: "hello" }] },
      audience: { type: "friends" },
      ...over,
    };
    return callApi(ingress, ["POST", "/v1/campaigns"], body, { headers });
  };
  return {
    post,
    draft: async (over: object = {}): Promise<string> =>
      (await jsonOf<CampaignView>(post(over))).id,
    act: (id: string, action: string): Promise<Response> =>
      callApi(of().ingress, ["POST", `/v1/campaigns/${id}/${action}`]),
  };
};
