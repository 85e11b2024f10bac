import type { SourceConfig } from "../config";
import type { Upstream } from "../upstream/upstream-error";
import { awsSource } from "./aws/caller-identity";
import { azureManagedIdentitySource } from "./azure-managed-identity";
import { entraClientAssertionSource } from "./entra-client-assertion";
import type { EntraCredential } from "./entra-credential";
import { executableSource } from "./executable";
import type { ExternalTokenSource, SourceTools } from "./external-token-source";
import { fileSource } from "./file";
import { githubActionsSource } from "./github-actions";
import { googleMetadataSource } from "./google-metadata";
import { unexpired } from "./unexpired";
import { urlSource } from "./url";

export interface CreateSourceTools extends SourceTools {
  /** The present credential of the Entra application; asked for that kind only. */
  readonly entraCredential: () => EntraCredential;
  readonly onAssertionSigned: (certificateThumbprint: string) => void;
}

/** Milliseconds that a source may take by its configuration, where that is more than a request or two. */
export const sourceMilliseconds = (config: SourceConfig): number =>
  config.kind === "executable" ? config.timeoutSeconds * 1000 : 0;

/** The source that the configuration names. @throws {ConfigurationError} Where this machine is not one of its kind. */
export function createSource(config: SourceConfig, tools: CreateSourceTools): ExternalTokenSource {
  return unexpired(sourceOf(config, tools), upstreams[config.kind], tools.now);
}

const upstreams = {
  "entra-client-assertion": "entra",
  "azure-managed-identity": "azure-managed-identity",
  "github-actions": "github-actions",
  file: "token-file",
  url: "token-url",
  aws: "aws",
  "google-metadata": "google-metadata",
  executable: "executable",
} as const satisfies Readonly<Record<SourceConfig["kind"], Upstream>>;

function sourceOf(config: SourceConfig, tools: CreateSourceTools): ExternalTokenSource {
  switch (config.kind) {
    case "entra-client-assertion":
      return entraClientAssertionSource(config, tools.entraCredential, {
        origin: tools.endpoints.entra,
        send: tools.send,
        now: tools.now,
        onSigned: tools.onAssertionSigned,
      });
    case "azure-managed-identity":
      return azureManagedIdentitySource(config, tools);
    case "github-actions":
      return githubActionsSource(config, tools);
    case "file":
      return fileSource(config);
    case "url":
      return urlSource(config, tools);
    case "aws":
      return awsSource(config, tools);
    case "google-metadata":
      return googleMetadataSource(config, tools);
    case "executable":
      return executableSource(config, tools);
  }
}
