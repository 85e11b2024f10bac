import type { JsonObject } from "../../analysis";
import { ResourceStore } from "../store/resource-store";
import { echoService } from "./fixtures/echo-service";
import { requireSecretAccess, SecretDeniedError } from "./secret-access";
import { readService } from "./service-resource";

const account = "broker@p-dev.iam.gserviceaccount.com";
const accessor = "roles/secretmanager.secretAccessor";
const service = readService(echoService("a".repeat(64), { template: { service_account: account } }));

function storeWith(type: string, values: JsonObject, stack: string = service.stack): ResourceStore {
  const store = new ResourceStore();
  store.put({ stack, type, identity: "one", values });
  return store;
}

describe("a secret that a service mounts", () => {
  const own = "google_secret_manager_secret_iam_member";
  const member = `serviceAccount:${account}`;

  it.each([
    ["on the secret", own, { secret_id: "projects/p-dev/secrets/key", role: accessor, member }],
    ["on the secret by its plain name", own, { secret_id: "key", role: accessor, member }],
    ["on the project", "google_project_iam_member", { project: "p-dev", role: accessor, member }],
  ])("is read by an account with the role %s", (_, type, values) => {
    expect(() => requireSecretAccess(storeWith(type, values), "key", service)).not.toThrow();
  });

  it.each([
    [
      "of another account",
      own,
      { secret_id: "key", role: accessor, member: "serviceAccount:other@p-dev.iam.gserviceaccount.com" },
      undefined,
    ],
    ["on another secret", own, { secret_id: "other-key", role: accessor, member }, undefined],
    ["that only looks at the secret", own, { secret_id: "key", role: "roles/secretmanager.viewer", member }, undefined],
    ["of another environment", own, { secret_id: "key", role: accessor, member }, "elsewhere"],
  ])("is not read by a role %s, and the revision is not ready", (_, type, values, stack) => {
    const read = () => requireSecretAccess(storeWith(type, values, stack), "key", service);
    expect(read).toThrow(SecretDeniedError);
    expect(read).toThrow(
      /is not ready and cannot serve traffic\. Permission denied on secret: projects\/[^/]+\/secrets\/key\//,
    );
  });
});
