import { projectIdPattern } from "../../facts/names";
import { type ConstructPlace, requireProperty } from "./property-error";
import { isReference } from "./reference";

/**
 * The id of a project, or a reference to it. A number would do for Google's interfaces and not for Terraform, which compares texts.
 *
 * @throws PropertyError
 */
export function requireProjectId(place: ConstructPlace, projectId: string): string {
  const isId = projectIdPattern.test(projectId) || isReference(projectId);
  requireProperty(
    place,
    "projectId",
    projectId,
    isId,
    "expected a project id: 6 to 30 of a-z, 0-9 and -, a letter first",
  );
  return projectId;
}
