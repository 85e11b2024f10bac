/** What all environments of the company share. */

export const entraTenantId = "2f1c7a34-90c1-4c0b-8f5b-5d5f0b8f6a11";
export const organizationId = "402918374650";

/** Entra security groups, by object id. */
export const groups = {
  employees: "6d1f3f0a-4a5e-4f0e-9a51-0d7c1b1e0a01",
  "service-desk": "6d1f3f0a-4a5e-4f0e-9a51-0d7c1b1e0a02",
  marketing: "6d1f3f0a-4a5e-4f0e-9a51-0d7c1b1e0a03",
  "asset-management": "6d1f3f0a-4a5e-4f0e-9a51-0d7c1b1e0a04",
  administrators: "6d1f3f0a-4a5e-4f0e-9a51-0d7c1b1e0a05",
} as const;

/** The repository whose workflows deploy and run jobs. */
export const repository = {
  ownerId: "58213377",
  repositoryId: "712345678",
  repositoryName: "ailab/data-platform",
} as const;

/** The same repository, as far as it deploys. */
export const ci = { ...repository, branch: "main" } as const;

export const workspace = {
  hostedDomain: "ailab.com",
  oauthClientId: "402918374650-k3yl355w0rk5pac3.apps.googleusercontent.com",
} as const;

/** Numeric Google Workspace subject of the one administrator named for production. */
export const namedAdministratorSubject = "104857600123456789012";

export const awsAccountId = "210987654321";

/** Issuer of the company's own Kubernetes cluster, which publishes its keys. */
export const clusterIssuer = "https://kubernetes.ailab.com";

/** The gateway's apps: the same in every environment. */
export const apps = [
  { name: "landing", title: "AI Lab", path: "/", groups: ["employees"] },
  { name: "login", title: "Sign in", path: "/login", groups: ["employees"] },
  { name: "logout", title: "Sign out", path: "/logout", groups: ["employees"] },
  {
    name: "service-desk",
    title: "Service desk",
    path: "/service-desk",
    groups: ["service-desk"],
    readsDirectory: true,
    keepsRows: true,
  },
  {
    name: "marketing-immersion",
    title: "Marketing immersion",
    path: "/marketing-immersion",
    groups: ["marketing"],
    readsDirectory: true,
    keepsRows: true,
  },
  {
    name: "asset-scanning",
    title: "Asset scanning",
    path: "/asset-scanning",
    groups: ["asset-management"],
    readsDirectory: true,
    keepsRows: true,
  },
];
