import { ComputeUrlMap } from "@cdktf/provider-google/lib/compute-url-map";
import { Construct } from "constructs";

export interface HostUrlMapProps {
  readonly name: string;
  readonly projectId: string;
  /** The one host that is served. */
  readonly domain: string;
  /** Id of the backend service for every path that no rule names. */
  readonly defaultService: string;
  /** Further backend services by the paths they take. */
  readonly pathRules?: readonly { readonly paths: readonly string[]; readonly service: string }[];
}

/**
 * URL map of one host. Requests for another host reach no backend: they are sent to the host's own front page,
 * without their query, which may hold what was meant for somebody else. Deciding by path is not a boundary between
 * people and machines; those have maps, proxies and services of their own.
 */
export class HostUrlMap extends Construct {
  readonly urlMap: ComputeUrlMap;

  constructor(scope: Construct, id: string, props: HostUrlMapProps) {
    super(scope, id);
    const pathMatcher = "paths";
    this.urlMap = new ComputeUrlMap(this, "url-map", {
      name: props.name,
      project: props.projectId,
      // The scheme stays HTTPS; https_redirect is for HTTP proxies only.
      defaultUrlRedirect: {
        hostRedirect: props.domain,
        pathRedirect: "/",
        stripQuery: true,
        redirectResponseCode: "FOUND",
      },
      hostRule: [{ hosts: [props.domain], pathMatcher }],
      pathMatcher: [
        {
          name: pathMatcher,
          defaultService: props.defaultService,
          ...(props.pathRules !== undefined && {
            pathRule: props.pathRules.map(({ paths, service }) => ({ paths: [...paths], service })),
          }),
        },
      ],
    });
  }
}
