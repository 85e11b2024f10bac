import type { Construct } from "constructs";
import { imageByDigestPattern } from "../../facts/artifact-registry";
import { requireProperty } from "../federation/property-error";
import { requireDistinct, requireMatch } from "./property-rules";

/** A web app as an environment states it. */
export interface GatewayAppDefinition {
  /** 3 to 24 of a-z, 0-9 and -. */
  readonly name: string;
  /** Which of the image's apps it runs; the one of its own name unless given. */
  readonly serves?: string | undefined;
  /**
   * An image of the team's own, by digest, in place of the gateway's: `serves` and `keepsRows` are about that one, and are refused. It
   * answers `/healthz` on `PORT`, and finds the audiences of its assertions in `KEYLESS_CONFIG` as the gateway's apps do.
   */
  readonly image?: string | undefined;
  readonly title: string;
  /** `/`, or `/one-segment`, which takes everything below it too. */
  readonly path: string;
  /** Object ids of the Entra groups whose members are let in: the values that the workforce pool maps to google.groups. */
  readonly groups: readonly string[];
  /** Whether the app asks the directory for people's groups and reports; false unless given. */
  readonly readsDirectory?: boolean;
  /** Whether the app keeps rows, in a database of its own where the gateway has one; false unless given. */
  readonly keepsRows?: boolean;
}

const groupPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** @throws PropertyError for an app that is out of form, or that nobody may open */
export function checkGatewayApp(scope: Construct, property: string, app: GatewayAppDefinition): void {
  const { name, title, path, groups } = app;
  const nameRule = "expected 3 to 24 of a-z, 0-9 and -, a letter first";
  requireMatch(scope, `${property}.name`, name, /^[a-z][a-z0-9-]{1,22}[a-z0-9]$/, nameRule);
  requireMatch(scope, `${property}.serves`, app.serves ?? name, /^[a-z][a-z0-9-]{0,62}$/, "expected a name");
  if (app.image !== undefined) {
    const imageRule = "expected an image by digest, ...@sha256:<64 hexadecimal digits>: a tag can be moved";
    requireMatch(scope, `${property}.image`, app.image, imageByDigestPattern, imageRule);
    const rule = "expected it to be left out beside image: it is about the gateway's own";
    requireProperty(scope, `${property}.serves`, app.serves ?? "", app.serves === undefined, rule);
    requireProperty(scope, `${property}.keepsRows`, "true", app.keepsRows !== true, rule);
  }
  const titleRule = "expected 1 to 64 characters, without ${ and %{, which Terraform would run as a template";
  requireMatch(scope, `${property}.title`, title, /^(?!.*[$%]\{).{1,64}$/u, titleRule);
  requireMatch(scope, `${property}.path`, path, /^\/([a-z0-9-]+)?$/, "expected / or /one-segment");
  requireProperty(scope, `${property}.groups`, "[]", groups.length > 0, "expected at least one group");
  requireDistinct(scope, `${property}.groups`, groups);
  const groupRule = "expected the object id of an Entra group, a lower-case UUID";
  for (const group of groups) requireMatch(scope, `${property}.groups`, group, groupPattern, groupRule);
}
