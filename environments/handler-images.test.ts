import { App } from "cdktf";
import { handlerDigests } from "../images";
import { dev } from "./dev";
import { EnvironmentStack } from "./environment-stack";
import { parseEnvironment } from "./load";
import type { EnvironmentInput } from "./schema";

const digest = `sha256:${"d".repeat(64)}`;
const own = (name: string) => `registry.example/company/${name}:1.2@${digest}`;

/** Images of the services by name, and the handlers that are pushed. */
function synthesized(images: EnvironmentInput["images"]) {
  const environment = parseEnvironment({ ...dev, images }, "environments/dev.ts");
  const stack = new EnvironmentStack(new App({ skipValidation: true }), environment);
  const { resource } = JSON.parse(JSON.stringify(stack.toTerraform()));
  const services = Object.values<{ name: string; template: { containers: { image: string }[] }; depends_on: string[] }>(
    resource.google_cloud_run_v2_service,
  );
  const steps = Object.entries<{ triggers_replace: { handler?: string; image?: string } }>(resource.terraform_data);
  const pushes = steps.filter(([, { triggers_replace: inputs }]) => inputs.image !== undefined);
  return {
    images: new Map(services.map(({ name, template }) => [name, template.containers[0]?.image])),
    waiting: new Map(services.map(({ name, depends_on }) => [name, depends_on])),
    pushes: new Map(
      pushes.map(([address, { triggers_replace: inputs }]) => [inputs.handler, `terraform_data.${address}`]),
    ),
    repositories: Object.keys(resource.google_artifact_registry_repository ?? {}),
  };
}

describe("the images of an environment", () => {
  it("are those that the source makes, each pushed before the services that run it", () => {
    const { images, waiting, pushes } = synthesized(undefined);
    const digests = handlerDigests();
    const place = "europe-west4-docker.pkg.dev/ailab-data-dev/keyless";
    for (const [service, image] of images) {
      const handler = service === "token-broker" ? "token-broker" : "iap-app";
      expect(image).toBe(`${place}/${handler}@${digests[handler]}`);
      expect(waiting.get(service)).toContain(pushes.get(handler));
    }
    expect([...pushes.keys()].sort()).toEqual(["iap-app", "token-broker"]);
  });

  it("are one's own where the environment names them, and then are not pushed", () => {
    const { images, pushes, repositories } = synthesized({ tokenBroker: own("broker"), iapApp: own("app") });
    for (const [service, image] of images) expect(image).toBe(own(service === "token-broker" ? "broker" : "app"));
    expect(pushes.size).toBe(0);
    expect(repositories).toEqual([]);
  });

  it("may be one's own for one handler only", () => {
    const { images, pushes, waiting } = synthesized({ tokenBroker: own("broker") });
    expect(images.get("token-broker")).toBe(own("broker"));
    expect([...pushes.keys()]).toEqual(["iap-app"]);
    expect(waiting.get("app-landing")).toContain(pushes.get("iap-app"));
  });
});
