import { createOidcIssuer, type OidcIssuer } from "./oidc-issuer";

/** A service account of a cluster and the pod that uses it. */
export interface KubernetesPod {
  readonly namespace: string;
  readonly serviceAccount: { readonly name: string; readonly uid: string };
}

/** The token service of one cluster. Source: kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin#bound-service-account-tokens. */
export function createKubernetesIssuer(url: string): OidcIssuer & {
  /** A projected service account token. */
  podToken(pod: KubernetesPod, audience: string): Promise<string>;
} {
  const cluster = createOidcIssuer(url, { jwksPath: "/openid/v1/jwks" });
  return {
    ...cluster,
    // The audience is a list there, also when it is one.
    podToken: (pod, audience) => cluster.tokenFor({ ...kubernetesClaims(pod), aud: [audience] }, audience),
  };
}

/** What the token of a pod's service account says. */
export function kubernetesClaims({ namespace, serviceAccount }: KubernetesPod): Readonly<Record<string, unknown>> {
  return {
    sub: `system:serviceaccount:${namespace}:${serviceAccount.name}`,
    "kubernetes.io": {
      namespace,
      serviceaccount: { name: serviceAccount.name, uid: serviceAccount.uid },
      pod: { name: `${serviceAccount.name}-0`, uid: "0b8f6a11-5d5f-4f0e-9a51-2f1c7a3490c1" },
    },
  };
}
