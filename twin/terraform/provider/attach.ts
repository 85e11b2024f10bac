import { join } from "node:path";
import { projectDirectory } from "../../runner/project-directory";
import { type ProviderServer, serveProvider } from "../protocol";
import type { ResourceRules, RuleContext } from "../rules/resource-rules";
import { loadSchemas, type ProviderName } from "../schema";
import { TwinProvider } from "./twin-provider";

/** A stack whose resources Terraform can manage on the twin. */
export interface TerraformAttachment {
  /** For the environment of `terraform` or `cdktf`, beside the one they have. */
  readonly environment: Readonly<Record<string, string>>;
  /** Ends the servers; Terraform processes that still use them lose their provider. */
  close(): Promise<void>;
}

export interface AttachmentOptions {
  readonly rules: ReadonlyMap<string, ResourceRules>;
  readonly context: () => RuleContext;
  /** Values of the stack's variables. */
  readonly variables: Readonly<Record<string, string>>;
  /** Origins that deploy-time steps call instead of Google's, as `KEYLESS_ENDPOINTS` has them. */
  readonly stepEndpoints: Readonly<Record<string, string>>;
  /** OAuth token that deploy-time steps call them with. */
  readonly accessToken: string;
  /** PEM file of the authority behind these origins. */
  readonly certificateAuthorityFile: string;
  readonly onError?: ((error: unknown, where: string) => void) | undefined;
}

const providers: readonly ProviderName[] = ["google", "azuread"];

/** Serves the providers of one stack, and says with which environment Terraform finds them. */
export async function attachTerraform(options: AttachmentOptions): Promise<TerraformAttachment> {
  const { rules, context, onError } = options;
  const servers: [ProviderName, ProviderServer][] = [];
  const close = async () => {
    await Promise.all(servers.splice(0).map(([, server]) => server.close()));
  };
  try {
    for (const name of providers) {
      const provider = new TwinProvider({ schemas: loadSchemas(name), rules, context });
      const server = await serveProvider(provider, {
        onError: (error, method) => onError?.(error, `terraform ${name} ${method}`),
      });
      servers.push([name, server]);
    }
  } catch (error) {
    await close();
    throw error;
  }
  const attachments = servers.map(([name, { attachment }]) => [`registry.terraform.io/hashicorp/${name}`, attachment]);
  return {
    environment: { ...environmentOf(options), TF_REATTACH_PROVIDERS: JSON.stringify(Object.fromEntries(attachments)) },
    close,
  };
}

function environmentOf(options: AttachmentOptions): Record<string, string> {
  const { stepEndpoints, accessToken, certificateAuthorityFile, variables } = options;
  const preload = join(projectDirectory(), "twin", "network", "install-localhost-names.cjs");
  const nodeOptions = [process.env["NODE_OPTIONS"] ?? "", `--require ${JSON.stringify(preload)}`];
  return {
    CHECKPOINT_DISABLE: "1",
    GOOGLE_OAUTH_ACCESS_TOKEN: accessToken,
    KEYLESS_ENDPOINTS: JSON.stringify(stepEndpoints),
    NODE_EXTRA_CA_CERTS: certificateAuthorityFile,
    NODE_OPTIONS: nodeOptions.filter((option) => option !== "").join(" "),
    ...Object.fromEntries(Object.entries(variables).map(([name, value]) => [`TF_VAR_${name}`, value])),
  };
}
