import type { AccessModel } from "../../analysis";
import type { Finding } from "../../analysis/diagnose";

interface Given {
  readonly environment?: string | undefined;
  readonly token?: string | undefined;
  readonly account?: string | undefined;
  readonly iap?: string | undefined;
  readonly broker?: string | undefined;
}

/** The finding with what is known in place of the command's capital letters. */
export function withNames(finding: Finding, given: Given, { model }: { readonly model: AccessModel }): Finding {
  const { command, what } = finding;
  if (command === undefined) return finding;
  const provider = [...model.providers.values()].find(({ address, name }) => names(what, address) || names(what, name));
  const pool =
    provider?.pool ??
    [...model.pools.values()].find(({ address, name }) => names(what, address) || names(what, name))?.name;
  const [, project, poolId] = /^(?:projects\/([^/]+)\/)?locations\/global\/[A-Za-z]+\/(.+)$/.exec(pool ?? "") ?? [];
  const { environment, token, account, iap, broker } = given;
  const values: Readonly<Record<string, string | undefined>> = {
    ENVIRONMENT: environment ?? provider?.stack,
    FILE: token,
    ACCOUNT: account,
    URL: broker ?? iap,
    PROVIDER: provider?.name.split("/").at(-1),
    POOL: poolId,
    PROJECT: project,
    ISSUER: provider?.issuer.kind === "oidc" ? provider.issuer.issuer.replace(/\/$/, "") : undefined,
  };
  const filled = command.replace(/\b[A-Z]{3,}\b/g, (name) =>
    Object.hasOwn(values, name) ? quoted(values[name] ?? name) : name,
  );
  return { ...finding, command: pool?.startsWith("locations/") ? workforce(filled) : filled };
}

const names = (text: string, name: string): boolean => ` ${text} `.includes(name);

/** Workforce pools belong to no project. */
const workforce = (command: string): string =>
  command
    .replace("gcloud iam workload-identity-pools", "gcloud iam workforce-pools")
    .replace("--workload-identity-pool=", "--workforce-pool=")
    .replace(/ --project=\S+/, "");

/** For a shell. */
const quoted = (text: string): string =>
  /^[A-Za-z0-9_./:@=+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
