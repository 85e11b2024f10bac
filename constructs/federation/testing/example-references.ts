import { Application } from "@cdktf/provider-azuread/lib/application";
import { TerraformStack, Testing } from "cdktf";

/** A reference to an attribute of a resource, an id that Entra makes unless told. */
export const exampleIdReference = (attribute = "client_id"): string =>
  new Application(new TerraformStack(Testing.app(), "dev"), "application", {
    displayName: "example",
  }).getStringAttribute(attribute);
