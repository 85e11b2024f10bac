import { CloudRunV2ServiceIamMember } from "@cdktf/provider-google/lib/cloud-run-v2-service-iam-member";
import { requireProjectId } from "../federation/project-id";
import { requireProperty } from "../federation/property-error";
import { isReference } from "../federation/reference";
import { conditionOf, type Holder, requireSupport } from "./holder";

/** A Cloud Run service. */
export interface CloudRunServiceName {
  readonly projectId: string;
  readonly region: string;
  /** Its name, or a reference to it. */
  readonly service: string;
}

/**
 * Lets the holder call one Cloud Run service, by an ID token whose audience is the service's URL. Cloud Run takes no federated
 * identity: a `DirectAccess` is refused with what to do instead.
 *
 * @param id names the binding below the holder, and so its address in Terraform's state
 * @throws PropertyError
 */
export function grantCloudRunInvoke(
  holder: Holder,
  id: string,
  { projectId, region, service }: CloudRunServiceName,
): void {
  requireSupport(holder, "run.googleapis.com");
  const named = isReference(service) || /^[a-z]([a-z0-9-]{0,47}[a-z0-9])?$/.test(service);
  requireProperty(holder, "service", service, named, "expected 1 to 49 of a-z, 0-9 and -, a letter first, no - last");
  requireProperty(holder, "region", region, /^[a-z]+-[a-z]+[0-9]{1,2}$/.test(region), "expected a region");
  if (holder.cutOff) return;
  new CloudRunV2ServiceIamMember(holder, id, {
    project: requireProjectId(holder, projectId),
    location: region,
    name: service,
    role: "roles/run.invoker",
    member: holder.member,
    ...conditionOf(holder),
  });
}
