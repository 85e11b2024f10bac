import { people } from "../../environments/people";
import type { Environment } from "../../environments/schema";
import type { Twin } from "../../twin";
import type { Progress } from "./progress";

export interface Addresses {
  readonly apps: readonly { readonly title: string; readonly url: string }[];
  readonly broker: string;
  readonly overview: string;
  readonly certificateAuthorityFile: string;
}

/** What a person can open or call once the twin is up. */
export function addressesOf(twin: Twin, { gateway }: Environment): Addresses {
  return {
    apps: gateway.apps.map(({ title, path }) => ({ title, url: `${twin.origin(gateway.domain)}${path}` })),
    broker: `${twin.machineOrigin(gateway.machineDomain)}/get_wif_token`,
    overview: twin.overview,
    certificateAuthorityFile: twin.certificateAuthorityFile,
  };
}

export function printAddresses(
  progress: Progress,
  { apps, broker, overview, certificateAuthorityFile }: Addresses,
): void {
  progress.heading("Open in a browser");
  const width = Math.max(...apps.map(({ title }) => title.length));
  for (const { title, url } of apps) progress.line(`  ${title.padEnd(width)}  ${url}`);
  progress.line(`  ${"All hosts".padEnd(width)}  ${overview}`);
  progress.line(`\nLog in as: ${people.map(({ displayName }) => displayName).join(", ")}.`);
  progress.line(
    "The browser will not know the twin's certificate authority. Trust it for this session, or go on at the warning:",
  );
  progress.line(`  ${certificateAuthorityFile}`);
  progress.heading("Call with a client certificate");
  progress.line(`  ${broker}`);
  progress.line("\nCtrl-C stops everything.");
}
