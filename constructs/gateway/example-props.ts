import { createHash } from "node:crypto";
import type { MachineFrontProps } from "./machine-front";
import type { PeopleGatewayProps } from "./people-gateway";

/** For tests: a believable gateway. */

export const exampleImage = `europe-west4-docker.pkg.dev/example-dev/keyless/iap-app@sha256:${createHash("sha256").update("image").digest("hex")}`;

const project = { projectId: "example-dev", projectNumber: "710000000001", region: "europe-west4" };
const employees = "6d1f3f0a-4a5e-4f0e-9a51-0d7c1b1e0a01";
const serviceDesk = "6d1f3f0a-4a5e-4f0e-9a51-0d7c1b1e0a02";

export const exampleGateway: PeopleGatewayProps = {
  ...project,
  domain: "dev.example.com",
  generation: "01",
  workforcePool: { poolId: "example-people-01", name: "locations/global/workforcePools/example-people-01" },
  entraTenantId: "2f1c7a34-90c1-4c0b-8f5b-5d5f0b8f6a11",
  groupNames: { [employees]: "employees", [serviceDesk]: "service-desk" },
  apps: [
    { name: "landing", title: "Example", path: "/", groups: [employees] },
    {
      name: "service-desk",
      title: 'The "service" desk \\ Zürich',
      path: "/service-desk",
      groups: [serviceDesk, employees],
      readsDirectory: true,
    },
  ],
  image: exampleImage,
};

export const exampleMachineFront: MachineFrontProps = {
  ...project,
  domain: "machines.dev.example.com",
  serviceName: "token-broker",
  trustAnchorPem: "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUQ2VydGlmaWNhdGU=\n-----END CERTIFICATE-----\n",
};
