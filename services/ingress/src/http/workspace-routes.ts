import { Failure } from "@yubin/errors";
import { limits, workspacePatch, workspaceRulesOf, type WorkspaceView } from "@yubin/types";
import type { z } from "zod";

import type { Workspaces } from "../domain/workspace.ts";
import { defineRoute, type ApiRoute } from "./api-route.ts";

export interface WorkspaceRoutesDeps {
  readonly workspaces: Workspaces;
}

const dayMs = 86_400_000;

/** How this workspace wants people to be brought together, and when they may be written to. */
export const getWorkspace = ({ workspaces }: WorkspaceRoutesDeps): ApiRoute =>
  defineRoute<z.ZodUndefined>({
    method: "get",
    path: "/v1/workspace",
    scope: "read",
    handle: async ({ caller: { workspaceId } }) => ({
      status: 200,
      body: await viewOf({ workspaces }, workspaceId),
    }),
  });

export const patchWorkspace = ({ workspaces }: WorkspaceRoutesDeps): ApiRoute =>
  defineRoute({
    method: "patch",
    path: "/v1/workspace",
    scope: "admin",
    body: workspacePatch,
    handle: async ({ caller: { workspaceId }, body: { undoWindowDays, ...rules } }) => {
      await workspaces.set(workspaceId, {
        ...rules,
        ...(undoWindowDays === undefined ? {} : { undoWindowMs: undoWindowDays * dayMs }),
      });
      return { status: 200, body: await viewOf({ workspaces }, workspaceId) };
    },
  });

const viewOf = async (
  { workspaces }: WorkspaceRoutesDeps,
  workspaceId: string,
): Promise<WorkspaceView> => {
  const workspace = await workspaces.find(workspaceId);
  if (!workspace) throw new Failure("not_found", "no such workspace");
  return {
    id: workspace.id,
    name: workspace.name,
    conflictPolicy: workspace.conflictPolicy ?? "hold",
    undoWindowDays: (workspace.undoWindowMs ?? limits.undoWindowMs) / dayMs,
    mergesPerHourMax: workspace.mergesPerHourMax ?? limits.mergesPerHourMax,
    ...workspaceRulesOf(workspace),
  };
};
