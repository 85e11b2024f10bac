import { ComputeGlobalAddress } from "@cdktf/provider-google/lib/compute-global-address";
import { PubsubTopic } from "@cdktf/provider-google/lib/pubsub-topic";
import { TerraformStack, Testing } from "cdktf";
import { GoogleApis } from "./google-apis";

const stackWithApis = () => {
  const stack = new TerraformStack(Testing.app(), "test");
  return { stack, apis: new GoogleApis(stack, "apis", "example-dev") };
};

describe("the APIs of a project", () => {
  it("are waited for by the resources that belong to them, beside what these wait for already", () => {
    const { stack, apis } = stackWithApis();
    new ComputeGlobalAddress(stack, "address", { name: "a", dependsOn: [apis.enabled("run.googleapis.com")] });
    const { resource } = JSON.parse(Testing.synth(stack));
    const [run, compute] = ["run", "compute"].map((api) => {
      const services: [string, { service: string }][] = Object.entries(resource.google_project_service);
      return services.find(([, { service }]) => service === `${api}.googleapis.com`)?.[0];
    });
    expect(resource.google_compute_global_address.address.depends_on).toEqual([
      `google_project_service.${run}`,
      `google_project_service.${compute}`,
    ]);
  });

  it("stay enabled when a stack is destroyed", () => {
    const { resource } = JSON.parse(Testing.synth(stackWithApis().stack));
    const services: { disable_on_destroy: boolean }[] = Object.values(resource.google_project_service);
    expect(services.map((service) => service.disable_on_destroy)).toEqual(services.map(() => false));
  });

  it("are not guessed for a resource of an unknown kind", () => {
    const { stack } = stackWithApis();
    new PubsubTopic(stack, "topic", { name: "t" });
    expect(() => Testing.synth(stack)).toThrow("test/topic: no API is known for google_pubsub_topic");
  });

  it("that are not enabled cannot be waited for", () => {
    const { apis } = stackWithApis();
    expect(() => apis.enabled("pubsub.googleapis.com")).toThrow(/none of the APIs/);
  });
});
