import { randomBytes } from "node:crypto";
import { type AccessModel, buildAccessModel } from "../../analysis";
import type { DecisionLog } from "../events";
import type { Aws } from "../issuers/aws";
import type { GoogleAccounts } from "../issuers/google-accounts";
import type { IssuerRegistry } from "../issuers/issuer";
import type { VirtualHost } from "../network/virtual-host";
import type { ResourceStore } from "../store/resource-store";
import { cloudRunHost, sqlAdminHost } from "./app-databases";
import { bigQueryHost } from "./bigquery";
import { iamHost, serviceUsageHost } from "./iam-admin";
import { iamCredentialsHost } from "./iam-credentials";
import { securityTokenServiceHost } from "./sts";
import { TokenStore } from "./token-store";

export interface GoogleServicesOptions {
  readonly store: ResourceStore;
  /** Issuers whose keys the token service reaches, under their real names. */
  readonly issuers: IssuerRegistry;
  /** Signs what generateIdToken gives out. */
  readonly accounts: GoogleAccounts;
  readonly aws: Aws;
  readonly decisions: DecisionLog;
}

/** What the parts of Google that the twin plays have in common. */
export interface GoogleServices extends GoogleServicesOptions {
  readonly tokens: TokenStore;
  /** Access token of whoever deploys; the administration interfaces take no other. Made anew at each start. */
  readonly deployerToken: string;
  /** Who can become what, from what is applied right now. */
  accessModel(): AccessModel;
}

export function createGoogleServices(options: GoogleServicesOptions): GoogleServices {
  let model: { readonly version: number; readonly value: AccessModel } | undefined;
  return {
    ...options,
    tokens: new TokenStore(options.store),
    deployerToken: `ya29.d.${randomBytes(48).toString("base64url")}`,
    accessModel() {
      const { version } = options.store;
      if (model?.version !== version) model = { version, value: buildAccessModel(options.store.all()) };
      return model.value;
    },
  };
}

/** sts, iamcredentials, bigquery, iam, serviceusage, sqladmin and run under googleapis.com. */
export function googleHosts(services: GoogleServices): readonly VirtualHost[] {
  return [
    securityTokenServiceHost(services),
    iamCredentialsHost(services),
    bigQueryHost(services),
    iamHost(services),
    serviceUsageHost(services),
    sqlAdminHost(services),
    cloudRunHost(services),
  ];
}
