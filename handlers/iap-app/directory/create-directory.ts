import type { Endpoints, Logger } from "../../runtime";
import { createMetadataServer } from "../upstream/metadata-server";
import { createCachedDirectory } from "./cached-directory";
import type { DirectoryConfig } from "./directory-config";
import { createTokenCache, fetchGraphToken } from "./entra-token";
import { createGraphDirectory } from "./graph-directory";
import type { Directory } from "./membership";
import { createStaticDirectory } from "./static-directory";

export interface DirectorySurroundings {
  readonly endpoints: Pick<Endpoints, "entra" | "microsoftGraph" | "googleMetadata">;
  readonly logger: Logger;
}

/** The directory that the configuration names. Nothing is asked before the first person comes. */
export function createDirectory(config: DirectoryConfig, { endpoints, logger }: DirectorySurroundings): Directory {
  if (config.kind === "static") return createStaticDirectory(config.people);
  const clock = Date.now;
  const metadata = createMetadataServer(endpoints.googleMetadata);
  const reader = { tenantId: config.tenantId, clientId: config.clientId, entra: endpoints.entra };
  const tokens = createTokenCache(() => fetchGraphToken(reader, metadata, clock), clock);
  return createCachedDirectory(createGraphDirectory({ graph: endpoints.microsoftGraph, tokens, clock }), {
    clock,
    onAnswer: (answer) => {
      if (answer.ok) return;
      const { problem, detail, retryAfterSeconds } = answer;
      logger.warn({ event: "directory_problem", problem, detail, retryAfterSeconds }, "no membership");
    },
  });
}
